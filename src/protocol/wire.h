// The wire format: how the messages of protocol/messages.h travel between ranks.
//
//   bytes 0, 1   'E' 'K'
//   byte 2       version of this format
//   byte 3       type of the message
//   bytes 4 …    its fields in the order of protocol/messages.h, fixed width, little-endian;
//                times in nanoseconds, a bool as one byte, floating point as IEEE 754 bits
//
// A message is checked on receipt: length, version, type and the range of every field. What
// decode returns can be trusted as far as ranges go; whether it makes sense is the state
// machine's question.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <variant>

#include "evenkeel/error.h"
#include "protocol/messages.h"

namespace evenkeel {

// No message of any version is longer: what a receiver provides for.
inline constexpr std::size_t wire_limit = 1024;

// An encoded message: bytes of a fixed capacity, so that sending never allocates.
struct WireMessage {
  static constexpr std::size_t capacity = 408;  // the longest message has 405 bytes

  std::array<std::byte, capacity> bytes;
  std::size_t size = 0;

  std::span<const std::byte> view() const { return std::span(bytes).first(size); }
};

// Bytes that no evenkeel of this version sends; what() says what is wrong with them.
class WireError : public JobError {
 public:
  using JobError::JobError;
};

// Message: one of protocol/messages.h, or a variant of these.
template <typename Message>
WireMessage encode(const Message& message);
template <typename... Messages>
WireMessage encode(const std::variant<Messages...>& message) {
  return std::visit([](const auto& m) { return encode(m); }, message);
}

// What ends of a transport say to each other beside messages: are you there, and yes. A header
// alone, with this type.
enum class LifeSign : std::uint8_t { call = 127, answer = 128 };
WireMessage encode(LifeSign sign);

// None: the bytes are something else.
std::optional<LifeSign> life_sign(std::span<const std::byte> bytes);

// Messages: what one side says in a mode, such as LeaseMode::ToWorker. Throws WireError.
template <typename Messages>
Messages decode(std::span<const std::byte> bytes);

}  // namespace evenkeel
