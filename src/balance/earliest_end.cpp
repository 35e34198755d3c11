#include "balance/earliest_end.h"

#include <algorithm>
#include <bit>
#include <numeric>

#include "core/check.h"

namespace evenkeel {

EarliestEnd::EarliestEnd(std::span<const DivisionWorker> workers, std::uint32_t highest_cost)
    : cost_(highest_cost),
      leaves_(std::bit_ceil(std::max<std::size_t>(workers.size(), 2))),
      places_(leaves_),
      workers_(workers.size()),
      place_of_(workers.size()),
      winners_(2 * leaves_),
      stands_to_(2 * leaves_) {
  std::iota(workers_.begin(), workers_.end(), 0);
  std::ranges::stable_sort(workers_, {}, [&](std::int32_t worker) {
    return workers[static_cast<std::size_t>(worker)].pace;
  });
  for (std::size_t place = 0; place < workers_.size(); ++place) {
    const auto worker = static_cast<std::size_t>(workers_[place]);
    places_[place] = {workers[worker].head_start, workers[worker].pace};
    place_of_[worker] = static_cast<std::uint32_t>(place);
  }
  std::iota(winners_.begin() + static_cast<std::ptrdiff_t>(leaves_), winners_.end(), 0U);
  for (std::size_t node = leaves_ - 1; node > 0; --node) match(node);
}

std::int32_t EarliestEnd::winner(std::uint32_t cost) {
  EVENKEEL_CHECK(cost <= cost_);
  cost_ = cost;
  if (cost < stands_to_[1]) match_fallen(1);
  const std::uint32_t best = winners_[1];
  return places_[best].pace > 0 ? workers_[best] : none;
}

void EarliestEnd::add_sample(std::int32_t worker) {
  const std::size_t place = place_of_[static_cast<std::size_t>(worker)];
  places_[place].end += cost_ * places_[place].pace;
  match_above(place);
}

void EarliestEnd::remove(std::int32_t worker) {
  const std::size_t place = place_of_[static_cast<std::size_t>(worker)];
  places_[place] = Place();
  match_above(place);
}

void EarliestEnd::match(std::size_t node) {
  const std::uint32_t left = winners_[2 * node];
  const std::uint32_t right = winners_[2 * node + 1];
  const Place& a = places_[left];
  const Place& b = places_[right];
  std::uint32_t stands_to = std::max(stands_to_[2 * node], stands_to_[2 * node + 1]);
  if (b.end + cost_ * b.pace < a.end + cost_ * a.pace) {
    winners_[node] = right;
  } else {
    winners_[node] = left;
    // b overtakes where cost × (b.pace − a.pace) < a.end − b.end.
    if (b.end < a.end && b.pace > a.pace) {
      const std::uint64_t difference = b.pace - a.pace;
      const std::uint64_t first = (a.end - b.end + difference - 1) / difference;
      stands_to = std::max(stands_to, static_cast<std::uint32_t>(first));
    }
  }
  stands_to_[node] = stands_to;
}

void EarliestEnd::match_above(std::size_t place) {
  for (std::size_t node = (place + leaves_) / 2; node > 0; node /= 2) match(node);
}

void EarliestEnd::match_fallen(std::size_t node) {
  for (const std::size_t child : {2 * node, 2 * node + 1}) {
    if (cost_ < stands_to_[child]) match_fallen(child);
  }
  match(node);
}

}  // namespace evenkeel
