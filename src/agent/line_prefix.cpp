#include "agent/line_prefix.h"

#include <unistd.h>

#include <cerrno>
#include <climits>

namespace evenkeel {

void LinePrefix::write(std::string_view text) {
  begun_.append(text);
  const std::size_t longest = PIPE_BUF - prefix_.size() - 1;
  std::string_view rest = begun_;
  for (;;) {
    const std::size_t end = rest.find_first_of("\n\r");  // a carriage return ends a progress bar
    if (end == std::string_view::npos && rest.size() < longest) break;
    const std::size_t size = std::min(end, longest);
    if (size > 0 || rest[size] == '\n') put_line(rest.substr(0, size));
    rest.remove_prefix(size == end ? size + 1 : size);
  }
  begun_ = std::string(rest);
}

void LinePrefix::finish() {
  if (!begun_.empty()) put_line(begun_);
  begun_.clear();
}

// What cannot be written is lost: there is nobody to tell.
void LinePrefix::put_line(std::string_view line) {
  const std::string whole = prefix_ + std::string(line) + "\n";
  std::string_view rest = whole;
  while (!rest.empty()) {
    const ssize_t size = ::write(descriptor_, rest.data(), rest.size());
    if (size < 0 && errno == EINTR) continue;
    if (size <= 0) return;
    rest.remove_prefix(static_cast<std::size_t>(size));
  }
}

}  // namespace evenkeel
