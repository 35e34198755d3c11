#include "core/suggestion.h"

#include <algorithm>
#include <cstddef>
#include <numeric>
#include <utility>
#include <vector>

namespace evenkeel {
namespace {

// Levenshtein's distance, one row at a time.
std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 0; i < a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i + 1;
    for (std::size_t j = 0; j < b.size(); ++j) {
      const std::size_t substituted = diagonal + (a[i] == b[j] ? 0 : 1);
      diagonal = row[j + 1];
      row[j + 1] = std::min({substituted, row[j] + 1, row[j + 1] + 1});
    }
  }
  return row[b.size()];
}

}  // namespace

std::optional<std::string_view> nearest_name(std::string_view word,
                                             std::span<const std::string_view> known) {
  constexpr std::size_t longest_word = 64;
  if (word.size() > longest_word) return std::nullopt;
  // Slips are rarer at the beginning of a word: "host" is rather "hosts" than "cost".
  const auto distance_to = [word](std::string_view name) {
    const auto [end, same] = std::ranges::mismatch(word, name);
    return std::pair(edit_distance(word, name), word.end() - end);
  };
  std::pair best_distance(std::max<std::size_t>(2, word.size() / 3) + 1, std::ptrdiff_t{0});
  std::optional<std::string_view> best;
  for (const std::string_view name : known) {
    const std::pair distance = distance_to(name);
    if (distance < best_distance) {
      best_distance = distance;
      best = name;
    }
  }
  return best;
}

std::string suggestion(std::string_view word, std::span<const std::string_view> known,
                       std::string_view otherwise) {
  const std::optional<std::string_view> nearest = nearest_name(word, known);
  return nearest ? "did you mean '" + std::string(*nearest) + "'?" : std::string(otherwise);
}

}  // namespace evenkeel
