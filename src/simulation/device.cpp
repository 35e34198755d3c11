#include "simulation/device.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace evenkeel {
namespace {

constexpr double never = std::numeric_limits<double>::infinity();

// The next change of speed after `now_s`.
double next_phase_s(const RankProfile& profile, double now_s) {
  for (const RankProfile::Phase& phase : profile.phases) {
    if (to_seconds(phase.from) > now_s) return to_seconds(phase.from);
  }
  return never;
}

// Postpones an end by the hangs before it.
double after_hangs_s(const RankProfile& profile, double start_s, double end_s) {
  for (const RankProfile::Hang& hang : profile.hangs) {
    const double from_s = to_seconds(hang.from);
    const double to_s = to_seconds(hang.to);
    if (to_s <= start_s) continue;
    if (from_s >= end_s) break;
    end_s += to_s - std::max(from_s, start_s);
  }
  return end_s;
}

}  // namespace

SimulatedDevice::SimulatedDevice(const RankProfile& profile, std::uint64_t seed)
    : profile_(profile), random_(seed), failures_(mix_pair(seed, 0)) {}

bool SimulatedDevice::fails() { return profile_.fails > 0 && failures_.uniform() < profile_.fails; }

double SimulatedDevice::next_noise() {
  double factor = profile_.noise > 0 ? std::max(0.1, 1 + profile_.noise * random_.normal()) : 1.0;
  const HeavyNoise& heavy = profile_.heavy_noise;
  if (heavy.lognormal > 0) {
    factor *= std::exp(heavy.lognormal * (random_.normal() - heavy.lognormal / 2));
  }
  if (heavy.pareto > 0) {
    factor *=
        (heavy.pareto - 1) / heavy.pareto * std::pow(1 - random_.uniform(), -1 / heavy.pareto);
  }
  if (heavy.mixture_probability > 0 && random_.uniform() < heavy.mixture_probability) {
    factor *= heavy.mixture_factor;
  }
  return factor;
}

std::optional<Instant> SimulatedDevice::idle(Instant start) {
  const bool pauses = profile_.pauses.precedes(steps_);
  static_cast<void>(finish(start, 0));
  return awake(pauses ? start + profile_.pauses.length : start);
}

std::optional<Instant> SimulatedDevice::finish(Instant start, double cost) {
  const std::int64_t step = steps_++;
  const bool is_warm = step >= profile_.warm_up.steps;
  const double factor = next_noise() * (is_warm ? 1.0 : profile_.warm_up.factor);
  // Working time, as if the device never hung. Phases begin by the wall clock, so hangs are
  // inserted piece by piece.
  double now_s = to_seconds(start);
  double overhead_s = to_seconds(profile_.overhead) * factor;
  if (profile_.pauses.precedes(step)) overhead_s += to_seconds(profile_.pauses.length);
  double left = profile_.work(cost) * factor;
  while (overhead_s > 0 || left > 0) {
    const double speed = profile_.speed_at(instant_at(now_s));
    const double until_s = next_phase_s(profile_, now_s);
    const double needed_s = overhead_s + left / speed;
    const double end_s = after_hangs_s(profile_, now_s, now_s + needed_s);
    if (end_s <= until_s) {
      now_s = end_s;
      break;
    }
    // Work up to the change of speed, without the time spent hanging.
    double worked_s = until_s - now_s;
    for (const RankProfile::Hang& hang : profile_.hangs) {
      worked_s -= std::max(
          0.0, std::min(until_s, to_seconds(hang.to)) - std::max(now_s, to_seconds(hang.from)));
    }
    const double on_overhead_s = std::min(overhead_s, std::max(0.0, worked_s));
    overhead_s -= on_overhead_s;
    left = std::max(0.0, left - (worked_s - on_overhead_s) * speed);
    now_s = until_s;
  }
  const Instant end = std::max(instant_at(now_s), start + Duration(1));
  if (profile_.dies_at && end > *profile_.dies_at) return std::nullopt;
  return end;
}

std::optional<Instant> SimulatedDevice::awake(Instant now) const {
  now = first_outside(profile_.hangs, now);
  if (profile_.dies_at && now >= *profile_.dies_at) return std::nullopt;
  return now;
}

}  // namespace evenkeel
