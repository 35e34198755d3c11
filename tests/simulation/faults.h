// What is wrong with a job, in words.
#pragma once

#include <fmt/core.h>

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

namespace evenkeel {

// Keeps the first few: the others follow from them.
class Faults {
 public:
  template <typename... Values>
  void add(fmt::format_string<Values...> text, Values&&... values) {
    if (list_.size() >= most) return;
    list_.push_back(fmt::format(text, std::forward<Values>(values)...));
  }

  const std::vector<std::string>& list() const { return list_; }

 private:
  static constexpr std::size_t most = 5;

  std::vector<std::string> list_;
};

}  // namespace evenkeel
