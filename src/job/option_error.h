// A fault in one option.
#pragma once

#include <string>
#include <string_view>

#include "evenkeel/error.h"

namespace evenkeel {

// what() begins with the option as on a command line: "--epochs: …".
class OptionError : public UserError {
 public:
  OptionError(std::string_view option, const std::string& fault)
      : UserError("--" + std::string(option) + ": " + fault) {}
};

}  // namespace evenkeel
