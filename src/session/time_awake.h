// The time of a process that waits for others.
#pragma once

#include <chrono>

#include "core/time.h"

namespace evenkeel {

// Time in which this process runs and looks: if it is stopped itself, others do not seem silent.
class TimeAwake {
 public:
  Duration now();

 private:
  static constexpr Duration most_between_looks = std::chrono::seconds(1);

  Instant last_look_{};
  Duration awake_{};
};

}  // namespace evenkeel
