#include "core/batch_line.h"

#include <algorithm>

namespace evenkeel {

Interval BatchLine::part(Interval batch, std::int64_t before, std::int64_t count) const {
  const std::int64_t whole = micro_batches();
  const std::int64_t here = (batch.samples() + micro_batch - 1) / micro_batch;
  const auto position = [&](std::int64_t place) {
    const std::int64_t scaled = here == whole ? place : place * here / whole;
    return std::min(batch.end, batch.begin + scaled * micro_batch);
  };
  return {position(before), position(before + count)};
}

std::vector<Interval> intervals_of(Interval batch, std::span<const std::uint32_t> places) {
  std::vector<Interval> intervals;
  for (const std::uint32_t place : places) {
    const Position at = batch.begin + std::int64_t{place};
    if (!intervals.empty() && intervals.back().end == at) {
      intervals.back().end = at + 1;
    } else {
      intervals.push_back({at, at + 1});
    }
  }
  return intervals;
}

}  // namespace evenkeel
