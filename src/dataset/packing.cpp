#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <functional>
#include <limits>
#include <stdexcept>
#include <type_traits>
#include <utility>

#include "core/check.h"
#include "dataset/dataset.h"
#include "dataset/hash.h"
#include "dataset/readers.h"

// The packed form: a Header; Dataset's columns for files, shards and samples, in member order; the
// name, the root, the cost unit and all paths, without terminators; and, from the next multiple of
// 8 on, the derived columns.
namespace evenkeel {
namespace {

static_assert(std::endian::native == std::endian::little, "columns are used as they lie");

struct Header {
  std::uint64_t magic = 0x6174616464656b65;  // "ekeddata"
  std::uint64_t version = 2;
  std::uint64_t name_bytes = 0;
  std::uint64_t root_bytes = 0;
  std::uint64_t cost_unit_bytes = 0;
  std::uint64_t path_bytes = 0;
  std::uint64_t files = 0;
  std::uint64_t shards = 0;
  std::uint64_t sample_costs = 0;
  double sample_cost_scale = 0;
  double uniform_cost = 0;

  bool has_file_sums() const { return uniform_cost == 0 && sample_costs == 0; }
  bool has_stride_sums() const { return uniform_cost == 0 && sample_costs > 0; }
};
static_assert(sizeof(Header) == 88 && std::is_trivially_copyable_v<Header>);

constexpr std::size_t word_bytes = sizeof(std::uint64_t);

// The number of padding bytes in the last word.
std::size_t padding(std::size_t bytes) { return (word_bytes - bytes % word_bytes) % word_bytes; }

void require(bool condition, const char* fault) {
  if (!condition) throw std::runtime_error(fmt::format("packed dataset: {}", fault));
}

// Writes values into bytes, one after the other.
class Packer {
 public:
  explicit Packer(std::span<std::byte> bytes) : rest_(bytes) {}

  template <typename T>
  void add(const T& value) {
    append(&value, sizeof value);
  }

  template <typename T>
  void add_column(const std::vector<T>& column) {
    append(column.data(), column.size() * sizeof(T));
  }

  void add_text(std::string_view text) { append(text.data(), text.size()); }
  std::size_t left() const { return rest_.size(); }

 private:
  void append(const void* data, std::size_t size) {
    EVENKEEL_CHECK(size <= rest_.size());
    if (size > 0) std::memcpy(rest_.data(), data, size);
    rest_ = rest_.subspan(size);
  }

  std::span<std::byte> rest_;
};

// Reads values from bytes in place.
class Unpacker {
 public:
  explicit Unpacker(std::span<const std::byte> bytes) : rest_(bytes) {}

  template <typename T>
  std::span<const T> column(std::uint64_t rows) {
    require(rows <= rest_.size() / sizeof(T), "ends too early");
    const auto taken = rest_.first(static_cast<std::size_t>(rows) * sizeof(T));
    rest_ = rest_.subspan(taken.size());
    return {reinterpret_cast<const T*>(taken.data()), static_cast<std::size_t>(rows)};
  }

  std::string_view text(std::uint64_t size) {
    const std::span<const char> taken = column<char>(size);
    return {taken.data(), taken.size()};
  }

  std::size_t left() const { return rest_.size(); }

 private:
  std::span<const std::byte> rest_;
};

// The common cost; 0 if costs differ.
template <typename CostOf>
double common(std::int64_t count, CostOf cost_of) {
  const double first = cost_of(0);
  for (std::int64_t i = 1; i < count; ++i) {
    if (cost_of(i) != first) return 0;
  }
  return first;
}

// Costs of samples, if files or samples have costs of their own.
template <typename CostPerSample>
double common_cost(std::span<const std::uint32_t> sample_cost, double scale, std::int64_t files,
                   CostPerSample cost_per_sample) {
  if (sample_cost.empty()) return common(files, cost_per_sample);
  const auto cost_of = [&](std::int64_t sample) -> double {
    return sample_cost[static_cast<std::size_t>(sample)];
  };
  return common(std::ssize(sample_cost), cost_of) * scale;
}

Header header_for(const Manifest& manifest, std::size_t shards) {
  const FileTable& files = manifest.files;
  Header header;
  header.name_bytes = manifest.name.size();
  header.root_bytes = manifest.root.native().size();
  header.cost_unit_bytes = manifest.cost_unit.size();
  header.path_bytes = static_cast<std::uint64_t>(files.path_bytes());
  header.files = static_cast<std::uint64_t>(files.size());
  header.shards = shards;
  header.sample_costs = manifest.sample_cost.size();
  header.sample_cost_scale = manifest.sample_cost_scale;
  header.uniform_cost = common_cost(
      manifest.sample_cost, manifest.sample_cost_scale, files.size(), [&](std::int64_t file) {
        return files.cost(file) / static_cast<double>(files.samples(file));
      });
  return header;
}

std::size_t packed_bytes(const Header& header) {
  const std::size_t words = 4 * header.files + 1 + header.shards + 1;
  const std::size_t bytes = sizeof header + words * word_bytes +
                            header.sample_costs * sizeof(std::uint32_t) + header.name_bytes +
                            header.root_bytes + header.cost_unit_bytes + header.path_bytes;
  std::size_t derived = header.shards;
  if (header.has_file_sums()) derived += header.files + 1;
  if (header.has_stride_sums()) derived += header.sample_costs / Dataset::cost_stride + 1;
  return bytes + padding(bytes) + derived * word_bytes;
}

void pack_files(const FileTable& files, Packer& out) {
  std::uint64_t path_end = 0;
  for (std::int64_t file = 0; file < files.size(); ++file) {
    path_end += files.path(file).size();
    out.add(path_end);
  }
  std::int64_t begin = 0;
  out.add(begin);
  for (std::int64_t file = 0; file < files.size(); ++file) {
    begin += files.samples(file);
    out.add(begin);
  }
  for (std::int64_t file = 0; file < files.size(); ++file) out.add(files.bytes(file));
  for (std::int64_t file = 0; file < files.size(); ++file) out.add(files.cost(file));
}

void pack_texts(const Manifest& manifest, Packer& out) {
  out.add_text(manifest.name);
  out.add_text(manifest.root.native());
  out.add_text(manifest.cost_unit);
  for (std::int64_t file = 0; file < manifest.files.size(); ++file) {
    out.add_text(manifest.files.path(file));
  }
}

}  // namespace

std::shared_ptr<std::byte[]> Dataset::heap(std::size_t bytes) {
  return std::shared_ptr<std::byte[]>(new std::byte[bytes]);
}

Dataset Dataset::cut(const Manifest& manifest, std::int64_t shard_samples,
                     const MemorySource& memory) {
  const std::vector<std::int64_t> begins = shard_begins(manifest, shard_samples);
  const std::vector<std::uint32_t>& costs = manifest.sample_cost;
  EVENKEEL_CHECK(costs.empty() || std::ssize(costs) == begins.back());
  EVENKEEL_CHECK(costs.size() >> 32 == 0);  // so that their sum fits 64 bits
  const Header header = header_for(manifest, begins.size() - 1);
  const std::size_t size = packed_bytes(header);
  const std::shared_ptr<std::byte[]> owner = memory(size);
  const std::span<std::byte> packed(owner.get(), size);

  Packer out(packed);
  out.add(header);
  pack_files(manifest.files, out);
  out.add_column(begins);
  out.add_column(costs);
  pack_texts(manifest, out);
  out.add_text(std::string(padding(size - out.left()), '\0'));
  Dataset dataset(packed, owner);
  dataset.derive([&](auto value) { out.add(value); });
  EVENKEEL_CHECK(out.left() == 0);
  if (!manifest.hosts.empty()) {
    dataset.hosts_ = std::make_shared<const FileHosts>(manifest.hosts);
  }
  return dataset;
}

Dataset Dataset::attach(std::span<const std::byte> packed, std::shared_ptr<const void> owner) {
  return {packed, std::move(owner)};
}

Dataset Dataset::unpack(std::span<const std::byte> packed, std::shared_ptr<const void> owner) {
  Dataset dataset(packed, std::move(owner));
  dataset.check_files();
  dataset.check_shards();
  dataset.check_costs();
  dataset.check_derived();
  return dataset;
}

// Locates the columns without checking their contents.
Dataset::Dataset(std::span<const std::byte> packed, std::shared_ptr<const void> owner)
    : owner_(std::move(owner)), packed_(packed) {
  EVENKEEL_CHECK(reinterpret_cast<std::uintptr_t>(packed.data()) % word_bytes == 0);
  Unpacker in(packed);
  const Header header = in.column<Header>(1).front();
  require(header.magic == Header{}.magic, "wrong first bytes");
  require(header.version == Header{}.version, "made by another version of evenkeel");
  require(header.files >= 1, "no file");
  require(header.shards >= 1, "no shard");
  path_end_ = in.column<std::uint64_t>(header.files);
  file_begin_ = in.column<std::int64_t>(header.files + 1);
  file_bytes_ = in.column<std::int64_t>(header.files);
  file_cost_ = in.column<double>(header.files);
  shard_begin_ = in.column<std::int64_t>(header.shards + 1);
  sample_cost_ = in.column<std::uint32_t>(header.sample_costs);
  sample_cost_scale_ = header.sample_cost_scale;
  uniform_cost_ = header.uniform_cost;
  name_ = in.text(header.name_bytes);
  root_ = in.text(header.root_bytes);
  cost_unit_ = in.text(header.cost_unit_bytes);
  paths_ = in.text(header.path_bytes);
  in.text(padding(packed.size() - in.left()));
  shard_file_ = in.column<std::int64_t>(header.shards);
  if (header.has_file_sums()) cost_begin_ = in.column<double>(header.files + 1);
  if (header.has_stride_sums()) {
    stride_begin_ = in.column<std::uint64_t>(header.sample_costs / cost_stride + 1);
  }
  require(in.left() == 0, "goes on after its end");
}

// Computes all derived columns, in the order in which they are stored.
template <typename Put>
void Dataset::derive(Put put) const {
  std::int64_t file = 0;
  for (const std::int64_t begin : shard_begin_.first(shard_file_.size())) {
    while (file_begin(file + 1) <= begin) ++file;
    put(file);
  }
  if (!cost_begin_.empty()) {
    double sum = 0;
    put(sum);
    for (const double cost : file_cost_) {
      sum += cost;
      put(sum);
    }
  }
  if (!stride_begin_.empty()) {
    std::uint64_t sum = 0;
    for (std::size_t i = 0; i < sample_cost_.size(); ++i) {
      if (i % cost_stride == 0) put(sum);
      sum += sample_cost_[i];
    }
    if (sample_cost_.size() % cost_stride == 0) put(sum);
  }
}

void Dataset::check_files() const {
  require(path_end_.back() <= paths_.size() && std::is_sorted(path_end_.begin(), path_end_.end()),
          "a path ends too early");
  require(path_end_.back() == paths_.size(), "a path without a file");
  const auto ends_before =
      std::adjacent_find(file_begin_.begin(), file_begin_.end(), std::greater_equal<>());
  require(file_begin_.front() == 0 && ends_before == file_begin_.end(), "a file without samples");
  require(samples() <= max_samples, "too many samples");
  const auto is_size = [](std::int64_t bytes) { return bytes >= FileTable::unknown_bytes; };
  require(std::all_of(file_bytes_.begin(), file_bytes_.end(), is_size), "a negative file size");
  const auto is_cost = [](double cost) { return cost > 0 && std::isfinite(cost); };
  require(std::all_of(file_cost_.begin(), file_cost_.end(), is_cost),
          "a cost that is not positive");
}

void Dataset::check_shards() const {
  require(shard_begin_.front() == 0, "no first shard");
  require(shards() <= max_shards, "too many shards");
  const auto fault =
      std::adjacent_find(shard_begin_.begin(), shard_begin_.end(), std::greater_equal<>());
  require(fault == shard_begin_.end() && shard_begin_.back() == samples(), "shards out of order");
}

void Dataset::check_costs() const {
  if (!sample_cost_.empty()) {
    const double scale = sample_cost_scale_;
    require(std::ssize(sample_cost_) == samples() && sample_cost_.size() >> 32 == 0,
            "wrong number of sample costs");
    require(std::find(sample_cost_.begin(), sample_cost_.end(), 0U) == sample_cost_.end(),
            "a sample without cost");
    require(scale > 0 && std::isfinite(scale), "a scale of costs that is not positive");
  }
  require(uniform_cost_ == common_cost(sample_cost_, sample_cost_scale_, files(),
                                       [this](std::int64_t file) { return cost_per_sample(file); }),
          "wrong cost of every sample");
}

void Dataset::check_derived() const {
  std::span<const std::byte> rest = packed_.last(
      shard_file_.size_bytes() + cost_begin_.size_bytes() + stride_begin_.size_bytes());
  derive([&](auto value) {
    auto found = value;
    std::memcpy(&found, rest.data(), sizeof found);
    require(found == value, "wrong sums");
    rest = rest.subspan(sizeof value);
  });
  require(cost() <= static_cast<double>(std::numeric_limits<float>::max()), "too high costs");
}

std::uint64_t Dataset::fingerprint() const {
  Hash hash;
  hash.add(static_cast<std::uint64_t>(files()));
  for (std::int64_t file = 0; file < files(); ++file) {
    const std::string_view path = file_path(file);
    hash.add_bytes(path.data(), path.size());
    hash.add(static_cast<std::uint64_t>(file_samples(file)));
    hash.add(std::bit_cast<std::uint64_t>(file_cost_[static_cast<std::size_t>(file)]));
  }
  hash.add_bytes(shard_begin_.data(), shard_begin_.size_bytes());
  hash.add_bytes(sample_cost_.data(), sample_cost_.size_bytes());
  hash.add(std::bit_cast<std::uint64_t>(sample_cost_scale_));
  return hash.value();
}

}  // namespace evenkeel
