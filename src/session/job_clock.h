// The run clock as one rank reads it.
#pragma once

#include "core/time.h"
#include "transport/communicator.h"

namespace evenkeel {

// CLOCK_MONOTONIC less this rank's offset. The offset is fixed once, by the ping to rank 0 with the
// least round trip; its error is at most half of that.
class JobClock {
 public:
  // Collective; time 0 is when rank 0 leaves the barrier in it.
  static JobClock agree(const Communicator& comm);

  // The same between rank 0, for which time 0 is now, and one other rank, which asks it: rank 0
  // answers so many pings, with this tag.
  static JobClock begin();
  static JobClock ask(const Communicator& comm);
  void answer_ping(const Communicator& comm, Rank rank) const;
  static constexpr int ping_tag = 1;
  static constexpr int pings = 10;  // the first may have waited for its turn

  // Never before 0, never going back.
  Instant now() const;

 private:
  explicit JobClock(Duration zero) : zero_(zero) {}

  Duration zero_;  // time 0 on this rank's CLOCK_MONOTONIC
};

}  // namespace evenkeel
