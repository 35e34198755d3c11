// Decides when a job that cannot start is ended.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

#include "core/time.h"

namespace evenkeel {

// What a start waits for, one thing after the other.
struct StartStage {
  Duration longest = Duration::max();
  int number = 0;
};

// A rank's own view of the start, from one look at the other ranks to the next. A start stalls once
// a rank has been unwell (stopped, or gone) for 30 s, or a stage takes longer than it may.
class StalledStart {
 public:
  enum class Decision : std::uint8_t {
    wait,
    end_if_first,  // of the ranks at work on this machine: only one says why
    end,
  };

  // All times are of a clock that stands still while this rank is stopped.
  StalledStart(Duration now, const StartStage& stage)
      : stage_(stage.number), stage_began_(now), all_well_at_(now) {}

  Decision decide(Duration now, bool all_are_well, const StartStage& stage);

  static constexpr Duration before_given_up = std::chrono::seconds(30);
  // For the first rank to say so, and to end the job.
  static constexpr Duration before_others_end = std::chrono::seconds(10);

 private:
  int stage_;
  Duration stage_began_;
  Duration all_well_at_;
  std::optional<Duration> stalled_at_;
};

}  // namespace evenkeel
