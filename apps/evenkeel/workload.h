// What a worker of `evenkeel run` does in a step.
#pragma once

#include <cstdint>
#include <stdexcept>

#include "evenkeel/session.h"

namespace evenkeel {

enum class Fate : std::uint8_t {
  lives,
  dies,  // falls silent: says nothing more to the coordinator
};

// The step cannot be done by this worker. what() names the thing and the fault; it is empty if that
// has been said already.
class StepFault : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

class Workload {
 public:
  virtual ~Workload() = default;

  // Returns when the step's work is finished. Throws StepFault.
  virtual Fate work_on(const Step& step) = 0;

  // Step mode: all workers have reached the all-reduce; returns when it is over.
  virtual void all_reduce() {}
};

}  // namespace evenkeel
