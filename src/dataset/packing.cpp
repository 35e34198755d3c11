#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <stdexcept>
#include <type_traits>
#include <utility>

#include "core/random.h"
#include "dataset/dataset.h"
#include "dataset/readers.h"

// The packed form: a Header; then the name, the root, the cost unit and all paths end to end,
// without ends; then the columns path length, samples, bytes, cost (a row a file), shard begin (a
// row a shard) and sample cost (a row a sample, or none).
namespace evenkeel {
namespace {

static_assert(std::endian::native == std::endian::little, "columns are copied as they lie");

struct Header {
  std::uint64_t magic = 0x6174616464656b65;  // "ekeddata"
  std::uint64_t version = 1;
  std::uint64_t name_bytes = 0;
  std::uint64_t root_bytes = 0;
  std::uint64_t cost_unit_bytes = 0;
  std::uint64_t path_bytes = 0;
  std::uint64_t files = 0;
  std::uint64_t shards = 0;
  std::uint64_t sample_costs = 0;
  double sample_cost_scale = 0;
};
static_assert(sizeof(Header) == 80 && std::is_trivially_copyable_v<Header>);

void require(bool condition, const char* fault) {
  if (!condition) throw std::runtime_error(fmt::format("packed dataset: {}", fault));
}

class Packer {
 public:
  explicit Packer(const Header& header) {
    bytes_.reserve(packed_bytes(header));
    add(header);
  }

  template <typename T>
  void add(const T& value) {
    append(&value, sizeof value);
  }

  void add_text(std::string_view text) { append(text.data(), text.size()); }

  std::vector<std::byte> take() && { return std::move(bytes_); }

 private:
  static std::size_t packed_bytes(const Header& header) {
    return sizeof header + header.name_bytes + header.root_bytes + header.cost_unit_bytes +
           header.path_bytes + header.files * (sizeof(std::uint32_t) + 3 * sizeof(std::int64_t)) +
           header.shards * sizeof(std::int64_t) + header.sample_costs * sizeof(std::uint32_t);
  }

  void append(const void* data, std::size_t size) {
    const auto* begin = static_cast<const std::byte*>(data);
    bytes_.insert(bytes_.end(), begin, begin + size);
  }

  std::vector<std::byte> bytes_;
};

class Unpacker {
 public:
  explicit Unpacker(std::span<const std::byte> bytes) : rest_(bytes) {}

  std::string_view text(std::uint64_t size) {
    const std::span<const std::byte> taken = take(size, 1);
    return {reinterpret_cast<const char*>(taken.data()), taken.size()};
  }

  template <typename T>
  std::vector<T> column(std::uint64_t rows) {
    const std::span<const std::byte> taken = take(rows, sizeof(T));
    std::vector<T> column(static_cast<std::size_t>(rows));
    if (!column.empty()) std::memcpy(column.data(), taken.data(), taken.size());
    return column;
  }

  Header header() { return column<Header>(1).front(); }
  bool empty() const { return rest_.empty(); }

 private:
  std::span<const std::byte> take(std::uint64_t rows, std::size_t row_bytes) {
    require(rows <= rest_.size() / row_bytes, "ends too early");
    const auto taken = rest_.first(static_cast<std::size_t>(rows) * row_bytes);
    rest_ = rest_.subspan(taken.size());
    return taken;
  }

  std::span<const std::byte> rest_;
};

FileTable unpack_files(const Header& header, Unpacker& in) {
  std::string_view paths = in.text(header.path_bytes);
  const auto path_bytes = in.column<std::uint32_t>(header.files);
  const auto samples = in.column<std::int64_t>(header.files);
  const auto bytes = in.column<std::int64_t>(header.files);
  const auto cost = in.column<double>(header.files);
  FileTable files;
  files.reserve(static_cast<std::int64_t>(header.files),
                static_cast<std::int64_t>(header.path_bytes));
  for (std::size_t file = 0; file < path_bytes.size(); ++file) {
    require(path_bytes[file] <= paths.size(), "a path ends too early");
    require(samples[file] >= 1, "a file without samples");
    require(bytes[file] >= FileTable::unknown_bytes, "a negative file size");
    require(cost[file] > 0 && std::isfinite(cost[file]), "a cost that is not positive");
    files.add(paths.substr(0, path_bytes[file]), samples[file], bytes[file], cost[file]);
    paths.remove_prefix(path_bytes[file]);
  }
  require(paths.empty(), "a path without a file");
  return files;
}

void check_sample_costs(const Manifest& manifest, std::int64_t samples) {
  const std::vector<std::uint32_t>& costs = manifest.sample_cost;
  const double scale = manifest.sample_cost_scale;
  if (costs.empty()) return;
  require(costs.size() == static_cast<std::size_t>(samples), "wrong number of sample costs");
  require(std::find(costs.begin(), costs.end(), 0U) == costs.end(), "a sample without cost");
  require(scale > 0 && std::isfinite(scale), "a scale of costs that is not positive");
}

// Appends the end of the last shard.
void close_shards(std::vector<std::int64_t>& begins, std::int64_t samples) {
  require(!begins.empty() && begins.front() == 0, "no first shard");
  require(begins.size() <= static_cast<std::size_t>(Dataset::max_shards), "too many shards");
  begins.push_back(samples);
  const auto fault = std::adjacent_find(begins.begin(), begins.end(), std::greater_equal<>());
  require(fault == begins.end(), "shards out of order");
}

// An order-dependent hash.
class Hash {
 public:
  void add(std::uint64_t word) { state_ = mix(state_ ^ word); }

  void add_bytes(const void* data, std::size_t size) {
    const auto* bytes = static_cast<const std::byte*>(data);
    add(size);
    for (std::size_t i = 0; i < size; i += sizeof(std::uint64_t)) {
      std::uint64_t word = 0;
      std::memcpy(&word, bytes + i, std::min(sizeof word, size - i));
      add(word);
    }
  }

  std::uint64_t value() const { return state_; }

 private:
  std::uint64_t state_ = 0;
};

}  // namespace

std::vector<std::byte> Dataset::pack() const {
  const FileTable& table = manifest_.files;
  const std::string root = manifest_.root.string();
  Header header;
  header.name_bytes = manifest_.name.size();
  header.root_bytes = root.size();
  header.cost_unit_bytes = manifest_.cost_unit.size();
  header.files = static_cast<std::uint64_t>(files());
  header.shards = static_cast<std::uint64_t>(shards());
  header.sample_costs = manifest_.sample_cost.size();
  header.sample_cost_scale = manifest_.sample_cost_scale;
  for (std::int64_t file = 0; file < files(); ++file) header.path_bytes += table.path(file).size();

  Packer packer(header);
  packer.add_text(manifest_.name);
  packer.add_text(root);
  packer.add_text(manifest_.cost_unit);
  for (std::int64_t file = 0; file < files(); ++file) packer.add_text(table.path(file));
  for (std::int64_t file = 0; file < files(); ++file) {
    packer.add(static_cast<std::uint32_t>(table.path(file).size()));
  }
  for (std::int64_t file = 0; file < files(); ++file) packer.add(table.samples(file));
  for (std::int64_t file = 0; file < files(); ++file) packer.add(table.bytes(file));
  for (std::int64_t file = 0; file < files(); ++file) packer.add(table.cost(file));
  for (std::int64_t shard = 0; shard < shards(); ++shard) packer.add(shard_begin(shard));
  for (const std::uint32_t cost : manifest_.sample_cost) packer.add(cost);
  return std::move(packer).take();
}

Dataset Dataset::unpack(std::span<const std::byte> bytes) {
  Unpacker in(bytes);
  const Header header = in.header();
  require(header.magic == Header{}.magic, "wrong first bytes");
  require(header.version == Header{}.version, "made by another version of evenkeel");
  Manifest manifest;
  manifest.name = in.text(header.name_bytes);
  manifest.root = in.text(header.root_bytes);
  manifest.cost_unit = in.text(header.cost_unit_bytes);
  manifest.files = unpack_files(header, in);
  auto shard_begin = in.column<std::int64_t>(header.shards);
  manifest.sample_cost = in.column<std::uint32_t>(header.sample_costs);
  manifest.sample_cost_scale = header.sample_cost_scale;
  require(in.empty(), "goes on after its end");

  const std::int64_t samples = check_totals(manifest, "packed dataset");
  check_sample_costs(manifest, samples);
  close_shards(shard_begin, samples);
  return {std::move(manifest), std::move(shard_begin)};
}

std::uint64_t Dataset::fingerprint() const {
  Hash hash;
  hash.add(static_cast<std::uint64_t>(files()));
  for (std::int64_t file = 0; file < files(); ++file) {
    const std::string_view path = manifest_.files.path(file);
    hash.add_bytes(path.data(), path.size());
    hash.add(static_cast<std::uint64_t>(manifest_.files.samples(file)));
    hash.add(std::bit_cast<std::uint64_t>(manifest_.files.cost(file)));
  }
  hash.add_bytes(shard_begin_.data(), shard_begin_.size() * sizeof(std::int64_t));
  hash.add_bytes(manifest_.sample_cost.data(),
                 manifest_.sample_cost.size() * sizeof(std::uint32_t));
  hash.add(std::bit_cast<std::uint64_t>(manifest_.sample_cost_scale));
  return hash.value();
}

}  // namespace evenkeel
