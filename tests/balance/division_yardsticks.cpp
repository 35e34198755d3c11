#include "balance/division_yardsticks.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <numeric>
#include <queue>
#include <tuple>

#include "core/check.h"

namespace evenkeel {

PerWorker<std::uint64_t> ends_of(std::span<const std::uint32_t> costs,
                                 const DivisionWorkers& workers, const Division& division) {
  PerWorker<std::uint64_t> ends(workers.size());
  PerWorker<bool> works(workers.size());
  for (std::size_t i = 0; i < costs.size(); ++i) {
    const WorkerIndex worker = division[i];
    if (!works[worker]) ends[worker] = workers[worker].head_start;
    works[worker] = true;
    ends[worker] += std::uint64_t{costs[i]} * workers[worker].pace;
  }
  return ends;
}

std::uint64_t latest_end(std::span<const std::uint32_t> costs, const DivisionWorkers& workers,
                         const Division& division) {
  return std::ranges::max(ends_of(costs, workers, division));
}

namespace {

// Whether the samples, by falling cost, could fit if those before each were divisible.
bool may_fit(std::span<const std::uint32_t> falling, const DivisionWorkers& workers, double end) {
  double sum = 0;
  for (std::size_t i = 0; i < falling.size() && falling[i] > 0; ++i) {
    const double cost = falling[i];
    sum += cost;
    double room = 0;
    double pieces = 0;
    for (const DivisionWorker& worker : workers) {
      const double own_room = (end - static_cast<double>(worker.head_start)) / worker.pace;
      if (own_room < cost) continue;
      room += own_room;
      pieces += std::floor(own_room / cost);
    }
    if (room < sum || pieces < static_cast<double>(i + 1)) return false;
  }
  return true;
}

std::vector<std::size_t> by_falling_cost(std::span<const std::uint32_t> costs) {
  std::vector<std::size_t> samples(costs.size());
  std::iota(samples.begin(), samples.end(), 0);
  std::ranges::stable_sort(samples, std::greater<>(), [&](std::size_t i) { return costs[i]; });
  return samples;
}

}  // namespace

double bound_of_latest_end(std::span<const std::uint32_t> costs, const DivisionWorkers& workers) {
  Costs falling(costs.begin(), costs.end());
  std::ranges::sort(falling, std::greater<>());
  double low = 0;
  double high = 1;
  while (!may_fit(falling, workers, high)) high *= 2;
  for (int i = 0; i < 40; ++i) {
    const double middle = (low + high) / 2;
    (may_fit(falling, workers, middle) ? high : low) = middle;
  }
  return low;
}

Division divide_longest_first_by_search(std::span<const std::uint32_t> costs,
                                        const DivisionWorkers& workers) {
  Division division(costs.size());
  PerWorker<std::uint64_t> ends;
  PerWorker<std::int32_t> counts(workers.size());
  for (const DivisionWorker& worker : workers) ends.push_back(worker.head_start);
  std::size_t left = costs.size();
  for (const std::size_t sample : by_falling_cost(costs)) {
    std::size_t owed = 0;
    for (const WorkerIndex i : workers.indices()) {
      owed += static_cast<std::size_t>(std::max(0, workers[i].least - counts[i]));
    }
    using Candidate = std::tuple<std::uint64_t, std::uint32_t, WorkerIndex>;  // end, pace, index
    Candidate best{std::numeric_limits<std::uint64_t>::max(), 0, {}};
    for (const WorkerIndex i : workers.indices()) {
      if (counts[i] >= (left == owed ? workers[i].least : workers[i].most)) continue;
      const std::uint64_t end = ends[i] + std::uint64_t{costs[sample]} * workers[i].pace;
      best = std::min(best, Candidate(end, workers[i].pace, i));
    }
    const WorkerIndex winner = std::get<2>(best);
    ends[winner] = std::get<0>(best);
    ++counts[winner];
    --left;
    division[sample] = winner;
  }
  return division;
}

std::uint64_t karmarkar_karp_sum(std::span<const std::uint32_t> costs, std::int32_t workers) {
  // Sums of partial divisions, each falling; the least of each is taken off and kept in `common`.
  using Sums = std::vector<std::uint64_t>;
  const auto narrower = [](const Sums& a, const Sums& b) { return a.front() < b.front(); };
  std::priority_queue<Sums, std::vector<Sums>, decltype(narrower)> partial(narrower);
  for (const std::uint32_t cost : costs) {
    Sums sums{cost};
    sums.resize(static_cast<std::size_t>(workers));
    partial.push(sums);
  }
  std::uint64_t common = 0;
  while (true) {
    Sums sums = partial.top();
    partial.pop();
    const std::uint64_t least = sums.back();
    for (std::uint64_t& sum : sums) sum -= least;
    common += least;
    if (partial.empty()) return common + sums.front();
    for (std::size_t i = 0; i < sums.size(); ++i) {
      sums[i] += partial.top()[sums.size() - 1 - i];
    }
    partial.pop();
    std::ranges::sort(sums, std::greater<>());
    partial.push(sums);
  }
}

namespace {

std::uint32_t scaled_cost(double cost) {
  constexpr double one = 1 << 24;
  return static_cast<std::uint32_t>(std::clamp(cost * one, 1.0, 255 * one));
}

}  // namespace

Costs uniform_costs(Random& random, std::size_t samples) {
  Costs costs(samples);
  for (std::uint32_t& cost : costs) cost = scaled_cost(random.uniform());
  return costs;
}

Costs lognormal_costs(Random& random, std::size_t samples, double deviation) {
  Costs costs(samples);
  for (std::uint32_t& cost : costs) cost = scaled_cost(std::exp(deviation * random.normal()) / 16);
  return costs;
}

DivisionWorkers equal_workers(std::int32_t count) {
  return DivisionWorkers(count, {1U << 20, 0, 0, std::numeric_limits<std::int32_t>::max()});
}

DivisionWorkers unequal_workers(Random& random, std::int32_t count) {
  DivisionWorkers workers = equal_workers(count);
  for (DivisionWorker& worker : workers) {
    worker.pace += static_cast<std::uint32_t>(random.below(std::uint64_t{3} * worker.pace));
  }
  return workers;
}

}  // namespace evenkeel
