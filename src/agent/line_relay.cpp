#include "agent/line_relay.h"

#include <fcntl.h>
#include <pty.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>
#include <system_error>

namespace evenkeel {

Descriptor LineRelay::open() {
  std::array<int, 2> ends{};
  termios as_it_comes{};
  winsize size{};
  const bool is_terminal = ::tcgetattr(to_, &as_it_comes) == 0;
  ::cfmakeraw(&as_it_comes);
  ::ioctl(to_, TIOCGWINSZ, &size);
  if ((!is_terminal || ::openpty(&ends[0], &ends[1], nullptr, &as_it_comes, &size) != 0) &&
      ::pipe(ends.data()) != 0) {
    throw std::system_error(errno, std::generic_category(), "pipe");
  }
  for (const int end : ends) ::fcntl(end, F_SETFD, FD_CLOEXEC);
  ::fcntl(ends[0], F_SETFL, O_NONBLOCK);
  from_ = Descriptor(ends[0]);
  return Descriptor(ends[1]);
}

bool LineRelay::relay() {
  std::array<char, 4096> buffer{};
  const ssize_t size = ::read(from_.get(), buffer.data(), buffer.size());
  if (size > 0) write({buffer.data(), static_cast<std::size_t>(size)});
  // A terminal reports its end as EIO; poll() ignores negative descriptors.
  if (size == 0 || (size < 0 && errno == EIO)) from_.reset();
  return size > 0;
}

void LineRelay::write(std::string_view text) {
  begun_.append(text);
  const std::size_t longest = PIPE_BUF - prefix_.size() - 1;
  std::string_view rest = begun_;
  for (;;) {
    const std::size_t end = rest.find_first_of("\n\r");  // a carriage return ends a progress bar
    if (end == std::string_view::npos && rest.size() <= longest) break;
    const std::size_t size = std::min(end, longest);
    const char* const newline = size == end || !prefix_.empty() ? "\n" : "";
    if (size > 0 || rest[size] == '\n') put(prefix_ + std::string(rest.substr(0, size)) + newline);
    rest.remove_prefix(size == end ? size + 1 : size);
  }
  begun_ = std::string(rest);
}

void LineRelay::finish() {
  if (!begun_.empty()) put(prefix_ + begun_ + "\n");
  begun_.clear();
}

// Output that cannot be written is lost: nobody can be told.
void LineRelay::put(const std::string& line) const {
  static_cast<void>(!::write(to_, line.data(), line.size()));
}

}  // namespace evenkeel
