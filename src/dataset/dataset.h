// The packed dataset: what every rank knows of the data. Rank 0 builds it from a manifest, packs
// it, and broadcasts the bytes once.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "dataset/manifest.h"

namespace evenkeel {

// Samples in dataset order are numbered 0 ≤ sample < samples(): the manifest's files end to end.
//
// A value: const functions may be called from several threads at once. Memory: the manifest, 16
// bytes a file and 16 a shard; where each sample has its own cost, an eighth of a byte a sample.
class Dataset {
 public:
  // Cuts the manifest's files into shards of at most `shard_samples` samples: a piece of one
  // file, or several whole small files. Files are taken in order; one with more than
  // `shard_samples` closes the open shard and is cut into pieces of that size, the last one
  // shorter; smaller ones join the open shard while they fit. Throws UserError if there are no
  // samples or more than max_samples, if their costs add up to more than 1e30, or if
  // there would be more than max_shards.
  static Dataset cut(Manifest manifest, std::int64_t shard_samples);
  // Sums of a few epochs, and of an epoch and a few steps, fit 64 bits.
  static constexpr std::int64_t max_samples = std::int64_t{1} << 60;
  static constexpr std::int64_t max_shards = std::int64_t{1} << 27;

  // The bytes to broadcast, and back: versioned, little-endian, columns of fixed width. unpack
  // throws std::runtime_error on bytes that are not a packed dataset, and never asks for more
  // memory than a small multiple of their number.
  std::vector<std::byte> pack() const;
  static Dataset unpack(std::span<const std::byte> bytes);

  const std::string& name() const;
  const std::string& cost_unit() const;
  std::int64_t samples() const;
  std::int64_t files() const;
  std::int64_t shards() const;
  double cost() const;                                 // of all samples together
  bool uniform_cost() const;                           // every sample costs the same
  std::int64_t shard_begin(std::int64_t shard) const;  // first sample; 0 ≤ shard ≤ shards()
  std::int64_t shard_file(std::int64_t shard) const;   // the file that holds that sample

  std::filesystem::path path(std::int64_t file) const;  // absolute
  std::int64_t file_bytes(std::int64_t file) const;     // FileTable::unknown_bytes if unknown
  std::int64_t file_samples(std::int64_t file) const;
  std::int64_t file_begin(std::int64_t file) const;  // its first sample, dataset order

  // The file that holds a sample. O(log files).
  std::int64_t file_of(std::int64_t sample) const;

  // Cost of the samples [begin, end) in dataset order. O(log files); O(1) if uniform or if each
  // sample has its own cost.
  double cost_between(std::int64_t begin, std::int64_t end) const;

  // The same for samples of one shard: O(log of its files).
  double cost_within_shard(std::int64_t shard, std::int64_t begin, std::int64_t end) const;

  // The costs of the `count` most expensive samples, descending (fewer if there are fewer).
  std::vector<double> largest_sample_costs(std::int64_t count) const;

  // Identifies the samples, their costs and the cutting: equal datasets have equal fingerprints
  // on every machine, wherever their root is. O(files + shards + sample costs).
  std::uint64_t fingerprint() const;

 private:
  Dataset(Manifest manifest, std::vector<std::int64_t> shard_begin);

  void index_files();
  void index_shards();
  void index_costs();
  void index_file_costs();
  void index_sample_costs();
  double common_file_cost() const;    // of each sample; 0 if they differ
  double common_sample_cost() const;  // of each sample; 0 if they differ
  double cost_per_sample(std::int64_t file) const;
  std::uint64_t sample_cost_before(std::int64_t sample) const;
  std::int64_t file_of(std::int64_t sample, std::int64_t first, std::int64_t last) const;
  double cost_in_files(std::int64_t begin, std::int64_t end, std::int64_t first,
                       std::int64_t last) const;

  static constexpr std::size_t cost_stride = 64;  // samples between two sums of sample_cost

  Manifest manifest_;
  std::vector<std::int64_t> shard_begin_;  // shards + 1
  std::vector<std::int64_t> shard_file_;   // shards
  std::vector<std::int64_t> file_begin_;   // files + 1
  double total_cost_ = 0;
  double uniform_cost_ = 0;  // of each sample; 0 if they differ

  // One of these is filled, or neither if costs are uniform.
  std::vector<double> cost_begin_;           // cost of all earlier files; files + 1
  std::vector<std::uint64_t> stride_begin_;  // sum of the sample_cost before each stride
};

}  // namespace evenkeel
