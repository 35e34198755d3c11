// The packed dataset, as a broadcast brings it.
#include <algorithm>
#include <cmath>
#include <stdexcept>

#include "core/check.h"
#include "dataset/dataset.h"
#include "fuzz/refusal.h"
#include "fuzz/target.h"

namespace evenkeel {
namespace {

// Asks what ranks ask of a dataset.
void check_answers(const Dataset& dataset) {
  constexpr std::int64_t most_shards = 64;
  EVENKEEL_CHECK(dataset.samples() >= 1 && dataset.files() >= 1);
  EVENKEEL_CHECK(dataset.cost() > 0 && std::isfinite(dataset.cost()));
  EVENKEEL_CHECK(dataset.cost_between(0, dataset.samples()) >= 0);
  EVENKEEL_CHECK(dataset.file_of(dataset.samples() - 1) == dataset.files() - 1);
  for (std::int64_t shard = 0; shard < std::min(dataset.shards(), most_shards); ++shard) {
    const std::int64_t begin = dataset.shard_begin(shard);
    EVENKEEL_CHECK(dataset.file_of(begin) == dataset.shard_file(shard));
    const double cost = dataset.cost_within_shard(shard, begin, dataset.shard_begin(shard + 1));
    EVENKEEL_CHECK(cost >= 0 && std::isfinite(cost));
  }
  EVENKEEL_CHECK(!dataset.largest_sample_costs(8).empty());
}

}  // namespace

bool accepts(std::string_view bytes) {
  const std::shared_ptr<std::byte[]> memory = Dataset::heap(bytes.size());
  std::ranges::copy(std::as_bytes(std::span(bytes)), memory.get());
  const std::span<const std::byte> packed(memory.get(), bytes.size());
  try {
    const Dataset dataset = Dataset::unpack(packed, nullptr);
    check_answers(dataset);
    return true;
  } catch (const std::runtime_error& error) {
    check_refusal(error.what(), "packed dataset: ");
    return false;
  }
}

}  // namespace evenkeel
