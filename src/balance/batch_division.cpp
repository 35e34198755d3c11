#include "balance/batch_division.h"

#include <algorithm>
#include <cstddef>
#include <optional>
#include <utility>

#include "balance/division_repair.h"
#include "balance/earliest_end.h"
#include "core/check.h"

namespace evenkeel {
namespace {

void check(std::span<const std::uint32_t> costs, const PerWorker<DivisionWorker>& workers) {
  EVENKEEL_CHECK(std::in_range<std::int32_t>(costs.size()));
  std::uint64_t total = 0;
  for (const std::uint32_t cost : costs) total += cost;
  constexpr auto limit = static_cast<std::uint64_t>(INT64_MAX);
  std::int64_t least = 0;
  std::int64_t most = 0;
  for (const DivisionWorker& worker : workers) {
    EVENKEEL_CHECK(worker.pace > 0 && 0 <= worker.least && worker.least <= worker.most);
    EVENKEEL_CHECK(worker.head_start <= limit);
    EVENKEEL_CHECK(total <= (limit - worker.head_start) / worker.pace);
    least += worker.least;
    most += worker.most;
  }
  EVENKEEL_CHECK(least <= std::ssize(costs) && std::ssize(costs) <= most);
}

// The samples by falling cost, ties to the lower index.
std::vector<std::int32_t> by_falling_cost(std::span<const std::uint32_t> costs) {
  // Sorting numbers that hold both is several times faster than sorting indices by what they
  // point to.
  std::vector<std::uint64_t> keys(costs.size());
  for (std::size_t i = 0; i < costs.size(); ++i) {
    keys[i] = std::uint64_t{UINT32_MAX - costs[i]} << 32 | i;
  }
  std::ranges::sort(keys);
  std::vector<std::int32_t> samples(costs.size());
  for (std::size_t i = 0; i < keys.size(); ++i) {
    samples[i] = static_cast<std::int32_t>(keys[i] & UINT32_MAX);
  }
  return samples;
}

std::vector<WorkerIndex> divide_sorted(std::span<const std::uint32_t> costs,
                                       std::span<const std::int32_t> samples,
                                       const PerWorker<DivisionWorker>& workers) {
  std::vector<WorkerIndex> division(costs.size());
  if (samples.empty()) return division;
  const auto cost = [&](std::int32_t sample) { return costs[static_cast<std::size_t>(sample)]; };
  EarliestEnd earliest(workers, cost(samples.front()));
  PerWorker<std::int32_t> counts(workers.size());
  std::int64_t owed = 0;  // samples that workers below their least have yet to get
  for (const WorkerIndex worker : workers.indices()) {
    owed += workers[worker].least;
    if (workers[worker].most == 0) earliest.remove(worker);
  }
  std::int64_t left = std::ssize(samples);
  bool only_owed = false;
  for (const std::int32_t sample : samples) {
    if (left == owed && !only_owed) {
      only_owed = true;
      for (const WorkerIndex worker : workers.indices()) {
        if (counts[worker] >= workers[worker].least) earliest.remove(worker);
      }
    }
    const std::optional<WorkerIndex> winner = earliest.winner(cost(sample));
    EVENKEEL_CHECK(winner.has_value());
    const WorkerIndex worker = *winner;
    division[static_cast<std::size_t>(sample)] = worker;
    --left;
    if (++counts[worker] <= workers[worker].least) --owed;
    const std::int32_t limit = only_owed ? workers[worker].least : workers[worker].most;
    if (counts[worker] < limit) {
      earliest.add_sample(worker);
    } else {
      earliest.remove(worker);
    }
  }
  return division;
}

}  // namespace

std::vector<WorkerIndex> divide_longest_first(std::span<const std::uint32_t> costs,
                                              const PerWorker<DivisionWorker>& workers) {
  check(costs, workers);
  return divide_sorted(costs, by_falling_cost(costs), workers);
}

std::vector<WorkerIndex> divide_batch(std::span<const std::uint32_t> costs,
                                      const PerWorker<DivisionWorker>& workers) {
  check(costs, workers);
  const std::vector<std::int32_t> samples = by_falling_cost(costs);
  std::vector<WorkerIndex> division = divide_sorted(costs, samples, workers);
  repair_division(costs, samples, workers, division);
  return division;
}

}  // namespace evenkeel
