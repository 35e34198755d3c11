// Step mode with unequal samples: which worker takes which samples of a global batch. Nothing here
// is floating point: rank 0 divides, tells every worker its own samples, and can divide in the same
// way again from the numbers that it has logged.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "core/per_worker.h"

namespace evenkeel {

// A worker ends at head_start + (the costs of its samples) × pace, in whatever unit of time all
// workers share.
struct DivisionWorker {
  std::uint32_t pace = 1;        // time for one unit of cost, at least 1: the inverse of speed
  std::uint64_t head_start = 0;  // time for its fixed work; none for a worker without samples
  std::int32_t least = 0;        // samples that it has to take, 0 ≤ least ≤ most
  std::int32_t most = 0;         // and may take
};

// The worker of each sample: longest processing time first (Graham 1969; Gonzalez, Ibarra & Sahni
// 1977 for unequal machines). The most expensive sample goes to the worker that ends it first,
// then the next; ties go to the faster worker, then to the lower index. The last, cheapest
// samples go to workers that would otherwise end up below their least.
// O(samples × (log samples + log workers)).
// Preconditions: Σ least ≤ samples ≤ Σ most; for each worker, head_start + (the costs of all
// samples) × pace < 2^63.
std::vector<WorkerIndex> divide_longest_first(std::span<const std::uint32_t> costs,
                                              const PerWorker<DivisionWorker>& workers);

// As divide_longest_first(), and then repaired: the worker that ends last gives a sample away or
// swaps it for a cheaper one, again and again, until that shortens nothing or a bounded number of
// attempts is spent. It never ends later than divide_longest_first().
std::vector<WorkerIndex> divide_batch(std::span<const std::uint32_t> costs,
                                      const PerWorker<DivisionWorker>& workers);

}  // namespace evenkeel
