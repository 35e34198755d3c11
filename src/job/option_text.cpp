#include "job/option_text.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <concepts>
#include <cstddef>
#include <filesystem>
#include <system_error>
#include <type_traits>
#include <vector>

#include "core/display_text.h"
#include "core/option_values.h"
#include "job/option_list.h"

namespace evenkeel {
namespace {

constexpr std::array<std::string_view, 5> left_out{"policy", "speeds", "first-step", "replay",
                                                   "no-baseline"};

// A flag that is not set, and what is not given, have no text.
std::string value_text(const std::string& value) { return value; }
std::string value_text(const std::vector<std::string>& list) {
  return fmt::format("{}", fmt::join(list, ","));
}
template <typename Value>
std::string value_text(const Value& value) {
  if constexpr (std::same_as<Value, bool>) {
    return value ? "set" : "";
  } else if constexpr (std::is_enum_v<Value>) {
    return std::string(name_of(value));
  } else {
    return fmt::format("{}", value);
  }
}
template <typename Value>
std::string value_text(const std::optional<Value>& value) {
  return value ? value_text(*value) : "";
}

struct NamedValue {
  std::string name;
  std::vector<std::string> values;  // each is given with the name
  bool is_flag;
};

std::vector<std::string> values_in(const OptionInfo& info, const auto& field) {
  if constexpr (std::same_as<std::remove_cvref_t<decltype(field)>, std::vector<std::string>>) {
    if (info.value != "LIST") return field;
  }
  return {value_text(field)};
}

std::vector<NamedValue> values_of(const JobOptions& options) {
  std::vector<NamedValue> values{{"mode", {value_text(options.mode)}, false}};
  visit_options(options, [&](const OptionInfo& info, const auto& field) {
    if (info.group == OptionGroup::record || info.group == OptionGroup::results) return;
    if (std::ranges::find(left_out, info.name) != left_out.end()) return;
    values.push_back({std::string(info.name), values_in(info, field), info.value.empty()});
  });
  return values;
}

}  // namespace

std::string shell_word(const std::string& word) {
  constexpr std::string_view plain =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-+=:,./@%";
  if (!word.empty() && word.find_first_not_of(plain) == std::string::npos) return word;
  const bool is_printable = printable(word) == word;
  std::string quoted = is_printable ? "'" : "$'";
  for (const char c : word) {
    if (is_printable) {
      quoted += c == '\'' ? "'\\''" : std::string(1, c);
    } else if (c == '\'' || c == '\\') {
      quoted += {'\\', c};
    } else {
      const bool is_text = c >= ' ' && c <= '~';
      quoted +=
          is_text ? std::string(1, c) : fmt::format("\\{:03o}", static_cast<unsigned char>(c));
    }
  }
  return quoted + "'";
}

std::string file_word(const std::string& file) {
  return shell_word(file.starts_with('-') ? "./" + file : file);
}

std::string option_text(const JobOptions& options) {
  JobOptions named = options;
  std::error_code unknown;  // then as it is
  const std::filesystem::path manifest = std::filesystem::absolute(options.manifest, unknown);
  if (!unknown) named.manifest = manifest.string();
  const std::vector<NamedValue> usual = values_of(JobOptions());
  const std::vector<NamedValue> values = values_of(named);
  std::vector<std::string> words;
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (values[i].values == usual[i].values) continue;
    for (const std::string& value : values[i].values) {
      words.push_back("--" + values[i].name);
      if (!values[i].is_flag) words.push_back(shell_word(value));
    }
  }
  return fmt::format("{}", fmt::join(words, " "));
}

}  // namespace evenkeel
