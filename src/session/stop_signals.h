// SIGTERM and SIGINT end the job, but its results are saved.
#pragma once

#include <signal.h>
#include <time.h>

namespace evenkeel {

// Rank 0, while it coordinates: the two signals are recorded instead of ending the process. One at
// a time per process.
class StopSignals {
 public:
  StopSignals();
  ~StopSignals();
  StopSignals(const StopSignals&) = delete;
  StopSignals& operator=(const StopSignals&) = delete;

  // The last signal received; 0: none.
  int received() const;

 private:
  struct sigaction term_before_ = {};
  struct sigaction int_before_ = {};
};

// A worker: the first signal ends it 0.7 s after the grace instead of at once, the second at once.
// mpirun sends SIGTERM to all ranks, and kills the others as soon as one has ended; rank 0 needs
// some of the second that they otherwise have. Does not touch signals that the program handles
// itself. One at a time per process.
class DelayedEnd {
 public:
  explicit DelayedEnd(double grace_s);
  ~DelayedEnd();
  DelayedEnd(const DelayedEnd&) = delete;
  DelayedEnd& operator=(const DelayedEnd&) = delete;

 private:
  timer_t timer_{};
  bool has_timer_ = false;
};

}  // namespace evenkeel
