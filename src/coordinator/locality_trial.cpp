#include "coordinator/locality_trial.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace evenkeel {
namespace {

const double least_log = std::log(1.3);
// What is found twice differs by less than this share of itself.
constexpr double most_difference = 0.25;

// Of the steps of a job, at least so many per step on trial.
constexpr std::int64_t steps_per_step = 50;
// Of a file, at least so many steps per home: there has to be a whole one for each, and again.
constexpr std::int64_t least_steps = 4;

}  // namespace

LocalityTrial::LocalityTrial(PerWorker<std::int32_t> homes, std::int32_t count,
                             std::vector<std::int64_t> files)
    : homes_(std::move(homes)), files_(std::move(files)), state_(State::under_way) {
  rows_.resize(static_cast<std::size_t>(count));
  for (Row& row : rows_) row.cells.resize(files_.size());
}

// The first one of each home.
bool LocalityTrial::takes_part(WorkerIndex worker) {
  if (state_ != State::under_way) return false;
  std::optional<WorkerIndex>& first = rows_[static_cast<std::size_t>(homes_[worker])].worker;
  if (!first) first = worker;
  return *first == worker;
}

// They begin with different files.
std::optional<std::int64_t> LocalityTrial::next_for(WorkerIndex worker) {
  if (!takes_part(worker)) return std::nullopt;
  const auto home = static_cast<std::size_t>(homes_[worker]);
  for (std::size_t i = 0; i < files_.size(); ++i) {
    const std::size_t file = (home + i) % files_.size();
    if (std::exchange(rows_[home].cells[file].is_open, false)) return files_[file];
  }
  return std::nullopt;
}

void LocalityTrial::observe(WorkerIndex worker, std::int64_t file, double pace_s) {
  const auto place = std::ranges::find(files_, file);
  if (!takes_part(worker) || place == files_.end() || !(pace_s > 0)) return;
  Row& row = rows_[static_cast<std::size_t>(homes_[worker])];
  Cell& cell = row.cells[static_cast<std::size_t>(place - files_.begin())];
  if (cell.is_open) return;
  if (crossing_) {
    cell.again_s = pace_s;
    judge_again();
  } else {
    cell.pace_s = pace_s;
    if (has_all_paces()) look_for_crossing();
  }
}

bool LocalityTrial::has_all_paces() const {
  return std::ranges::all_of(rows_, [](const Row& row) {
    return std::ranges::all_of(row.cells, [](const Cell& cell) { return cell.pace_s > 0; });
  });
}

std::array<LocalityTrial::Cell*, 4> LocalityTrial::cells_of(const Crossing& crossing) {
  Row& row = rows_[crossing.row];
  Row& other = rows_[crossing.other_row];
  return {&row.cells[crossing.file], &row.cells[crossing.other_file], &other.cells[crossing.file],
          &other.cells[crossing.other_file]};
}

double LocalityTrial::log_of(const Crossing& crossing, double Cell::*pace_s) const {
  const auto ratio = [&](std::size_t row) {
    const std::vector<Cell>& cells = rows_[row].cells;
    return cells[crossing.file].*pace_s / cells[crossing.other_file].*pace_s;
  };
  return std::log(ratio(crossing.row) / ratio(crossing.other_row));
}

// The clearest one.
void LocalityTrial::look_for_crossing() {
  double largest = least_log;
  for (std::size_t pair = 0; pair < rows_.size() * rows_.size(); ++pair) {
    for (std::size_t files = 0; files < files_.size() * files_.size(); ++files) {
      const Crossing crossing{pair / rows_.size(), pair % rows_.size(), files / files_.size(),
                              files % files_.size()};
      const double log = log_of(crossing, &Cell::pace_s);
      if (log <= largest) continue;
      largest = log;
      crossing_ = crossing;
    }
  }
  if (!crossing_) {
    state_ = State::over;
    return;
  }
  for (Cell* const cell : cells_of(*crossing_)) cell->is_open = true;
}

void LocalityTrial::judge_again() {
  double largest_difference = 0;
  for (const Cell* const cell : cells_of(*crossing_)) {
    if (cell->again_s == 0) return;
    largest_difference =
        std::max(largest_difference, std::abs(std::log(cell->again_s / cell->pace_s)));
  }
  const double before = log_of(*crossing_, &Cell::pace_s);
  const bool is_same = log_of(*crossing_, &Cell::again_s) > least_log &&
                       largest_difference < most_difference * before;
  state_ = is_same ? State::found : State::over;
}

LocalityTrial locality_trial(const Dataset& dataset, const CoordinatorOptions& options) {
  const Homes homes = homes_to_learn(dataset, options.hosts, options.workers, options.first_worker);
  std::vector<std::int64_t> long_files;
  for (const Homes::Sought& sought : homes.sought) {
    const std::int64_t samples =
        dataset.file_begin(sought.file + 1) - dataset.file_begin(sought.file);
    if (samples >= least_steps * homes.count() * options.step_samples) {
      long_files.push_back(sought.file);
    }
  }
  const std::size_t count = std::min(LocalityTrial::most_files, long_files.size());
  const std::int64_t steps = dataset.samples() / options.step_samples * options.epochs;
  const auto on_trial = static_cast<std::int64_t>(count) * homes.count();
  if (count < 2 || homes.count() < 2 || steps < steps_per_step * on_trial) return {};
  std::vector<std::int64_t> files;
  for (std::size_t i = 0; i < count; ++i)
    files.push_back(long_files[i * long_files.size() / count]);
  return {homes.of_worker, homes.count(), std::move(files)};
}

}  // namespace evenkeel
