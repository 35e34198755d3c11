// Who takes part in a job: where each worker stands in its life.
#pragma once

#include <cstdint>

#include "coordinator/records.h"
#include "core/per_worker.h"

namespace evenkeel {

// In this order: see is_here().
enum class WorkerLife : std::uint8_t {
  starting,  // has not spoken yet
  working,
  emptied,   // a trim has taken all that it held: it will ask for more
  held_off,  // has failed several steps in a row: its request waits for a moment
  away,      // its trainer has ended, and is started again
  outrun,    // is in a step that another has done: it is left alone until it has ended that
  closing,   // has said farewell, and may still call for checkpoints
  absent,    // has not come yet, and the job does without it until it does
  lost,      // silent past its deadline, and not heard from since: it may come back
  gone,      // lost for so long that nobody waits for it; it is welcome all the same
  left,      // has said that it does no more, or has died
  finished,  // has said farewell, and nothing follows
};

constexpr bool is_here(WorkerLife life) { return life <= WorkerLife::closing; }

constexpr bool is_lost(WorkerLife life) {
  return life == WorkerLife::lost || life == WorkerLife::gone || life == WorkerLife::left;
}

constexpr WorkerState state_of(WorkerLife life) {
  switch (life) {
    case WorkerLife::lost:
    case WorkerLife::gone:
      return WorkerState::lost;
    case WorkerLife::left:
      return WorkerState::left;
    case WorkerLife::closing:
    case WorkerLife::finished:
      return WorkerState::finished;
    case WorkerLife::absent:
      return WorkerState::absent;
    case WorkerLife::starting:
    case WorkerLife::working:
    case WorkerLife::emptied:
    case WorkerLife::held_off:
    case WorkerLife::away:
    case WorkerLife::outrun:
      break;
  }
  return WorkerState::working;
}

class Attendance {
 public:
  explicit Attendance(std::int32_t workers, WorkerLife life = WorkerLife::starting)
      : lives_(workers, life) {
    for (const WorkerIndex worker : lives_.indices()) count(lives_[worker], +1);
  }

  WorkerLife of(WorkerIndex worker) const { return lives_[worker]; }
  bool is_here(WorkerIndex worker) const { return evenkeel::is_here(lives_[worker]); }

  void become(WorkerIndex worker, WorkerLife life) {
    count(lives_[worker], -1);
    lives_[worker] = life;
    count(life, +1);
  }

  std::int32_t here() const { return here_; }  // workers that live, and are not finished
  std::int32_t left() const { return left_; }
  std::int32_t absent() const { return absent_; }

 private:
  void count(WorkerLife life, int change) {
    if (evenkeel::is_here(life)) here_ += change;
    if (life == WorkerLife::left) left_ += change;
    if (life == WorkerLife::absent) absent_ += change;
  }

  PerWorker<WorkerLife> lives_;
  std::int32_t here_ = 0;
  std::int32_t left_ = 0;
  std::int32_t absent_ = 0;
};

}  // namespace evenkeel
