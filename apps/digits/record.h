// Which samples every step was made of.
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

  // Collective: all workers' records, on the first of them; the others have none then.
  void gather(MPI_Comm workers);

  // A line a step: its number, then its samples in order. Throws UserError if the file cannot be
  // written.
  void write(const std::string& path);

 private:
  std::vector<std::int64_t> pairs_;  // step, sample, step, sample, …
};

}  // namespace evenkeel::digits
