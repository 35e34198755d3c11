// The name that a trainer gives to a checkpoint.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace evenkeel {

// 1 to 64 bytes, in place, so that messages own no memory.
class CheckpointTag {
 public:
  static constexpr std::size_t most_bytes = 64;

  CheckpointTag() = default;  // no tag: an empty text

  // None if the text is empty or too long.
  static std::optional<CheckpointTag> from(std::string_view text) {
    if (text.empty() || text.size() > most_bytes) return std::nullopt;
    CheckpointTag tag;
    std::copy(text.begin(), text.end(), tag.bytes_.begin());
    tag.size_ = static_cast<std::uint8_t>(text.size());
    return tag;
  }

  std::string_view text() const { return {bytes_.data(), size_}; }

  friend bool operator==(const CheckpointTag&, const CheckpointTag&) = default;

 private:
  std::array<char, most_bytes> bytes_{};
  std::uint8_t size_ = 0;
};

}  // namespace evenkeel
