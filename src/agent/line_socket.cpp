#include "agent/line_socket.h"

#include <fmt/core.h>
#include <linux/sockios.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>

#include "agent/trainer_message.h"

namespace evenkeel {

std::optional<std::string> LineSocket::next_line() {
  std::size_t newline = 0;
  while ((newline = in_.find('\n', scanned_)) == std::string::npos) {
    scanned_ = in_.size();
    if (in_.size() > longest_line) {
      throw TrainerFault(
          fmt::format("sends a line of more than {} bytes on its descriptor", longest_line));
    }
    if (closed_ || !receive()) return std::nullopt;
  }
  std::string line = in_.substr(0, newline);
  in_.erase(0, newline + 1);
  scanned_ = 0;
  return line;
}

// Whether something has arrived, the end of the stream included.
bool LineSocket::receive() {
  std::array<char, 4096> buffer{};
  const ssize_t size = ::recv(socket_.get(), buffer.data(), buffer.size(), 0);
  if (size > 0) {
    in_.append(buffer.data(), static_cast<std::size_t>(size));
    return true;
  }
  if (size < 0 && (errno == EAGAIN || errno == EINTR)) return false;
  left_unread_ = size < 0 && errno == ECONNRESET;
  closed_ = true;
  return true;
}

void LineSocket::write(std::string_view text) {
  out_.append(text);
  flush();
}

// Of a local socket, the system counts as unsent what the other end has not read; but what is
// unread when the other end closes is dropped.
bool LineSocket::is_unread() const {
  int bytes = 0;
  if (has_unsent() || (::ioctl(socket_.get(), SIOCOUTQ, &bytes) == 0 && bytes > 0)) return true;
  pollfd hung_up{socket_.get(), 0, 0};
  return closed_ ? left_unread_ : ::poll(&hung_up, 1, 0) > 0;
}

void LineSocket::flush() {
  while (has_unsent()) {
    const ssize_t size =
        ::send(socket_.get(), out_.data() + sent_, out_.size() - sent_, MSG_NOSIGNAL);
    if (size < 0 && errno == EINTR) continue;
    if (size < 0 && errno == EAGAIN) return;
    if (size < 0) break;  // the trainer has ended; receive() will notice
    sent_ += static_cast<std::size_t>(size);
  }
  out_.clear();
  sent_ = 0;
}

}  // namespace evenkeel
