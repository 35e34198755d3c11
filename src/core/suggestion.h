// "Did you mean …?" for names that users type.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace evenkeel {

// The known name with the least edit distance to `word`, if that is at most a third of the word's
// length (at least 2). Ties: the first.
std::optional<std::string_view> nearest_name(std::string_view word,
                                             std::span<const std::string_view> known);

// "did you mean 'policy'?"; `otherwise` if no known name is that near.
std::string suggestion(std::string_view word, std::span<const std::string_view> known,
                       std::string_view otherwise);

}  // namespace evenkeel
