#include "dataset/file_digests.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <iterator>
#include <string>

#include "core/number_format.h"
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

// In ascending order; what is there twice counts twice.
std::vector<std::uint64_t> difference(std::span<const std::uint64_t> a,
                                      std::span<const std::uint64_t> b) {
  std::vector<std::uint64_t> ours(a.begin(), a.end());
  std::vector<std::uint64_t> theirs(b.begin(), b.end());
  std::ranges::sort(ours);
  std::ranges::sort(theirs);
  std::vector<std::uint64_t> only_ours;
  std::ranges::set_difference(ours, theirs, std::back_inserter(only_ours));
  return only_ours;
}

std::vector<std::uint64_t> paths_of(std::vector<std::uint64_t> digests) {
  for (std::uint64_t& digest : digests) digest >>= half;
  return digests;
}

// Both in ascending order.
std::int64_t in_both(const std::vector<std::uint64_t>& a, const std::vector<std::uint64_t>& b) {
  std::vector<std::uint64_t> both;
  std::ranges::set_intersection(a, b, std::back_inserter(both));
  return std::ssize(both);
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
  if (is == now.end() && was == before.end()) return "";
  // Of a million files, some paths have the same half: it counts only for what differs.
  const std::vector<std::uint64_t> only_before = difference(before, now);
  const std::vector<std::uint64_t> only_now = difference(now, before);
  const std::int64_t changed = in_both(paths_of(only_before), paths_of(only_now));
  const std::int64_t fresh = std::ssize(only_now) - changed;
  const std::int64_t missing = std::ssize(only_before) - changed;
  std::string first = "files are missing at its end";
  if (is != now.end()) {
    const std::string path = quoted(dataset.file_path(is - now.begin()));
    const bool differs = std::ranges::binary_search(only_now, *is);
    const bool was_there = std::ranges::binary_search(paths_of(only_before), *is >> half);
    const bool is_its_turn = was != before.end() && *was >> half == *is >> half;
    first = differs && !was_there    ? path + " is new"
            : differs && is_its_turn ? path + " has other samples or another size than then"
                                     : "a file is missing before " + path;
  }
  const std::int64_t all = fresh + changed + missing;
  if (all == 0) first = quoted(dataset.file_path(is - now.begin())) + " comes in another order";
  if (all <= 1) return first;
  std::vector<std::string> counts;
  if (fresh > 0) counts.push_back(grouped(fresh) + " new");
  if (missing > 0) counts.push_back(grouped(missing) + " missing");
  if (changed > 0) counts.push_back(grouped(changed) + " changed");
  return fmt::format("{} (in all {})", first, fmt::join(counts, ", "));
}

}  // namespace evenkeel
