// What the wire says of bytes that it refuses.
#pragma once

#include <span>
#include <string>

#include "transport/wire.h"

namespace evenkeel {

// Empty if the bytes, or the encoded message, are accepted.
template <typename Message>
std::string refusal(std::span<const std::byte> bytes) {
  try {
    decode<Message>(bytes);
  } catch (const WireError& error) {
    return error.what();
  }
  return "";
}

template <typename Message>
std::string refusal(const Message& message) {
  return refusal<Message>(encode(message).view());
}

}  // namespace evenkeel
