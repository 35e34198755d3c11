#include "coordinator/learned_homes.h"

#include <algorithm>
#include <cmath>
#include <optional>
#include <utility>

namespace evenkeel {
namespace {

// Files that are less than so many times as far are as near.
const double least_far = std::log(1.25);
// Of the noise of steps, beyond which they are no chance.
constexpr double sigmas = 4;
// What a worker has done longer ago counts less.
constexpr std::int32_t most_steps = 32;

}  // namespace

LearnedHomes::LearnedHomes(Homes homes, std::int64_t files)
    : homes_(std::move(homes)),
      files_(files),
      cells_(static_cast<std::size_t>(homes_.of_worker.size() * files)),
      knows_both_(homes_.of_worker.size(), false) {}

LearnedHomes::Verdict LearnedHomes::observe(const Piece& piece) {
  const bool is_home = is_at_home(piece.worker, piece.file);
  if (!(piece.ratio > 0) || (is_home && knows_both_[piece.worker])) return Verdict::usual;
  Cell& seen = cell(piece.worker, piece.file);
  seen.steps = std::min(most_steps, seen.steps + piece.steps);
  const double weight = std::min(1.0, static_cast<double>(piece.steps) / seen.steps);
  seen.log_ratio += weight * (std::log(piece.ratio) - seen.log_ratio);
  const double least = std::max(least_far, sigmas * piece.noise / std::sqrt(seen.steps));
  const bool is_nearer = seen.log_ratio < -least;
  const bool is_far = seen.log_ratio > least;
  if (is_nearer) {
    const double nearer = seen.log_ratio;
    for (std::int64_t file = 0; file < files_; ++file) cell(piece.worker, file).log_ratio -= nearer;
  }
  // At home, where others of its host have been before, it sees what is near.
  const bool knows_both = is_nearer || is_far || is_home;
  if (knows_both && (is_nearer || !knows_both_[piece.worker])) {
    knows_both_[piece.worker] = true;
    judge_all(piece.worker);
  } else {
    judge(piece.file);
  }
  if (is_nearer) return Verdict::nearer;
  return is_far && !is_home ? Verdict::far : Verdict::usual;
}

bool LearnedHomes::is_at_home(WorkerIndex worker, std::int64_t file) const {
  const auto place = std::ranges::lower_bound(homes_.files, file, {}, &Homes::File::file);
  return place != homes_.files.end() && place->file == file &&
         place->home == homes_.of_worker[worker];
}

void LearnedHomes::judge_all(WorkerIndex worker) {
  for (std::int64_t file = 0; file < files_; ++file) {
    if (cell(worker, file).steps > 0) judge(file);
  }
}

// A file that everybody has tried who knows near files from far ones, and nobody is near to, is the
// same to all.
void LearnedHomes::judge(std::int64_t file) {
  const auto sought = std::ranges::lower_bound(homes_.sought, file, {}, &Homes::Sought::file);
  if (sought == homes_.sought.end() || sought->file != file) return;
  std::vector<bool> tried(homes_.hosts.size());
  std::optional<std::int32_t> home;
  for (const WorkerIndex worker : homes_.of_worker.indices()) {
    const Cell& seen = cell(worker, file);
    if (seen.steps == 0 || !knows_both_[worker]) continue;
    tried[static_cast<std::size_t>(homes_.of_worker[worker])] = true;
    if (!home && seen.log_ratio < least_far) home = homes_.of_worker[worker];
  }
  const bool is_same = !home && std::ranges::find(tried, false) == tried.end();
  if (!home && !is_same) return;
  homes_.sought.erase(sought);
  if (home) {
    const auto place = std::ranges::lower_bound(homes_.files, file, {}, &Homes::File::file);
    homes_.files.insert(place, {file, *home});
  }
  has_changed_ = true;
}

}  // namespace evenkeel
