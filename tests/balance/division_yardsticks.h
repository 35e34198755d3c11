// What a division of a batch is compared with, and the batches to do it on. Plain and slow.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "balance/batch_division.h"
#include "core/random.h"

namespace evenkeel {

using Costs = std::vector<std::uint32_t>;
using DivisionWorkers = PerWorker<DivisionWorker>;
using Division = std::vector<WorkerIndex>;  // of samples

// When each worker ends; one without samples ends at 0.
PerWorker<std::uint64_t> ends_of(std::span<const std::uint32_t> costs,
                                 const DivisionWorkers& workers, const Division& division);
std::uint64_t latest_end(std::span<const std::uint32_t> costs, const DivisionWorkers& workers,
                         const Division& division);

// No division ends earlier, whatever the limits on samples: the expensive samples have to fit,
// by cost and by number, into the workers that are fast enough for them.
double bound_of_latest_end(std::span<const std::uint32_t> costs, const DivisionWorkers& workers);

// As divide_longest_first(), by looking at every worker for every sample.
Division divide_longest_first_by_search(std::span<const std::uint32_t> costs,
                                        const DivisionWorkers& workers);

// The largest sum when costs are divided over equal workers by the differencing method
// (Karmarkar & Karp 1982).
std::uint64_t karmarkar_karp_sum(std::span<const std::uint32_t> costs, std::int32_t workers);

// Samples whose cost is uniform in (0, 1], or lognormal with the given deviation of its logarithm
// and rarely above 1; 1 is 2^24.
Costs uniform_costs(Random& random, std::size_t samples);
Costs lognormal_costs(Random& random, std::size_t samples, double deviation);

// Workers without limits, of one pace, or of paces that differ by up to four times.
DivisionWorkers equal_workers(std::int32_t count);
DivisionWorkers unequal_workers(Random& random, std::int32_t count);

}  // namespace evenkeel
