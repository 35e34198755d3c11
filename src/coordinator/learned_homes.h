// Learns which files are near to which workers, where the manifest does not say.
#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include "coordinator/homes.h"
#include "core/per_worker.h"

namespace evenkeel {

// A file is far to a worker that takes clearly longer in it than in others. Which of its files are
// the near ones shows once it has seen both kinds: a file that is near to such a worker has its
// home there. It does not look like a dear file, or a slow worker: those do not take longer for one
// than for the other.
class LearnedHomes {
 public:
  LearnedHomes() = default;  // nothing is to be learned

  // `homes` as homes_to_learn() makes them.
  explicit LearnedHomes(Homes homes, std::int64_t files);

  bool empty() const { return homes_.empty(); }
  const Homes& homes() const { return homes_; }

  enum class Verdict : std::uint8_t {
    usual,
    far,     // its speed is what it was
    nearer,  // than any it has done: only this is its speed
  };

  // Steps that a worker has done in one report, all of one file, and how long they took over what
  // its speed says.
  struct Piece {
    WorkerIndex worker;
    std::int64_t file = 0;
    std::int32_t steps = 1;
    double ratio = 1;
    double noise = 0;  // of a step
  };
  Verdict observe(const Piece& piece);

  // The homes of files have changed since the last call.
  bool take_change() { return std::exchange(has_changed_, false); }

 private:
  struct Cell {
    double log_ratio = 0;
    std::int32_t steps = 0;  // 0: it has not been there
  };

  Cell& cell(WorkerIndex worker, std::int64_t file) {
    return cells_[static_cast<std::size_t>(worker.value() * files_ + file)];
  }
  bool is_at_home(WorkerIndex worker, std::int64_t file) const;
  void judge_all(WorkerIndex worker);
  void judge(std::int64_t file);

  Homes homes_;
  std::int64_t files_ = 0;
  std::vector<Cell> cells_;     // by worker and file
  PerWorker<bool> knows_both_;  // near and far files
  bool has_changed_ = false;
};

}  // namespace evenkeel
