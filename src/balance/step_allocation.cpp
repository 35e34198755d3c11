#include "balance/step_allocation.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <optional>
#include <utility>

#include "balance/winner_tree.h"
#include "core/check.h"

namespace evenkeel {
namespace {

void check(const StepSpeed& worker, std::int64_t micro_batches) {
  EVENKEEL_CHECK(worker.fixed_s >= 0 && worker.micro_batch_s > 0);
  EVENKEEL_CHECK(worker.curve == nullptr || (worker.always_s >= 0 && worker.work_s > 0));
  EVENKEEL_CHECK(0 <= worker.least && worker.least <= worker.most);
  EVENKEEL_CHECK(worker.least <= micro_batches);
  EVENKEEL_CHECK(std::isfinite(worker.step_s(micro_batches)));
}

// Micro-batches that a worker finishes within `limit_s`, up to `most`; but for rounding.
std::int64_t nearly_within(const StepSpeed& worker, std::int64_t most, double limit_s) {
  if (worker.curve != nullptr) {
    return worker.curve->most_within((limit_s - worker.always_s) / worker.work_s, most);
  }
  const double fitting = std::floor((limit_s - worker.fixed_s) / worker.micro_batch_s);
  if (!(fitting > 0)) return 0;
  return fitting < static_cast<double>(most) ? static_cast<std::int64_t>(fitting) : most;
}

// As many micro-batches as a worker finishes within `limit_s`, at least its least and at most
// `most`. Whatever the division rounds to, step_s() decides: it is what the counts are compared
// by in the end.
std::int64_t count_within(const StepSpeed& worker, std::int64_t most, double limit_s) {
  std::int64_t count = nearly_within(worker, most, limit_s);
  if (count < most && worker.step_s(count + 1) <= limit_s) ++count;
  if (count > 0 && worker.step_s(count) > limit_s) --count;
  return std::max(count, worker.least);
}

std::int64_t counts_within(const PerWorker<StepSpeed>& workers, std::int64_t micro_batches,
                           double limit_s, PerWorker<std::int64_t>& counts) {
  std::int64_t sum = 0;
  for (const WorkerIndex i : workers.indices()) {
    counts[i] = count_within(workers[i], std::min(workers[i].most, micro_batches), limit_s);
    sum += counts[i];
  }
  return sum;
}

// Counts for a step that is a little too short: about one micro-batch a worker is missing. All
// that they hold, the best counts hold too. Returns their sum.
std::int64_t allocate_nearly_all(const PerWorker<StepSpeed>& workers, std::int64_t micro_batches,
                                 PerWorker<std::int64_t>& counts) {
  double longest_s = 0;
  for (const StepSpeed& worker : workers) {
    longest_s = std::max(longest_s, worker.step_s(std::min(worker.most, micro_batches)));
  }
  // Bisects the bit patterns, which are ordered as the numbers ≥ 0 are: two neighbours are
  // reached within 64 rounds however far apart the workers are, and between them lies one
  // micro-batch of each worker at most.
  std::uint64_t low = 0;
  std::uint64_t high = std::bit_cast<std::uint64_t>(longest_s);
  std::int64_t given = counts_within(workers, micro_batches, 0, counts);
  EVENKEEL_CHECK(given <= micro_batches);
  PerWorker<std::int64_t> candidate(workers.size());
  while (micro_batches - given > workers.size() && high - low > 1) {
    const std::uint64_t middle = low + (high - low) / 2;
    const std::int64_t sum =
        counts_within(workers, micro_batches, std::bit_cast<double>(middle), candidate);
    if (sum > micro_batches) {
      high = middle;
    } else {
      low = middle;
      given = sum;
      std::swap(counts, candidate);
    }
  }
  return given;
}

}  // namespace

PerWorker<std::int64_t> allocate_step(const PerWorker<StepSpeed>& workers,
                                      std::int64_t micro_batches) {
  for (const StepSpeed& worker : workers) check(worker, micro_batches);
  PerWorker<std::int64_t> counts(workers.size());
  std::int64_t given = allocate_nearly_all(workers, micro_batches, counts);

  WinnerTree next_end(workers.size());
  const auto offer = [&](WorkerIndex i) {
    if (counts[i] < workers[i].most) {
      next_end.set(i, workers[i].step_s(counts[i] + 1));
    } else {
      next_end.remove(i);
    }
  };
  for (const WorkerIndex i : workers.indices()) offer(i);
  for (; given < micro_batches; ++given) {
    const std::optional<WorkerIndex> winner = next_end.winner();
    EVENKEEL_CHECK(winner.has_value());
    ++counts[*winner];
    offer(*winner);
  }
  return counts;
}

double longest_step_s(const PerWorker<StepSpeed>& workers, const PerWorker<std::int64_t>& counts) {
  double longest_s = 0;
  for (const WorkerIndex i : workers.indices()) {
    longest_s = std::max(longest_s, workers[i].step_s(counts[i]));
  }
  return longest_s;
}

}  // namespace evenkeel
