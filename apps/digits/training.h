// A worker's training loop.
#pragma once

#include <cstdint>

#include "digits_data.h"
#include "evenkeel/session.h"
#include "options.h"
#include "perceptron.h"
#include "record.h"

namespace evenkeel::digits {

struct TrainingData {
  Digits train;
  Digits test;
};

// The result; the same on every worker, except `steps` in lease mode.
struct TrainingResult {
  std::int64_t steps = 0;  // of this worker
  double seconds = 0;      // from its first step to the end
  double epochs = 0;       // all workers' samples / samples of an epoch
};

// Collective over the workers: trains until the job is over.
//
// Step mode: every step updates all workers' identical parameters; `record`, if given, receives
// this worker's samples.
TrainingResult train_in_steps(Session& session, const TrainingOptions& options,
                              const TrainingData& data, Perceptron& model, Record* record);

// Lease mode: each worker trains its own model; finally the models are averaged, weighted by their
// numbers of samples.
TrainingResult train_on_leases(Session& session, const TrainingOptions& options,
                               const TrainingData& data, Perceptron& model);

}  // namespace evenkeel::digits
