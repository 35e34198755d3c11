#include "dataset/dataset.h"

#include <algorithm>
#include <functional>
#include <queue>
#include <utility>

#include "core/check.h"

namespace evenkeel {
namespace {

std::size_t at(std::int64_t index) { return static_cast<std::size_t>(index); }

// Keeps the `count` largest of the numbers it gets.
class Largest {
 public:
  explicit Largest(std::int64_t count) : count_(count) {}

  void add(double value, std::int64_t copies) {
    if (kept_ >= count_ && (heap_.empty() || value <= heap_.top().first)) return;
    heap_.emplace(value, copies);
    kept_ += copies;
    while (kept_ - heap_.top().second >= count_) {
      kept_ -= heap_.top().second;
      heap_.pop();
    }
  }

  std::vector<double> descending() && {
    std::vector<double> values;
    for (; !heap_.empty(); heap_.pop()) {
      const auto [value, copies] = heap_.top();
      const std::int64_t surplus = std::max<std::int64_t>(kept_ - count_, 0);
      values.insert(values.end(), at(copies - surplus), value);
      kept_ -= copies;
    }
    std::reverse(values.begin(), values.end());
    return values;
  }

 private:
  using Entry = std::pair<double, std::int64_t>;  // value, copies

  std::int64_t count_;
  std::int64_t kept_ = 0;
  std::priority_queue<Entry, std::vector<Entry>, std::greater<>> heap_;
};

}  // namespace

const std::string& Dataset::name() const { return name_; }
const std::string& Dataset::cost_unit() const { return cost_unit_; }
std::int64_t Dataset::shards() const { return std::ssize(shard_file_); }
std::int64_t Dataset::shard_file(std::int64_t shard) const { return shard_file_[at(shard)]; }

std::filesystem::path Dataset::path(std::int64_t file) const {
  return full_path(root_, file_path(file));
}

std::string_view Dataset::file_path(std::int64_t file) const {
  const std::uint64_t begin = file == 0 ? 0 : path_end_[at(file - 1)];
  return paths_.substr(begin, path_end_[at(file)] - begin);
}

std::int64_t Dataset::file_bytes(std::int64_t file) const { return file_bytes_[at(file)]; }

std::int64_t Dataset::file_samples(std::int64_t file) const {
  return file_begin(file + 1) - file_begin(file);
}

std::int64_t Dataset::file_begin(std::int64_t file) const { return file_begin_[at(file)]; }

std::int64_t Dataset::file_of(std::int64_t sample) const {
  EVENKEEL_CHECK(0 <= sample && sample < samples());
  return file_of(sample, 0, files() - 1);
}

// The file that holds the sample, one of [first, last].
std::int64_t Dataset::file_of(std::int64_t sample, std::int64_t first, std::int64_t last) const {
  const auto begin = file_begin_.begin();
  return std::upper_bound(begin + first + 1, begin + last + 1, sample) - begin - 1;
}

std::optional<std::int64_t> Dataset::only_file(std::int64_t begin, std::int64_t end) const {
  const std::int64_t file = file_of(begin);
  return end <= file_begin(file + 1) ? std::optional(file) : std::nullopt;
}

double Dataset::cost() const {
  if (uniform_cost()) return static_cast<double>(samples()) * uniform_cost_;
  if (!cost_begin_.empty()) return cost_begin_.back();
  return static_cast<double>(sample_cost_before(samples())) * sample_cost_scale_;
}

double Dataset::cost_between(std::int64_t begin, std::int64_t end) const {
  EVENKEEL_CHECK(0 <= begin && end <= samples());
  return cost_in_files(begin, end, 0, files() - 1);
}

double Dataset::cost_within_shard(std::int64_t shard, std::int64_t begin, std::int64_t end) const {
  EVENKEEL_CHECK(shard_begin(shard) <= begin && end <= shard_begin(shard + 1));
  const std::int64_t last = shard + 1 < shards() ? shard_file(shard + 1) : files() - 1;
  return cost_in_files(begin, end, shard_file(shard), last);
}

// Cost of [begin, end), which lies in the files [first, last].
double Dataset::cost_in_files(std::int64_t begin, std::int64_t end, std::int64_t first,
                              std::int64_t last) const {
  if (end <= begin) return 0;
  if (uniform_cost()) return static_cast<double>(end - begin) * uniform_cost_;
  if (!stride_begin_.empty()) {
    return static_cast<double>(sample_cost_before(end) - sample_cost_before(begin)) *
           sample_cost_scale_;
  }
  const std::int64_t from = file_of(begin, first, last);
  if (end <= file_begin(from + 1)) return static_cast<double>(end - begin) * cost_per_sample(from);
  const std::int64_t to = file_of(end - 1, from, last);
  return static_cast<double>(file_begin(from + 1) - begin) * cost_per_sample(from) +
         (cost_begin_[at(to)] - cost_begin_[at(from + 1)]) +
         static_cast<double>(end - file_begin(to)) * cost_per_sample(to);
}

double Dataset::cost_per_sample(std::int64_t file) const {
  return file_cost_[at(file)] / static_cast<double>(file_samples(file));
}

std::uint64_t Dataset::sample_cost_before(std::int64_t sample) const {
  const std::size_t index = at(sample);
  std::uint64_t sum = stride_begin_[index / cost_stride];
  for (std::size_t i = index / cost_stride * cost_stride; i < index; ++i) {
    sum += sample_cost_[i];
  }
  return sum;
}

std::vector<double> Dataset::largest_sample_costs(std::int64_t count) const {
  Largest largest(std::min(count, samples()));
  if (uniform_cost()) {
    largest.add(uniform_cost_, samples());
  } else if (!sample_cost_.empty()) {
    for (const std::uint32_t cost : sample_cost_) {
      largest.add(cost * sample_cost_scale_, 1);
    }
  } else {
    for (std::int64_t file = 0; file < files(); ++file) {
      largest.add(cost_per_sample(file), file_samples(file));
    }
  }
  return std::move(largest).descending();
}

}  // namespace evenkeel
