// A worker's hardware in the cluster profile: how long a step takes.
#pragma once

#include <cstdint>
#include <optional>

#include "core/random.h"
#include "simulation/cluster_profile.h"

namespace evenkeel {

// Virtual time ends after about 70 years: what would happen later does not happen. So the sums of
// its instants and durations do not overflow.
inline constexpr Instant end_of_time{std::chrono::hours(70 * 365 * 24)};

class SimulatedDevice {
 public:
  // The profile must outlive the device. Devices of one job differ by rank in their noise.
  SimulatedDevice(const RankProfile& profile, std::uint64_t seed);

  // When a step of this cost that starts at `start` ends: overhead + cost / speed, times
  // max(0.1, N(1, noise)), the cost in whole stairs; the speed changes with the phases, and a
  // hanging device stands still. None: the device dies first.
  std::optional<Instant> finish(Instant start, double cost);

  // Whether the next step fails. Draws of its own: times do not depend on it.
  bool fails();

  // The first moment from `now` on at which the device does not hang. None: it is dead by then.
  std::optional<Instant> awake(Instant now) const;

 private:
  const RankProfile& profile_;
  Random random_;
  Random failures_;
};

}  // namespace evenkeel
