#include "fuzz/refusal.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>

namespace evenkeel {

void check_refusal(std::string_view message, std::string_view beginning) {
  constexpr std::size_t longest = 400;
  const bool breaks_lines = std::any_of(message.begin(), message.end(), [](char c) {
    return static_cast<unsigned char>(c) < ' ' || c == '\x7f';
  });
  if (message.starts_with(beginning) && message.size() <= longest && !breaks_lines) return;
  std::fprintf(stderr, "a refusal of %zu bytes: %.*s\n", message.size(),
               static_cast<int>(std::min(message.size(), 2 * longest)), message.data());
  std::abort();
}

}  // namespace evenkeel
