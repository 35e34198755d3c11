// SIGTERM and SIGINT: the job is to end, with its results in safety.
#pragma once

#include <signal.h>
#include <time.h>

namespace evenkeel {

// Rank 0, while it coordinates: the two signals are taken down instead of ending the process. One
// at a time in a process.
class StopSignals {
 public:
  StopSignals();
  ~StopSignals();
  StopSignals(const StopSignals&) = delete;
  StopSignals& operator=(const StopSignals&) = delete;

  // The last that has come; 0: none.
  int received() const;

 private:
  struct sigaction term_before_ = {};
  struct sigaction int_before_ = {};
};

// A worker: a signal that would end it at once does so 0.7 s later, or ends it at once if it comes
// twice. mpirun sends SIGTERM to all ranks, and kills the others as soon as one of them has ended;
// rank 0 needs some of the second that they have otherwise. Signals that the program takes itself
// are left alone. One at a time in a process.
class DelayedEnd {
 public:
  DelayedEnd();
  ~DelayedEnd();
  DelayedEnd(const DelayedEnd&) = delete;
  DelayedEnd& operator=(const DelayedEnd&) = delete;

 private:
  timer_t timer_{};
  bool has_timer_ = false;
};

}  // namespace evenkeel
