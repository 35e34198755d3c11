// A worker's hardware in the cluster profile: how long a step takes.
#pragma once

#include <cstdint>
#include <optional>

#include "core/random.h"
#include "simulation/cluster_profile.h"

namespace evenkeel {

// Virtual time ends after about 70 years; later events do not happen. So sums of its instants and
// durations do not overflow.
inline constexpr Instant end_of_time{std::chrono::hours(70 * 365 * 24)};

class SimulatedDevice {
 public:
  // The profile must outlive the device. The noise of a job's devices differs by rank.
  SimulatedDevice(const RankProfile& profile, std::uint64_t seed);

  // When a step of this true cost that starts at `start` ends: (overhead + work / speed) × max(0.1,
  // N(1, noise)) × heavy noise × warm-up, and a pause if one precedes it. The speed follows the
  // phases, and a hanging device stands still. None: the device dies first.
  std::optional<Instant> finish(Instant start, double cost);

  // The same for a step without work, in step mode: the worker is ready at once, unless it hangs or
  // pauses. It counts as a step, and draws as one.
  std::optional<Instant> idle(Instant start);

  // Whether the next step fails. Uses its own random numbers, so times do not depend on it.
  bool fails();

  // The first moment from `now` on at which the device does not hang. None: it is dead by then.
  std::optional<Instant> awake(Instant now) const;

 private:
  double next_noise();

  const RankProfile& profile_;
  Random random_;
  Random failures_;
  std::int64_t steps_ = 0;  // so far
};

}  // namespace evenkeel
