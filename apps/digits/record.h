// Records the samples of every step.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "evenkeel/session.h"

namespace evenkeel::digits {

class Record {
 public:
  // This worker has done these samples of the step.
  void add(std::int64_t step, std::span<const std::int64_t> samples);

  // Collective: moves all workers' records to the first of them.
  void gather(MPI_Comm workers);

  // One line per step: its number, then its samples in order. Throws UserError if the file cannot
  // be written.
  void write(const std::string& path);

 private:
  std::vector<std::int64_t> pairs_;  // step, sample, step, sample, …
};

}  // namespace evenkeel::digits
