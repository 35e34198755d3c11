#include <algorithm>
#include <array>
#include <bit>
#include <functional>
#include <numeric>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "dataset/readers.h"

namespace evenkeel {
namespace {

using Hash = std::size_t;
using Hashes = std::vector<Hash>;

// Never 0: its last bit is set.
Hash hash_of(std::string_view path) { return std::hash<std::string_view>()(path) | 1; }

// Groups hashes by their leading bits, so that each group fits a cache.
class Groups {
 public:
  explicit Groups(const FileTable& files) {
    Hashes hashes;
    hashes.reserve(static_cast<std::size_t>(files.size()));
    for (std::int64_t file = 0; file < files.size(); ++file) {
      hashes.push_back(hash_of(files.path(file)));
      ++end_[group_of(hashes.back())];
    }
    std::exclusive_scan(end_.begin(), end_.end(), end_.begin(), std::size_t{0});
    grouped_.resize(hashes.size());
    for (const Hash hash : hashes) grouped_[end_[group_of(hash)]++] = hash;
  }

  static constexpr std::size_t count = 4096;

  std::span<const Hash> group(std::size_t number) const {
    const std::size_t begin = number == 0 ? 0 : end_[number - 1];
    return std::span(grouped_).subspan(begin, end_[number] - begin);
  }

 private:
  static std::size_t group_of(Hash hash) { return hash >> 52; }

  std::array<std::size_t, count> end_{};
  Hashes grouped_;
};

// The hashes that occur more than once, in ascending order.
Hashes repeated_hashes(const FileTable& files) {
  const Groups groups(files);
  Hashes repeated;
  Hashes table;  // open addressing; 0 marks a free place
  for (std::size_t number = 0; number < Groups::count; ++number) {
    const std::span<const Hash> group = groups.group(number);
    table.assign(std::bit_ceil(2 * group.size() + 1), 0);
    const std::size_t mask = table.size() - 1;
    for (const Hash hash : group) {
      std::size_t place = (hash >> 1) & mask;
      while (table[place] != 0 && table[place] != hash) place = (place + 1) & mask;
      if (table[place] == hash) repeated.push_back(hash);
      table[place] = hash;
    }
  }
  std::sort(repeated.begin(), repeated.end());
  return repeated;
}

}  // namespace

std::optional<DuplicatePath> find_duplicate_path(const FileTable& files) {
  const Hashes repeated = repeated_hashes(files);
  if (repeated.empty()) return std::nullopt;
  // Different paths may share a hash: compare the texts of these few.
  std::unordered_map<std::string_view, std::int64_t> first_of;
  for (std::int64_t file = 0; file < files.size(); ++file) {
    const std::string_view path = files.path(file);
    if (!std::binary_search(repeated.begin(), repeated.end(), hash_of(path))) continue;
    const auto [first, is_new] = first_of.emplace(path, file);
    if (!is_new) return DuplicatePath{first->second, file};
  }
  return std::nullopt;
}

}  // namespace evenkeel
