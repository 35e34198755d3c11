#include <fmt/format.h>

#include <string_view>
#include <utility>
#include <vector>

#include "dataset/dataset.h"
#include "dataset/readers.h"
#include "evenkeel/error.h"

namespace evenkeel {
namespace {

// Appends the begin of each shard, as Dataset::cut defines it, and the end of the last one.
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
  std::int64_t open_ = 0;  // samples in the shard that further small files may join
  std::int64_t end_ = 0;
  std::vector<std::int64_t> begins_;
};

}  // namespace

std::vector<std::int64_t> shard_begins(const Manifest& manifest, std::int64_t shard_samples) {
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
  return std::move(cutter).finish();
}

}  // namespace evenkeel
