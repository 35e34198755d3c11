// Assertions that stay on in release builds: after a broken invariant, going on could count a
// sample twice.
#pragma once

namespace evenkeel {

// Prints "file:line: check failed: expression" to standard error and aborts.
[[noreturn]] void check_failed(const char* expression, const char* file, int line);

}  // namespace evenkeel

#define EVENKEEL_CHECK(expression)                      \
  (static_cast<bool>(expression) ? static_cast<void>(0) \
                                 : ::evenkeel::check_failed(#expression, __FILE__, __LINE__))
