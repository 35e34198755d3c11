#include "dataset/file_digests.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <iterator>
#include <string>
#include <unordered_map>

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
  std::unordered_map<std::uint64_t, std::uint64_t> known;  // by path
  for (const std::uint64_t digest : before) known.emplace(digest >> half, digest);
  std::int64_t fresh = 0;
  std::int64_t changed = 0;
  for (const std::uint64_t digest : now) {
    const auto found = known.find(digest >> half);
    if (found == known.end()) {
      ++fresh;
    } else {
      changed += found->second == digest ? 0 : 1;
    }
  }
  const std::int64_t missing = std::ssize(before) - (std::ssize(now) - fresh);
  std::string first = "files are missing at its end";
  if (is != now.end()) {
    const std::string path = quoted(dataset.file_path(is - now.begin()));
    first = !known.contains(*is >> half) ? path + " is new"
            : was != before.end() && *was >> half == *is >> half
                ? path + " has other samples or another size than then"
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
