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

}  // namespace evenkeel
