#include "core/check.h"

#include <cstdio>
#include <cstdlib>

namespace evenkeel {

void check_failed(const char* expression, const char* file, int line) {
  std::fprintf(stderr, "evenkeel: %s:%d: check failed: %s\n", file, line, expression);
  std::abort();
}

}  // namespace evenkeel
