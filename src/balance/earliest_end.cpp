#include "balance/earliest_end.h"

#include <algorithm>
#include <bit>
#include <numeric>

#include "core/check.h"

namespace evenkeel {

EarliestEnd::EarliestEnd(const PerWorker<DivisionWorker>& workers, std::uint32_t highest_cost)
    : cost_(highest_cost),
      leaves_(std::bit_ceil(static_cast<std::size_t>(std::max(workers.size(), 2)))),
      places_(leaves_),
      place_of_(workers.size()),
      winners_(2 * leaves_),
      stands_to_(2 * leaves_) {
  for (const WorkerIndex worker : workers.indices()) workers_.push_back(worker);
  std::ranges::stable_sort(workers_, {}, [&](WorkerIndex worker) { return workers[worker].pace; });
  for (std::size_t place = 0; place < workers_.size(); ++place) {
    const WorkerIndex worker = workers_[place];
    places_[place] = {workers[worker].head_start, workers[worker].pace};
    place_of_[worker] = static_cast<std::uint32_t>(place);
  }
  std::iota(winners_.begin() + static_cast<std::ptrdiff_t>(leaves_), winners_.end(), 0U);
  for (std::size_t node = leaves_ - 1; node > 0; --node) match(node);
}

std::optional<WorkerIndex> EarliestEnd::winner(std::uint32_t cost) {
  EVENKEEL_CHECK(cost <= cost_);
  cost_ = cost;
  if (cost < stands_to_[1]) match_fallen(1);
  const std::uint32_t best = winners_[1];
  if (places_[best].pace == 0) return std::nullopt;
  return workers_[best];
}

void EarliestEnd::add_sample(WorkerIndex worker) {
  const std::size_t place = place_of_[worker];
  places_[place].end += cost_ * places_[place].pace;
  match_above(place);
}

void EarliestEnd::remove(WorkerIndex worker) {
  const std::size_t place = place_of_[worker];
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
