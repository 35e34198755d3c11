#include "simulation/json_node.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>

#include "core/suggestion.h"
#include "dataset/json_faults.h"

namespace evenkeel {

using Json = nlohmann::json;

JsonNode JsonNode::at(std::string_view key) const {
  return {file_, value_.at(std::string(key)), fmt::format("{}/{}", pointer_, key)};
}

JsonNode JsonNode::at(std::size_t index) const {
  return {file_, value_.at(index), fmt::format("{}/{}", pointer_, index)};
}

void JsonNode::break_rule(std::string_view rule) const { fail_json_value(file_, pointer_, rule); }

void JsonNode::fail(std::string_view fault) const { fail_in_json(file_, pointer_, fault); }

std::int64_t JsonNode::whole_between(std::int64_t low, std::int64_t high,
                                     std::string_view rule) const {
  if (!value_.is_number_unsigned()) break_rule(rule);
  const auto number = value_.get<std::uint64_t>();
  if (number < static_cast<std::uint64_t>(low) || number > static_cast<std::uint64_t>(high)) {
    break_rule(rule);
  }
  return static_cast<std::int64_t>(number);
}

void JsonNode::require_pair(std::string_view rule) const {
  if (!value_.is_array() || value_.size() != 2) break_rule(rule);
}

void JsonNode::allow_only(std::span<const std::string_view> known) const {
  constexpr std::size_t shown_bytes = 40;
  for (const auto& member : value_.items()) {
    const std::string& key = member.key();
    if (std::find(known.begin(), known.end(), key) != known.end()) continue;
    const std::string shown =
        Json(key.substr(0, shown_bytes)).dump(-1, ' ', true, Json::error_handler_t::replace);
    const auto nearest = nearest_name(key, known);
    fail(fmt::format("has an unknown key {}; {}", shown,
                     nearest ? fmt::format("did you mean \"{}\"?", *nearest)
                             : fmt::format("known are {}", fmt::join(known, ", "))));
  }
}

}  // namespace evenkeel
