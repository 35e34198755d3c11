#include "session/stop_signals.h"

#include <cerrno>
#include <cmath>
#include <initializer_list>

namespace evenkeel {
namespace {

// State for signal handlers.
volatile sig_atomic_t has_come = 0;
timer_t end_timer{};
itimerspec delay{};

constexpr double after_grace_s = 0.7;

void take_down(int number) { has_come = number; }

void set_default(int number) {
  struct sigaction action = {};
  action.sa_handler = SIG_DFL;
  ::sigaction(number, &action, nullptr);
}

// The timer sends SIGTERM, which by then has its default effect.
void end_later(int /*number*/) {
  const int error = errno;
  set_default(SIGTERM);
  set_default(SIGINT);
  ::timer_settime(end_timer, 0, &delay, nullptr);
  errno = error;
}

bool is_taken_by(int number, void (*handler)(int)) {
  struct sigaction now = {};
  ::sigaction(number, nullptr, &now);
  return (now.sa_flags & SA_SIGINFO) == 0 && now.sa_handler == handler;
}

}  // namespace

StopSignals::StopSignals() {
  has_come = 0;
  struct sigaction action = {};
  action.sa_handler = take_down;
  action.sa_flags = SA_RESTART;
  ::sigaction(SIGTERM, &action, &term_before_);
  ::sigaction(SIGINT, &action, &int_before_);
}

StopSignals::~StopSignals() {
  ::sigaction(SIGTERM, &term_before_, nullptr);
  ::sigaction(SIGINT, &int_before_, nullptr);
}

int StopSignals::received() const { return has_come; }

DelayedEnd::DelayedEnd(double grace_s) {
  const double delay_s = grace_s + after_grace_s;
  delay.it_value.tv_sec = static_cast<time_t>(delay_s);
  delay.it_value.tv_nsec = static_cast<long>(std::fmod(delay_s, 1) * 1e9);
  sigevent event{};
  event.sigev_notify = SIGEV_SIGNAL;
  event.sigev_signo = SIGTERM;
  has_timer_ = ::timer_create(CLOCK_MONOTONIC, &event, &timer_) == 0;
  if (!has_timer_) return;
  end_timer = timer_;
  struct sigaction action = {};
  action.sa_handler = end_later;
  action.sa_flags = SA_RESTART;
  for (const int number : {SIGTERM, SIGINT}) {
    if (is_taken_by(number, SIG_DFL)) ::sigaction(number, &action, nullptr);
  }
}

DelayedEnd::~DelayedEnd() {
  if (!has_timer_) return;
  for (const int number : {SIGTERM, SIGINT}) {
    if (is_taken_by(number, end_later)) set_default(number);
  }
  itimerspec left{};
  ::timer_gettime(timer_, &left);
  const bool is_running = left.it_value.tv_sec != 0 || left.it_value.tv_nsec != 0;
  if (!is_running) ::timer_delete(timer_);  // otherwise the process has been told to end, and will
}

}  // namespace evenkeel
