#include "dataset/shard_line.h"

#include <algorithm>
#include <array>
#include <numeric>
#include <utility>

#include "core/random.h"

namespace evenkeel {

namespace {

// Draws some places in advance, to prefetch their memory while others are swapped.
void shuffle(std::vector<std::uint32_t>& shards, std::uint64_t key) {
  Random random(key);
  std::array<std::size_t, 32> places{};
  for (std::size_t left = shards.size(); left > 1;) {
    const std::size_t count = std::min(places.size(), left - 1);
    for (std::size_t i = 0; i < count; ++i) {
      places[i] = random.below(left - i);
      __builtin_prefetch(&shards[places[i]], 1);
    }
    for (std::size_t i = 0; i < count; ++i) std::swap(shards[--left], shards[places[i]]);
  }
}

}  // namespace

ShardLine::ShardLine(const Dataset& dataset, std::uint64_t key) : dataset_(&dataset) {
  slot_shard_.resize(static_cast<std::size_t>(dataset.shards()));
  std::iota(slot_shard_.begin(), slot_shard_.end(), 0U);
  shuffle(slot_shard_, key);

  slot_begin_.reserve(slot_shard_.size() + 1);
  slot_begin_.push_back(0);
  for (const std::int64_t shard : slot_shard_) {
    const std::int64_t samples = dataset.shard_begin(shard + 1) - dataset.shard_begin(shard);
    slot_begin_.push_back(slot_begin_.back() + samples);
  }
  if (dataset.uniform_cost()) return;
  slot_cost_.reserve(slot_begin_.size());
  slot_cost_.push_back(0);
  for (std::size_t slot = 0; slot < slot_shard_.size(); ++slot) {
    const double cost = cost_in_slot(slot, slot_begin_[slot], slot_begin_[slot + 1]);
    slot_cost_.push_back(slot_cost_.back() + cost);
  }
}

std::size_t ShardLine::slot_of(std::int64_t place) const {
  return slot_between(0, slot_shard_.size(), place);
}

// The slot of a place in `from` or later, usually soon after: searches in doubling steps.
std::size_t ShardLine::slot_from(std::size_t from, std::int64_t place) const {
  std::size_t ahead = 1;
  while (ahead < slot_shard_.size() - from && slot_begin_[from + ahead] <= place) ahead *= 2;
  return slot_between(from + ahead / 2, std::min(from + ahead, slot_shard_.size()), place);
}

// The slot of a place in [first, last).
std::size_t ShardLine::slot_between(std::size_t first, std::size_t last, std::int64_t place) const {
  const std::int64_t* begin = slot_begin_.data();
  return static_cast<std::size_t>(std::upper_bound(begin + first + 1, begin + last, place) -
                                  begin) -
         1;
}

std::int64_t ShardLine::sample_at(std::int64_t place) const {
  const std::size_t slot = slot_of(place);
  return dataset_->shard_begin(slot_shard_[slot]) + (place - slot_begin_[slot]);
}

double ShardLine::cost(std::int64_t begin, std::int64_t end) const {
  if (end <= begin) return 0;
  if (dataset_->uniform_cost()) return dataset_->cost_between(begin, end);
  const std::size_t first = slot_of(begin);
  if (end <= slot_begin_[first + 1]) return cost_in_slot(first, begin, end);
  const std::size_t last = slot_from(first, end - 1);
  return cost_in_slot(first, begin, slot_begin_[first + 1]) +
         (slot_cost_[last] - slot_cost_[first + 1]) + cost_in_slot(last, slot_begin_[last], end);
}

double ShardLine::cost_in_slot(std::size_t slot, std::int64_t begin, std::int64_t end) const {
  const std::int64_t shard = slot_shard_[slot];
  const std::int64_t shift = dataset_->shard_begin(shard) - slot_begin_[slot];
  return dataset_->cost_within_shard(shard, begin + shift, end + shift);
}

std::optional<std::int64_t> ShardLine::only_file(std::int64_t begin, std::int64_t end) const {
  const std::size_t slot = slot_of(begin);
  if (end > slot_begin_[slot + 1]) return std::nullopt;
  const std::int64_t shift = dataset_->shard_begin(slot_shard_[slot]) - slot_begin_[slot];
  return dataset_->only_file(begin + shift, end + shift);
}

std::vector<FilePlace> ShardLine::places_of(std::span<const std::int64_t> files) const {
  std::vector<FilePlace> places;
  for (std::size_t slot = 0; slot < slot_shard_.size(); ++slot) {
    const std::int64_t shard = slot_shard_[slot];
    const std::int64_t first = dataset_->shard_begin(shard);
    const std::int64_t end = dataset_->shard_begin(shard + 1);
    auto file = std::ranges::lower_bound(files, dataset_->shard_file(shard));
    for (; file != files.end() && dataset_->file_begin(*file) < end; ++file) {
      const std::int64_t shift = slot_begin_[slot] - first;
      const std::int64_t from = std::max(first, dataset_->file_begin(*file)) + shift;
      const std::int64_t to = std::min(end, dataset_->file_begin(*file + 1)) + shift;
      places.push_back(
          {{Position(from), Position(to)}, static_cast<std::size_t>(file - files.begin())});
    }
  }
  return places;
}

void ShardLine::extents(std::int64_t begin, std::int64_t end, ExtentWriter& out) const {
  if (end <= begin) return;
  for (std::size_t slot = slot_of(begin); begin < end; ++slot) {
    const std::int64_t shard = slot_shard_[slot];
    const std::int64_t shift = dataset_->shard_begin(shard) - slot_begin_[slot];
    const std::int64_t stop = std::min(end, slot_begin_[slot + 1]);
    const bool whole = begin == slot_begin_[slot];
    out.add_run(begin + shift, stop + shift,
                whole ? dataset_->shard_file(shard) : dataset_->file_of(begin + shift));
    begin = stop;
  }
}

}  // namespace evenkeel
