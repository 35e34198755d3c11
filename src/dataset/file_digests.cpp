#include "dataset/file_digests.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <unordered_set>

#include "dataset/hash.h"
#include "dataset/readers.h"

namespace evenkeel {
namespace {

constexpr std::int64_t most_files = 1'000'000;
constexpr int half = 32;  // bits: the upper half is of the path, the lower half of all

std::uint64_t digest(const Dataset& dataset, std::int64_t file) {
  Hash hash;
  const std::string_view path = dataset.file_path(file);
  hash.add_bytes(path.data(), path.size());
  const std::uint64_t of_path = hash.value();
  const std::int64_t begin = dataset.file_begin(file);
  const std::int64_t end = dataset.file_begin(file + 1);
  hash.add(static_cast<std::uint64_t>(end - begin));
  hash.add(std::bit_cast<std::uint64_t>(dataset.cost_between(begin, end)));
  return of_path >> half << half | hash.value() >> half;
}

}  // namespace

std::vector<std::uint64_t> file_digests(const Dataset& dataset) {
  std::vector<std::uint64_t> digests;
  if (dataset.files() > most_files) return digests;
  for (std::int64_t file = 0; file < dataset.files(); ++file) {
    digests.push_back(digest(dataset, file));
  }
  return digests;
}

std::string changed_file(std::span<const std::uint64_t> before, const Dataset& dataset) {
  const std::vector<std::uint64_t> now = file_digests(dataset);
  if (before.empty() || now.empty()) return "";
  const auto [was, is] = std::ranges::mismatch(before, now);
  if (is == now.end()) return was == before.end() ? "" : "files are missing at its end";
  const std::string path = quoted(dataset.file_path(is - now.begin()));
  if (was != before.end() && *was >> half == *is >> half) {
    return path + " has other samples or another size than then";
  }
  std::unordered_set<std::uint64_t> known;
  for (const std::uint64_t digest : before) known.insert(digest >> half);
  if (!known.contains(*is >> half)) return path + " is new";
  return "a file is missing before " + path;
}

}  // namespace evenkeel
