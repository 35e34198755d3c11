// A value of a JSON file with its place there, for messages.
#pragma once

#include <cstddef>
#include <nlohmann/json.hpp>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "dataset/text_file.h"

namespace evenkeel {

class JsonNode {
 public:
  // `pointer`: the place, as a JSON pointer. File and value must outlive the node.
  JsonNode(const TextFile& file, const nlohmann::json& value, std::string pointer = "")
      : file_(file), value_(value), pointer_(std::move(pointer)) {}

  const nlohmann::json& value() const { return value_; }
  bool has(std::string_view key) const { return value_.contains(key); }
  std::size_t size() const { return value_.size(); }

  JsonNode at(std::string_view key) const;
  JsonNode at(std::size_t index) const;

  // Throw UserError: "… is VALUE; rule" and "… fault".
  [[noreturn]] void break_rule(std::string_view rule) const;
  [[noreturn]] void fail(std::string_view fault) const;

  // A number that satisfies `holds`; otherwise throws with the rule.
  template <typename Condition>
  double number(Condition holds, std::string_view rule) const {
    if (!value_.is_number()) break_rule(rule);
    const double number = value_.get<double>();
    if (!holds(number)) break_rule(rule);
    return number;
  }
  double number_between(double low, double high, std::string_view rule) const {
    return number([&](double number) { return number >= low && number <= high; }, rule);
  }

  // A whole number; otherwise throws with the rule.
  std::int64_t whole_between(std::int64_t low, std::int64_t high, std::string_view rule) const;

  // Throws with the rule unless it is a list of two.
  void require_pair(std::string_view rule) const;

  // Throws if an object has other members.
  void allow_only(std::span<const std::string_view> known) const;

 private:
  const TextFile& file_;
  const nlohmann::json& value_;
  std::string pointer_;
};

}  // namespace evenkeel
