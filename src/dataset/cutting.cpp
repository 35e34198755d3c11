#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <utility>

#include "core/check.h"
#include "dataset/dataset.h"
#include "dataset/readers.h"
#include "evenkeel/error.h"

namespace evenkeel {
namespace {

std::size_t at(std::int64_t index) { return static_cast<std::size_t>(index); }

// Appends where each shard begins, as Dataset::cut says, and the end.
class Cutter {
 public:
  Cutter(std::string_view dataset, std::int64_t shard_samples)
      : dataset_(dataset), shard_samples_(shard_samples) {}

  void add_file(std::int64_t samples) {
    const bool large = samples > shard_samples_;
    if (large || samples > shard_samples_ - open_) open_ = 0;
    if (open_ == 0) begin_shards((samples - 1) / shard_samples_ + 1);
    if (!large) open_ += samples;
    end_ += samples;
  }

  std::vector<std::int64_t> finish() && {
    begins_.push_back(end_);
    return std::move(begins_);
  }

 private:
  void begin_shards(std::int64_t count) {
    if (count > Dataset::max_shards - static_cast<std::int64_t>(begins_.size())) {
      throw UserError(
          fmt::format("{}: shards of {} samples are too small: there would be more than {}; raise "
                      "--shard-samples",
                      dataset_, shard_samples_, Dataset::max_shards));
    }
    for (std::int64_t i = 0; i < count; ++i) begins_.push_back(end_ + i * shard_samples_);
  }

  std::string_view dataset_;
  std::int64_t shard_samples_;
  std::int64_t open_ = 0;  // samples in the shard that small files may still join
  std::int64_t end_ = 0;
  std::vector<std::int64_t> begins_;
};

}  // namespace

Dataset Dataset::cut(Manifest manifest, std::int64_t shard_samples) {
  if (shard_samples < 1) {
    throw UserError(
        fmt::format("--shard-samples is {}; a shard has at least one sample", shard_samples));
  }
  if (manifest.files.size() == 0) {
    throw UserError(fmt::format("{}: has no samples; list at least one file", manifest.name));
  }
  check_totals(manifest, manifest.name);
  Cutter cutter(manifest.name, shard_samples);
  for (std::int64_t file = 0; file < manifest.files.size(); ++file) {
    cutter.add_file(manifest.files.samples(file));
  }
  std::vector<std::int64_t> shard_begin = std::move(cutter).finish();
  return {std::move(manifest), std::move(shard_begin)};
}

// The manifest's totals are checked, and the shards tile its samples.
Dataset::Dataset(Manifest manifest, std::vector<std::int64_t> shard_begin)
    : manifest_(std::move(manifest)), shard_begin_(std::move(shard_begin)) {
  index_files();
  index_shards();
  index_costs();
}

void Dataset::index_files() {
  file_begin_.reserve(at(files() + 1));
  file_begin_.push_back(0);
  for (std::int64_t file = 0; file < files(); ++file) {
    file_begin_.push_back(file_begin_.back() + file_samples(file));
  }
}

void Dataset::index_shards() {
  EVENKEEL_CHECK(shard_begin_.size() >= 2 && shard_begin_.front() == 0 &&
                 shard_begin_.back() == samples());
  shard_file_.reserve(shard_begin_.size() - 1);
  std::int64_t file = 0;
  for (std::size_t shard = 0; shard + 1 < shard_begin_.size(); ++shard) {
    EVENKEEL_CHECK(shard_begin_[shard] < shard_begin_[shard + 1]);
    while (file_begin(file + 1) <= shard_begin_[shard]) ++file;
    shard_file_.push_back(file);
  }
}

void Dataset::index_costs() {
  const std::size_t sample_costs = manifest_.sample_cost.size();
  EVENKEEL_CHECK(sample_costs == 0 || sample_costs == at(samples()));
  uniform_cost_ = manifest_.sample_cost.empty() ? common_file_cost() : common_sample_cost();
  if (uniform_cost()) {
    total_cost_ = static_cast<double>(samples()) * uniform_cost_;
  } else if (manifest_.sample_cost.empty()) {
    index_file_costs();
  } else {
    index_sample_costs();
  }
}

double Dataset::common_file_cost() const {
  const double cost = cost_per_sample(0);
  for (std::int64_t file = 1; file < files(); ++file) {
    if (cost_per_sample(file) != cost) return 0;
  }
  return cost;
}

double Dataset::common_sample_cost() const {
  const std::vector<std::uint32_t>& costs = manifest_.sample_cost;
  const bool differ =
      std::adjacent_find(costs.begin(), costs.end(), std::not_equal_to<>()) != costs.end();
  return differ ? 0 : costs.front() * manifest_.sample_cost_scale;
}

void Dataset::index_file_costs() {
  cost_begin_.reserve(at(files() + 1));
  cost_begin_.push_back(0);
  for (std::int64_t file = 0; file < files(); ++file) {
    cost_begin_.push_back(cost_begin_.back() + manifest_.files.cost(file));
  }
  total_cost_ = cost_begin_.back();
}

// With fewer than 2^32 samples their sum fits 64 bits.
void Dataset::index_sample_costs() {
  const std::vector<std::uint32_t>& costs = manifest_.sample_cost;
  EVENKEEL_CHECK(costs.size() >> 32 == 0);
  stride_begin_.reserve(costs.size() / cost_stride + 1);
  std::uint64_t sum = 0;
  for (std::size_t i = 0; i < costs.size(); ++i) {
    if (i % cost_stride == 0) stride_begin_.push_back(sum);
    sum += costs[i];
  }
  if (costs.size() % cost_stride == 0) stride_begin_.push_back(sum);
  total_cost_ = static_cast<double>(sum) * manifest_.sample_cost_scale;
}

}  // namespace evenkeel
