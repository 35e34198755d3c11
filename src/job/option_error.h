// A fault of one option, for programs that name it as their users write it.
#pragma once

#include <string>
#include <string_view>

#include "evenkeel/error.h"

namespace evenkeel {

// what() begins with the option's name, without dashes, and a colon.
class OptionError : public UserError {
 public:
  OptionError(std::string_view option, const std::string& fault)
      : UserError(std::string(option) + ": " + fault) {}
};

}  // namespace evenkeel
