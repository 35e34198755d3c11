// The values that an enumerated option can have, and their names on the command line and in files.
#pragma once

#include <algorithm>
#include <cstddef>
#include <optional>
#include <span>
#include <string_view>

#include "core/check.h"
#include "evenkeel/options.h"

namespace evenkeel {

// Option: an enum of evenkeel/options.h; PolicyKind's values are in balance/policy_table.h. In the
// order in which help texts list them.
template <typename Option>
std::span<const Option> all_values();

// In the same order.
template <typename Option>
std::span<const std::string_view> value_names();

template <typename Option>
std::string_view name_of(Option value) {
  const std::span<const Option> values = all_values<Option>();
  const auto found = std::ranges::find(values, value);
  EVENKEEL_CHECK(found != values.end());
  return value_names<Option>()[static_cast<std::size_t>(found - values.begin())];
}

template <typename Option>
std::optional<Option> value_named(std::string_view name) {
  const std::span<const std::string_view> names = value_names<Option>();
  const auto found = std::ranges::find(names, name);
  if (found == names.end()) return std::nullopt;
  return all_values<Option>()[static_cast<std::size_t>(found - names.begin())];
}

}  // namespace evenkeel
