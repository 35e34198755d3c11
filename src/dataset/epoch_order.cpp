#include "dataset/epoch_order.h"

#include <algorithm>

#include "core/check.h"
#include "core/random.h"
#include "dataset/extent_writer.h"
#include "dataset/permutation.h"

namespace evenkeel {
namespace {

std::int64_t block_length(const Dataset& dataset, const OrderOptions& options) {
  switch (options.shuffle) {
    case Shuffle::none:
    case Shuffle::shards:
      return 0;
    case Shuffle::block:
      EVENKEEL_CHECK(options.shuffle_block >= 1);
      return std::min(options.shuffle_block, dataset.samples());
    case Shuffle::full:
      return dataset.samples();
  }
  return 0;
}

}  // namespace

EpochOrder::EpochOrder(const Dataset& dataset, const OrderOptions& options, Epoch epoch)
    : dataset_(&dataset),
      key_(mix_pair(options.seed, static_cast<std::uint64_t>(epoch.value()))),
      block_length_(block_length(dataset, options)) {
  if (options.shuffle == Shuffle::shards || options.shuffle == Shuffle::block) {
    line_.emplace(dataset, key_);
  }
}

std::int64_t EpochOrder::samples() const { return dataset_->samples(); }

std::int64_t EpochOrder::sample_at(Position position) const {
  const std::int64_t place = position.value();
  check_bounds({position, position + 1});
  if (!permutes_samples()) return sample_on_line(place);
  const Block block = block_of(place);
  return sample_on_line(block.begin + permutation_of(block)(place - block.begin));
}

double EpochOrder::cost(Interval interval) const {
  return cost_with(interval, &EpochOrder::estimated_cost);
}

double EpochOrder::true_cost(Interval interval) const {
  return cost_with(interval, &EpochOrder::summed_cost);
}

double EpochOrder::cost_with(Interval interval, PartCost part_cost) const {
  check_bounds(interval);
  const std::int64_t begin = interval.begin.value();
  const std::int64_t end = interval.end.value();
  if (dataset_->uniform_cost()) return dataset_->cost_between(begin, end);
  if (interval.empty()) return 0;
  if (!permutes_samples()) return cost_on_line(begin, end);
  const Block first = block_of(begin);
  if (end <= first.end) return (this->*part_cost)(first, begin, end);
  const Block last = block_of(end - 1);
  return (this->*part_cost)(first, begin, first.end) + cost_on_line(first.end, last.begin) +
         (this->*part_cost)(last, last.begin, end);
}

double EpochOrder::estimated_cost(Block block, std::int64_t begin, std::int64_t end) const {
  const double share =
      static_cast<double>(end - begin) / static_cast<double>(block.end - block.begin);
  return share * cost_on_line(block.begin, block.end);
}

double EpochOrder::summed_cost(Block block, std::int64_t begin, std::int64_t end) const {
  if (end - begin == block.end - block.begin) return cost_on_line(begin, end);
  const Permutation permutation = permutation_of(block);
  double sum = 0;
  for (std::int64_t place = begin; place < end; ++place) {
    const std::int64_t sample = sample_on_line(block.begin + permutation(place - block.begin));
    sum += dataset_->cost_between(sample, sample + 1);
  }
  return sum;
}

std::optional<std::int64_t> EpochOrder::only_file(Interval interval) const {
  check_bounds(interval);
  if (permutes_samples()) return std::nullopt;
  const std::int64_t begin = interval.begin.value();
  const std::int64_t end = interval.end.value();
  return line_ ? line_->only_file(begin, end) : dataset_->only_file(begin, end);
}

std::vector<FilePlace> EpochOrder::places_of(std::span<const std::int64_t> files) const {
  if (permutes_samples()) return {};
  if (line_) return line_->places_of(files);
  std::vector<FilePlace> places;
  for (std::size_t i = 0; i < files.size(); ++i) {
    const std::int64_t begin = dataset_->file_begin(files[i]);
    const std::int64_t end = dataset_->file_begin(files[i] + 1);
    if (begin < end) places.push_back({{Position(begin), Position(end)}, i});
  }
  return places;
}

void EpochOrder::extents(Interval interval, std::vector<Extent>& out) const {
  check_bounds(interval);
  std::int64_t begin = interval.begin.value();
  const std::int64_t end = interval.end.value();
  ExtentWriter writer(*dataset_, out);
  if (interval.empty()) return;
  if (!permutes_samples()) {
    if (line_) {
      line_->extents(begin, end, writer);
    } else {
      writer.add_run(begin, end, dataset_->file_of(begin));
    }
    return;
  }
  while (begin < end) {
    const Block block = block_of(begin);
    const Permutation permutation = permutation_of(block);
    for (; begin < std::min(end, block.end); ++begin) {
      const std::int64_t sample = sample_on_line(block.begin + permutation(begin - block.begin));
      writer.add_run(sample, sample + 1, dataset_->file_of(sample));
    }
  }
}

void EpochOrder::check_bounds(Interval interval) const {
  EVENKEEL_CHECK(0 <= interval.begin.value() && interval.end.value() <= samples());
}

EpochOrder::Block EpochOrder::block_of(std::int64_t place) const {
  const std::int64_t begin = place / block_length_ * block_length_;
  return {begin, begin + std::min(block_length_, samples() - begin)};
}

Permutation EpochOrder::permutation_of(Block block) const {
  const std::int64_t number = block.begin / block_length_;
  return {block.end - block.begin, mix_pair(key_, static_cast<std::uint64_t>(number))};
}

std::int64_t EpochOrder::sample_on_line(std::int64_t place) const {
  return line_ ? line_->sample_at(place) : place;
}

double EpochOrder::cost_on_line(std::int64_t begin, std::int64_t end) const {
  return line_ ? line_->cost(begin, end) : dataset_->cost_between(begin, end);
}

}  // namespace evenkeel
