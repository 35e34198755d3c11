// What a worker of `evenkeel run` does in a step.
#pragma once

#include <cstdint>

#include "evenkeel/session.h"

namespace evenkeel {

enum class Fate : std::uint8_t {
  lives,
  dies,  // falls silent: says nothing more to the coordinator
};

class Workload {
 public:
  virtual ~Workload() = default;

  // Returns when the step's work is finished. Throws std::runtime_error that names the thing, the
  // fault and the next step; the job cannot go on then.
  virtual Fate work_on(const Step& step) = 0;

  // Step mode: all workers have reached the all-reduce; returns when it is over.
  virtual void all_reduce() {}
};

}  // namespace evenkeel
