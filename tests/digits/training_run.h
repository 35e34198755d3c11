// One run of the trainer on real ranks, and how it compares with another.
#pragma once

#include <string>
#include <vector>

#include "cli/launch.h"

namespace evenkeel::digits {

// mpirun -n (1 + WORKERS) digits --data … OPTIONS
Finished run_digits(int workers, std::vector<std::string> options);

// What a run leaves behind.
struct TrainingRun {
  Finished finished;
  std::vector<double> parameters;
  std::string record;              // the samples of every step
  double accuracy = 0;             // as printed; -1 if it was not
  std::vector<long long> samples;  // of each worker
  std::vector<double> speeds;      // samples per second, of each worker
};

TrainingRun train(int workers, std::vector<std::string> options);

// The largest difference of two parameters, relative to the largest parameter.
double largest_difference(const TrainingRun& one, const TrainingRun& other);

}  // namespace evenkeel::digits
