// A worker's work in a step of `evenkeel run`.
#pragma once

#include <cstdint>
#include <stdexcept>

#include "evenkeel/session.h"

namespace evenkeel {

enum class Fate : std::uint8_t {
  lives,
  outrun,  // the job is over, as others have done the step
  dies,    // falls silent: sends nothing more to the coordinator
};

// This worker cannot do the step. what() names the thing and the fault; empty if already reported.
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
