// The messages between ranks, in both directions, and the header at the start.
#include <algorithm>

#include "core/check.h"
#include "core/display_text.h"
#include "fuzz/refusal.h"
#include "fuzz/target.h"
#include "protocol/start_header.h"
#include "protocol/wire.h"

namespace evenkeel {
namespace {

template <typename Message>
bool decodes(std::span<const std::byte> bytes) {
  try {
    const Message message = decode<Message>(bytes);
    EVENKEEL_CHECK(std::ranges::equal(encode(message).view(), bytes));
    return true;
  } catch (const WireError& error) {
    check_refusal(error.what(), "");
    return false;
  }
}

bool is_start_header(std::string_view text) {
  StartHeaderBytes bytes{};
  text.copy(bytes.data(), bytes.size());
  const std::optional<StartHeader> header = decode_start_header(bytes);
  const std::optional<std::string> fault = start_fault(bytes, {{{"--mode", "lease"}}, "", ""});
  EVENKEEL_CHECK(header || fault);
  EVENKEEL_CHECK(!fault || printable(*fault) == *fault);
  return header.has_value();
}

}  // namespace

bool accepts(std::string_view bytes) {
  if (is_start_header(bytes)) return true;
  const std::span<const std::byte> message = std::as_bytes(std::span(bytes));
  const bool leases = decodes<LeaseMode::ToCoordinator>(message);
  const bool from_worker = decodes<StepMode::ToCoordinator>(message) || leases;
  const bool granted = decodes<LeaseMode::ToWorker>(message);
  const bool from_coordinator = decodes<StepMode::ToWorker>(message) || granted;
  EVENKEEL_CHECK(!from_worker || !from_coordinator);
  return from_worker || from_coordinator;
}

}  // namespace evenkeel
