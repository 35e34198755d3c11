// Locates errors in a JSON text: slow and exact, used only after parsing failed.
#pragma once

#include <string_view>

#include "dataset/text_file.h"

namespace evenkeel {

// Throws a UserError with line and column if `part` of the file's text is not JSON.
void check_json_syntax(const TextFile& file, std::string_view part);

// Throws UserError "PATH:LINE: POINTER FAULT", or "PATH: FAULT" if the pointer is empty and so
// means the whole. Pointers are JSON pointers (RFC 6901).
[[noreturn]] void fail_in_json(const TextFile& file, std::string_view pointer,
                               std::string_view fault);

// As above with the fault "is VALUE; RULE", or with the place where the text stops being JSON.
[[noreturn]] void fail_json_value(const TextFile& file, std::string_view pointer,
                                  std::string_view rule);

}  // namespace evenkeel
