#include "dataset/json_faults.h"

#include <fmt/format.h>
#include <simdjson.h>

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <string>

#include "dataset/readers.h"

namespace evenkeel {
namespace {

// The parser's message without its line count and without the quoted text, which comes from the
// file and may look like a part of the message.
std::string reason(std::string_view message) {
  constexpr std::string_view before = " - ";
  constexpr std::array<std::string_view, 6> expected{
      "end of input", "string literal", "':'", "'}'", "']'", "'[', '{', or a literal"};
  const std::size_t begin = message.find(before);
  if (begin != std::string_view::npos) message.remove_prefix(begin + before.size());
  const std::size_t last_read = message.find("; last read: ");
  if (last_read == std::string_view::npos) return std::string(message);
  std::string text(message.substr(0, last_read));
  for (const std::string_view token : expected) {
    const std::string end = fmt::format("; expected {}", token);
    if (message.ends_with(end)) return text + end;
  }
  return text;
}

// The text of a value as it stands in the file, from its first character; empty if the value is
// missing.
std::string_view find_value(const TextFile& file, std::string_view pointer) {
  const std::string_view text = file.text();
  simdjson::ondemand::parser parser;
  simdjson::ondemand::document document;
  simdjson::ondemand::value value;
  if (parser.iterate(text.data(), text.size(), text.size() + TextFile::padding).get(document) ||
      document.at_pointer(pointer).get(value)) {
    return {};
  }
  return value.raw_json_token();
}

std::string describe(std::string_view token) {
  if (token.starts_with('{')) return "an object";
  if (token.starts_with('[')) return "a list";
  return shortened(token.substr(0, token.find_last_not_of(" \t\r\n") + 1));
}

}  // namespace

void check_json_syntax(const TextFile& file, std::string_view part) {
  if (part.empty()) file.fail_at(part.data(), "is not JSON: it is empty");
  const auto keep_nothing = [](int, nlohmann::json::parse_event_t, const nlohmann::json&) {
    return false;
  };
  try {
    [[maybe_unused]] const nlohmann::json nothing = nlohmann::json::parse(part, keep_nothing);
  } catch (const nlohmann::json::parse_error& error) {
    const std::size_t offset = std::min(std::max<std::size_t>(error.byte, 1) - 1, part.size());
    file.fail_at(part.data() + offset, "is not JSON: " + reason(error.what()));
  } catch (const nlohmann::json::out_of_range&) {
    // A number too large for a double is still valid JSON.
  }
}

void fail_in_json(const TextFile& file, std::string_view pointer, std::string_view fault) {
  if (pointer.empty()) file.fail(fault);
  const std::string described = fmt::format("{} {}", pointer, fault);
  const std::string_view value = find_value(file, pointer);
  if (value.empty()) file.fail(described);
  file.fail_at_line(file.line_of(value.data()), described);
}

void fail_json_value(const TextFile& file, std::string_view pointer, std::string_view rule) {
  check_json_syntax(file, file.text());
  const std::string_view value = find_value(file, pointer);
  fail_in_json(file, pointer,
               fmt::format("is {}; {}", value.empty() ? "wrong" : describe(value), rule));
}

}  // namespace evenkeel
