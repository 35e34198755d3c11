// Text as a terminal shows it: in columns, not in bytes.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace evenkeel {

// The columns that UTF-8 text takes on a terminal; East Asian characters and emoji take two.
std::size_t display_columns(std::string_view text);

// The text with control characters and malformed UTF-8 as \x1b: safe to print.
std::string printable(std::string_view text);

// Shortens to at most `columns` (≥ 1) by putting … in the middle: "gpu-no…e-017".
std::string clip_middle(std::string_view text, std::size_t columns);

}  // namespace evenkeel
