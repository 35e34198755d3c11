// What is known of a worker in any mode: enough to choose who gets the next piece.
#pragma once

namespace evenkeel {

struct WorkerView {
  double rate = 0;              // cost units per second, measured; 0: not yet
  double weight = 1;            // speed in no unit, as known before the job
  double outstanding_cost = 0;  // given to it, and not done
  double assigned_cost = 0;     // total given to it, less what was taken back
  bool alive = true;
};

}  // namespace evenkeel
