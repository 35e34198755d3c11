// The wire format: how the messages of protocol/messages.h travel between ranks.
//
//   bytes 0, 1   'E' 'K'
//   byte 2       version of this format
//   byte 3       type of the message
//   bytes 4 …    its fields in the order of protocol/messages.h, fixed width, little-endian;
//                times in nanoseconds, a bool as one byte, floating point as IEEE 754 bits
//
// Messages are checked on receipt: length, version, type and the range of every field. The state
// machines check whether a message makes sense.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <variant>

#include "evenkeel/error.h"
#include "protocol/messages.h"

namespace evenkeel {

// The longest message of any version: the size of receive buffers.
inline constexpr std::size_t wire_limit = 1024;

// An encoded message in a fixed-size buffer, so that sending never allocates.
struct WireMessage {
  static constexpr std::size_t capacity = 472;  // the longest message has 469 bytes

  std::array<std::byte, capacity> bytes;
  std::size_t size = 0;

  std::span<const std::byte> view() const { return std::span(bytes).first(size); }
};

// The bytes are not a message of this version; what() says why.
class WireError : public JobError {
 public:
  using JobError::JobError;
};

// Message: a type of protocol/messages.h, or a variant of such types.
template <typename Message>
WireMessage encode(const Message& message);
template <typename... Messages>
WireMessage encode(const std::variant<Messages...>& message) {
  return std::visit([](const auto& m) { return encode(m); }, message);
}

// The transport's own ping and its answer: a header alone, with this type.
enum class LifeSign : std::uint8_t { call = 127, answer = 128 };
inline constexpr std::size_t life_sign_bytes = 4;
WireMessage encode(LifeSign sign);

// None: the bytes are something else.
std::optional<LifeSign> life_sign(std::span<const std::byte> bytes);

// The version of this format, and a digest of the layout of all messages: "1-9f86d081".
std::string wire_version();

// Messages: what one side sends in a mode, such as LeaseMode::ToWorker. Throws WireError.
template <typename Messages>
Messages decode(std::span<const std::byte> bytes);

}  // namespace evenkeel
