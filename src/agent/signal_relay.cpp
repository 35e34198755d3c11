#include "agent/signal_relay.h"

#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <system_error>

namespace evenkeel {
namespace {

// State for signal handlers. If a signal does not fit the pipe, thousands are in it already.
int taken_down = -1;

void take_down(int number) {
  const int error = errno;
  static_cast<void>(!::write(taken_down, &number, sizeof(number)));
  errno = error;
}

}  // namespace

SignalRelay::SignalRelay() {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC | O_NONBLOCK) != 0) {
    throw std::system_error(errno, std::generic_category(), "pipe");
  }
  out_ = Descriptor(ends[0]);
  taken_down = ends[1];
  struct sigaction action = {};
  action.sa_handler = take_down;
  action.sa_flags = SA_RESTART;
  for (const int number : {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGUSR1, SIGUSR2, SIGTSTP, SIGCONT}) {
    ::sigaction(number, &action, nullptr);
  }
}

std::optional<int> SignalRelay::next() {
  int number = 0;
  if (::read(out_.get(), &number, sizeof(number)) != sizeof(number)) return std::nullopt;
  return number;
}

}  // namespace evenkeel
