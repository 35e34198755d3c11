// What the wire says of bytes that it refuses.
#pragma once

#include <span>
#include <string>
#include <type_traits>
#include <variant>

#include "protocol/wire.h"

namespace evenkeel {

// Empty if the bytes are one of the messages.
template <typename Messages>
std::string refusal_by(std::span<const std::byte> bytes) {
  try {
    decode<Messages>(bytes);
  } catch (const WireError& error) {
    return error.what();
  }
  return "";
}

// The first that can say such a message reads it.
template <typename Message>
std::string refusal(const Message& message) {
  const WireMessage encoded = encode(message);
  if constexpr (std::is_constructible_v<LeaseMode::ToCoordinator, Message>) {
    return refusal_by<LeaseMode::ToCoordinator>(encoded.view());
  } else if constexpr (std::is_constructible_v<StepMode::ToCoordinator, Message>) {
    return refusal_by<StepMode::ToCoordinator>(encoded.view());
  } else if constexpr (std::is_constructible_v<LeaseMode::ToWorker, Message>) {
    return refusal_by<LeaseMode::ToWorker>(encoded.view());
  } else {
    return refusal_by<StepMode::ToWorker>(encoded.view());
  }
}

}  // namespace evenkeel
