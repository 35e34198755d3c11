// Where a JSON text is wrong: the slow and exact look, taken only after a fault was met.
#pragma once

#include <string_view>

#include "dataset/text_file.h"

namespace evenkeel {

// Throws the UserError that names line and column if `part` of the file's text is not JSON.
void check_json_syntax(const TextFile& file, std::string_view part);

// Throws the UserError "PATH:LINE: POINTER FAULT", or "PATH: FAULT" if the pointer is empty, which
// means the whole. Pointers are JSON pointers (RFC 6901).
[[noreturn]] void fail_in_json(const TextFile& file, std::string_view pointer,
                               std::string_view fault);

// The same with the fault "is VALUE; RULE", or with the place where the text stops being JSON.
[[noreturn]] void fail_json_value(const TextFile& file, std::string_view pointer,
                                  std::string_view rule);

}  // namespace evenkeel
