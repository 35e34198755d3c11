// Finds out, at the begin of a job, whether it matters which worker does what file.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "coordinator/coordinator_options.h"
#include "coordinator/homes.h"
#include "core/per_worker.h"

namespace evenkeel {

// One worker of each home does a step of each of a few files. Workers are slow or fast, and files
// dear or cheap: then, of two workers and two files, one worker is as many times slower in the one
// file as in the other. If it is not, the four steps are done again, as it may be chance, or a
// worker may have changed: what is found twice is believed.
class LocalityTrial {
 public:
  static constexpr std::size_t most_files = 4;

  LocalityTrial() = default;  // it is over

  // `files`: at least two.
  LocalityTrial(PerWorker<std::int32_t> homes, std::int32_t count, std::vector<std::int64_t> files);

  enum class State : std::uint8_t { under_way, over, found };
  State state() const { return state_; }

  // Whether the worker is one of those that try.
  bool takes_part(WorkerIndex worker);

  // The file that the worker is to do a step of now, if there is one: it is not named again.
  std::optional<std::int64_t> next_for(WorkerIndex worker);

  // What next_for() has named took so many seconds per unit of cost.
  void observe(WorkerIndex worker, std::int64_t file, double pace_s);

  // Calls visit(worker, file, pace_s) for all that was observed.
  template <typename Visit>
  void visit_paces(Visit visit) const {
    for (const Row& row : rows_) {
      for (std::size_t i = 0; i < row.cells.size(); ++i) {
        if (row.cells[i].pace_s > 0) visit(*row.worker, files_[i], row.cells[i].pace_s);
      }
    }
  }

 private:
  struct Cell {
    bool is_open = true;  // to be done
    double pace_s = 0;    // 0: not known
    double again_s = 0;
  };
  struct Row {
    std::optional<WorkerIndex> worker;
    std::vector<Cell> cells;
  };
  struct Crossing {  // indexes
    std::size_t row;
    std::size_t other_row;
    std::size_t file;
    std::size_t other_file;
  };

  std::array<Cell*, 4> cells_of(const Crossing& crossing);
  double log_of(const Crossing& crossing, double Cell::*pace_s) const;
  bool has_all_paces() const;
  void look_for_crossing();
  void judge_again();

  PerWorker<std::int32_t> homes_;
  std::vector<std::int64_t> files_;
  std::vector<Row> rows_;             // by home
  std::optional<Crossing> crossing_;  // it is looked at again
  State state_ = State::over;
};

// Over from the begin if the job is too short for it, or homes cannot be learned.
LocalityTrial locality_trial(const Dataset& dataset, const CoordinatorOptions& options);

}  // namespace evenkeel
