// What a refusal says.
#pragma once

#include <string_view>

namespace evenkeel {

// Aborts, with the message, unless it is one line of text that begins with `beginning`, and not
// much longer than the lines that it is meant to stand among.
void check_refusal(std::string_view message, std::string_view beginning);

}  // namespace evenkeel
