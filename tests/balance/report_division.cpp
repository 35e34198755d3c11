// Prints how far batches of a dataset's own samples, divided by cost over 16 workers × 8 samples,
// end after the best of what is known to be good: longest first, Karmarkar & Karp, and the bound.
#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <iostream>
#include <vector>

#include "balance/batch_division.h"
#include "balance/division_yardsticks.h"
#include "core/random.h"
#include "dataset/dataset.h"
#include "dataset/epoch_order.h"
#include "evenkeel/error.h"

using namespace evenkeel;

namespace {

constexpr std::int32_t worker_count = 16;
constexpr std::int64_t batch_samples = 128;
constexpr std::int64_t most_batches = 150;

enum class WorkersAre { equal, unequal };

// How much later than the best of them a division ends; the bound may be out of reach.
double excess(const Costs& costs, const DivisionWorkers& workers, WorkersAre workers_are) {
  const std::uint64_t end = latest_end(costs, workers, divide_batch(costs, workers));
  const std::uint64_t first = latest_end(costs, workers, divide_longest_first(costs, workers));
  double best = std::min(static_cast<double>(first), bound_of_latest_end(costs, workers));
  if (workers_are == WorkersAre::equal) {
    const std::uint64_t sum = karmarkar_karp_sum(costs, workers.size());
    best = std::min(best, static_cast<double>(sum * workers.front().pace));
  }
  return static_cast<double>(end) / best - 1;
}

void print(const char* workers, std::vector<double> excesses) {
  std::sort(excesses.begin(), excesses.end());
  fmt::print(
      "{} {:7} workers, {} batches of {}: later than the best by {:.3f} % (median), {:.3f} % "
      "(worst)\n",
      worker_count, workers, excesses.size(), batch_samples, 100 * excesses[excesses.size() / 2],
      100 * excesses.back());
}

void report(const Dataset& dataset) {
  const EpochOrder order(dataset, {Shuffle::full, 0, 1}, Epoch(0));
  const double scale = std::ldexp(1, 24) / dataset.largest_sample_costs(1).front();
  const std::int64_t batches = std::min(most_batches, dataset.samples() / batch_samples);
  Random random(0);
  std::vector<double> equal;
  std::vector<double> unequal;
  for (Position at; at < Position(batches * batch_samples); at = at + batch_samples) {
    Costs costs;
    for (std::int64_t i = 0; i < batch_samples; ++i) {
      const double cost = order.true_cost({at + i, at + i + 1});
      costs.push_back(static_cast<std::uint32_t>(std::llround(cost * scale)));
    }
    equal.push_back(excess(costs, equal_workers(worker_count), WorkersAre::equal));
    unequal.push_back(excess(costs, unequal_workers(random, worker_count), WorkersAre::unequal));
  }
  print("equal", equal);
  print("unequal", unequal);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    fmt::print(stderr, "usage: {} MANIFEST\n", argv[0]);
    return 2;
  }
  try {
    report(Dataset::cut(read_manifest(argv[1]), 1024));
  } catch (const UserError& error) {
    std::cerr << error.what() << '\n';
    return 2;
  }
  return 0;
}
