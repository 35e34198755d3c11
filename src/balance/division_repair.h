// Shortens a division of a batch by moving and swapping single samples.
#pragma once

#include <cstdint>
#include <span>

#include "balance/batch_division.h"

namespace evenkeel {

// Changes `division`, the worker of each sample. Again and again the worker that ends last gives a
// sample away, or swaps it for a cheaper one, so that both workers end earlier than it did; of
// the others, the one that ends first is asked first. This goes on until all ends lie within a
// thousandth, no such trade is left, or a number of attempts in proportion to the workers is
// spent. Limits stay kept, and the last end only gets earlier.
// `samples` are all samples by falling cost. Preconditions: as divide_batch().
void repair_division(std::span<const std::uint32_t> costs, std::span<const std::int32_t> samples,
                     const PerWorker<DivisionWorker>& workers, std::span<WorkerIndex> division);

}  // namespace evenkeel
