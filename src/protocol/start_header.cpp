#include "protocol/start_header.h"

#include <fmt/core.h>

#include <algorithm>

#include "core/display_text.h"

namespace evenkeel {
namespace {

constexpr std::string_view magic = "evenkeel start\r\n";
constexpr std::string_view host_name = "host";
constexpr std::string_view fault_name = "fault";

constexpr std::string_view remedy =
    "; start the same program with the same options on all ranks (only the command after '--' may "
    "differ)";

const std::string* value_of(const StartHeader& header, std::string_view name) {
  const auto found = std::find_if(header.terms.begin(), header.terms.end(),
                                  [&](const auto& term) { return term.first == name; });
  return found == header.terms.end() ? nullptr : &found->second;
}

std::string shown(std::string_view text) {
  constexpr std::size_t most_columns = 60;
  return clip_middle(printable(text), most_columns);
}

std::string text_of(const std::string* value) { return value == nullptr ? "none" : *value; }

// A rank with a fault may not have come to know all terms.
std::optional<std::string> difference(const StartHeader& theirs, const StartHeader& own) {
  StartHeader all = own;
  all.terms.insert(all.terms.end(), theirs.terms.begin(), theirs.terms.end());
  for (const auto& [name, unused] : all.terms) {
    const std::string* const their_value = value_of(theirs, name);
    const std::string* const own_value = value_of(own, name);
    const bool is_same = text_of(their_value) == text_of(own_value);
    if (is_same || (their_value == nullptr && !theirs.fault.empty())) continue;
    return fmt::format("{} {}, on rank 0 {}{}", shown(name), shown(text_of(their_value)),
                       text_of(own_value), remedy);
  }
  return std::nullopt;
}

}  // namespace

StartHeaderBytes encode(const StartHeader& header) {
  std::string text(magic);
  for (const auto& [name, value] : header.terms) {
    text += fmt::format("{}={}\n", printable(name), printable(value));
  }
  if (!header.host.empty()) text += fmt::format("{}={}\n", host_name, printable(header.host));
  if (!header.fault.empty()) text += fmt::format("{}={}\n", fault_name, printable(header.fault));
  StartHeaderBytes bytes{};
  text.copy(bytes.data(), bytes.size());
  return bytes;
}

std::optional<StartHeader> decode_start_header(const StartHeaderBytes& bytes) {
  std::string_view rest(bytes.data(), bytes.size());
  if (!rest.starts_with(magic)) return std::nullopt;
  rest = rest.substr(magic.size(), rest.find('\0') - magic.size());
  StartHeader header;
  while (!rest.empty()) {
    const std::string_view line = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(std::min(rest.size(), line.size() + 1));
    const std::string name(line.substr(0, line.find('=')));
    const std::string value(line.substr(std::min(line.size(), name.size() + 1)));
    if (name == host_name) {
      header.host = value;
    } else if (name == fault_name) {
      header.fault = value;
    } else {
      header.terms.emplace_back(name, value);
    }
  }
  return header;
}

std::optional<std::string> start_fault(const StartHeaderBytes& theirs, const StartHeader& own) {
  const std::optional<StartHeader> header = decode_start_header(theirs);
  if (!header) return fmt::format("another program or build{}", remedy);
  if (auto different = difference(*header, own)) return different;
  if (!header->fault.empty()) return printable(header->fault);
  return std::nullopt;
}

}  // namespace evenkeel
