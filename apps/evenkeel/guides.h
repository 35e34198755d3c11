// The guides inside the program: the Markdown files of the folder guide.
#pragma once

#include <span>
#include <string_view>

namespace evenkeel {

struct Guide {
  std::string_view topic;
  std::string_view text;  // begins with "# TITLE", an empty line and a paragraph
};

// In the order of their topics.
std::span<const Guide> guides();

}  // namespace evenkeel
