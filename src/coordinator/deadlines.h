// How long a silent worker is waited for.
#pragma once

#include <optional>

#include "core/time.h"

namespace evenkeel {

class Deadlines {
 public:
  // `given` replaces what would be learned from step times. Workers report no more often than once
  // in the interval.
  explicit Deadlines(std::optional<Duration> given, Duration report_interval = Duration::zero())
      : given_(given), report_interval_(report_interval) {}

  // For a worker that holds work, or has never spoken. `step`: the longest step that it is known
  // or expected to take; 0: it has done none. Whoever came back after its deadline was given up
  // too early: with each loss it gets twice as long, so that a deadline too short for a step only
  // delays a job.
  Duration patience(Duration step, int times_lost) const;

  // How long a lost worker may take to come back, before others do without it where steps fail: a
  // file system or a network may stand still. As patience(), a minute at least.
  Duration return_patience(Duration step, int times_lost) const;

  // For a worker that owes only its farewell.
  Duration farewell_patience() const;

  // Makes sure that a deadline is looked at in time.
  void expect(Instant deadline);

  // Whether the next look comes before any worker heard just now can be late.
  bool looks_soon(Instant now) const;

  std::optional<Instant> next_look() const { return next_look_; }

  // Begins a look at all deadlines: each one that still holds is to be expected again.
  void begin_look(Instant now);

  // Since when a silence counts: while rank 0 stood still, everyone was silent to it.
  Instant silence_counts_from(Instant silent_since) const;

 private:
  std::optional<Duration> given_;
  Duration report_interval_;
  std::optional<Instant> next_look_;  // no worker's deadline is earlier
  Instant standstill_end_{};
};

}  // namespace evenkeel
