// The packed dataset: what every rank knows of the data. Rank 0 builds it from a manifest and
// broadcasts its bytes once; the ranks of one machine may share them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "dataset/manifest.h"

namespace evenkeel {

// Samples in dataset order are numbered 0 ≤ sample < samples(): the manifest's files end to end.
//
// A value type; copies share one block of bytes, which holds all columns and the sums for lookups.
// Const functions may be called from several threads at once. Memory: the paths, 32 bytes per file
// (40 if files differ in the cost per sample), 16 per shard, and about 4.1 per sample if each
// sample has its own cost.
class Dataset {
 public:
  static constexpr std::size_t cost_stride = 64;  // a sum of costs is stored every so many samples

  // Allocates memory for a whole dataset, as new std::byte[] does. It must live as long as its
  // users.
  using MemorySource = std::function<std::shared_ptr<std::byte[]>(std::size_t bytes)>;
  static std::shared_ptr<std::byte[]> heap(std::size_t bytes);

  // Cuts the manifest's files into shards of at most `shard_samples` samples: a piece of one
  // file, or several whole small files. Files are taken in order; one with more than
  // `shard_samples` closes the open shard and is cut into pieces of that size, the last one
  // shorter; smaller ones join the open shard while they fit. Throws UserError if there are no
  // samples or more than max_samples, if their costs add up to more than 1e30, or if
  // there would be more than max_shards.
  static Dataset cut(const Manifest& manifest, std::int64_t shard_samples,
                     const MemorySource& memory = heap);
  // Sums over a few epochs, and over an epoch and a few steps, fit 64 bits.
  static constexpr std::int64_t max_samples = std::int64_t{1} << 60;
  static constexpr std::int64_t max_shards = std::int64_t{1} << 27;

  // The bytes to broadcast: versioned, little-endian, columns of fixed width.
  std::span<const std::byte> packed() const { return packed_; }

  // Unpacks such bytes. They must be aligned like memory of `heap` and live as long as `owner`, or
  // as the dataset if that is null. Throws std::runtime_error if they are not a dataset.
  static Dataset unpack(std::span<const std::byte> packed, std::shared_ptr<const void> owner);

  // As unpack(), for bytes that were checked before: skips the checks.
  static Dataset attach(std::span<const std::byte> packed, std::shared_ptr<const void> owner);

  const std::string& name() const;
  const std::string& cost_unit() const;
  std::int64_t samples() const { return file_begin_.back(); }
  std::int64_t files() const { return std::ssize(path_end_); }
  std::int64_t shards() const;
  double cost() const;                                     // of all samples
  bool uniform_cost() const { return uniform_cost_ > 0; }  // every sample costs the same
  std::int64_t shard_begin(std::int64_t shard) const {     // first sample; 0 ≤ shard ≤ shards()
    return shard_begin_[static_cast<std::size_t>(shard)];
  }
  std::int64_t shard_file(std::int64_t shard) const;  // the file that holds its first sample

  std::filesystem::path path(std::int64_t file) const;  // absolute, or an address
  std::string_view file_path(std::int64_t file) const;  // as the manifest has it
  std::int64_t file_bytes(std::int64_t file) const;     // FileTable::unknown_bytes if unknown
  std::int64_t file_samples(std::int64_t file) const;
  std::int64_t file_begin(std::int64_t file) const;  // first sample, in dataset order

  // The hosts that hold files. Known on the rank that has cut the dataset: not packed.
  const FileHosts& hosts() const { return *hosts_; }

  // The file that holds a sample. O(log files).
  std::int64_t file_of(std::int64_t sample) const;

  // The file that all the samples [begin, end) are of; none: they are of several. O(log files).
  std::optional<std::int64_t> only_file(std::int64_t begin, std::int64_t end) const;

  // Cost of the samples [begin, end) in dataset order. O(log files); O(1) if uniform or if each
  // sample has its own cost.
  double cost_between(std::int64_t begin, std::int64_t end) const;

  // The same for samples of one shard: O(log of its files).
  double cost_within_shard(std::int64_t shard, std::int64_t begin, std::int64_t end) const;

  // The costs of the `count` most expensive samples, descending; fewer if there are fewer samples.
  std::vector<double> largest_sample_costs(std::int64_t count) const;

  // Equal for equal samples, costs and shards on every machine, wherever the root is. O(files +
  // shards + sample costs).
  std::uint64_t fingerprint() const;

 private:
  Dataset(std::span<const std::byte> packed, std::shared_ptr<const void> owner);

  void check_files() const;
  void check_shards() const;
  void check_costs() const;
  void check_derived() const;
  template <typename Put>
  void derive(Put put) const;
  double cost_per_sample(std::int64_t file) const;
  std::uint64_t sample_cost_before(std::int64_t sample) const;
  std::int64_t file_of(std::int64_t sample, std::int64_t first, std::int64_t last) const;
  double cost_in_files(std::int64_t begin, std::int64_t end, std::int64_t first,
                       std::int64_t last) const;

  std::shared_ptr<const FileHosts> hosts_ = std::make_shared<const FileHosts>();
  std::shared_ptr<const void> owner_;  // of packed_, which holds all spans and paths_
  std::span<const std::byte> packed_;
  std::string name_;
  std::string cost_unit_;
  std::filesystem::path root_;  // absolute, or an address
  std::string_view paths_;      // end to end

  std::span<const std::uint64_t> path_end_;     // in paths_; files
  std::span<const std::int64_t> file_begin_;    // files + 1
  std::span<const std::int64_t> file_bytes_;    // files
  std::span<const double> file_cost_;           // files
  std::span<const std::int64_t> shard_begin_;   // shards + 1
  std::span<const std::uint32_t> sample_cost_;  // as a manifest's
  double sample_cost_scale_ = 0;
  double uniform_cost_ = 0;  // of each sample; 0 if they differ

  // Derived from the others. At most one of the two sums is present; neither if costs are uniform.
  std::span<const std::int64_t> shard_file_;     // shards
  std::span<const double> cost_begin_;           // cost of all earlier files; files + 1
  std::span<const std::uint64_t> stride_begin_;  // sum of the sample_cost_ before each stride
};

}  // namespace evenkeel
