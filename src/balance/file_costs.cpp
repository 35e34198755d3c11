#include "balance/file_costs.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace evenkeel {
namespace {

// Logarithms of factors, so that twice as dear is as far as half.
const double least_outstanding = std::log(1.5);
constexpr double outstanding_sigmas = 3;
const double least_believed = std::log(1.25);
// A file that is learned to be so near what is declared is not different.
const double least_kept = std::log(1.1);
// How far witnesses may be from the median and still agree with it.
constexpr double agreement = 0.25;
// Witnesses differ at least by so much, however alike they look.
constexpr double least_difference = 0.05;
const double largest_log = std::log(1e6);
// A file that is found to be different over and over is different for each worker.
constexpr int most_changes = 4;

}  // namespace

FileCosts::FileCosts() {
  witnesses_.reserve(most_witnesses);
  unchanged_.reserve(most_witnesses);
  by_place_.reserve(most_witnesses);
  logs_.reserve(most_witnesses);
}

bool FileCosts::stands_out(const SpeedModel& model, std::int32_t steps, double cost,
                           double busy_s) {
  const double expected_s = model.seconds(steps, cost);
  const double sigma = model.noise() / std::sqrt(static_cast<double>(steps));
  if (!(busy_s > 0 && expected_s > 0)) return false;
  // Noise may well make steps take next to no time: their logarithm says little.
  const double ratio = busy_s / expected_s;
  if (ratio < 1 && 1 - ratio < outstanding_sigmas * sigma) return false;
  const double least = std::max(least_outstanding, ratio < 1 ? 0 : outstanding_sigmas * sigma);
  return std::abs(std::log(ratio)) >= least;
}

// Only the part of the time that depends on the cost is multiplied by a factor.
void FileCosts::Witness::add(const Piece& piece, const SpeedModel& model) {
  const double overhead_s = model.seconds(piece.steps, 0);
  expected_s += model.seconds(piece.steps, piece.cost) - overhead_s;
  took_s += piece.busy_s - overhead_s;
}

double FileCosts::Witness::log_factor() const {
  if (!(expected_s > 0)) return 0;
  const double least_s = expected_s * std::exp(-largest_log);
  return std::min(std::log(std::max(took_s, least_s) / expected_s), largest_log);
}

FileCosts::Outcome FileCosts::observe(const Piece& piece, const SpeedModel& model) {
  unchanged_.clear();
  Outcome outcome;
  outcome.before = leave(piece);
  const SpeedModel& known = outcome.before ? *outcome.before : model;
  Witness* const witness = find(piece.worker, piece.file);
  if (witness != nullptr && witness->before) {
    witness->add(piece, *witness->before);
  } else {
    const bool is_outstanding = stands_out(known, piece.steps, piece.cost, piece.busy_s);
    if (witness != nullptr || !(is_outstanding || is_in_doubt(piece.file))) return outcome;
    add_witness(piece, known, is_outstanding);
  }
  outcome.has_learned = judge(piece.file);
  return outcome;
}

// If the worker is as fast in the next file as it was before the last one, that one is different.
// Otherwise the worker is.
std::optional<SpeedModel> FileCosts::leave(const Piece& piece) {
  const auto is_left = [&](const Witness& witness) {
    return witness.worker == piece.worker && witness.before && witness.file != piece.file;
  };
  const auto witness = std::ranges::find_if(witnesses_, is_left);
  if (witness == witnesses_.end()) return std::nullopt;
  if (stands_out(*witness->before, piece.steps, piece.cost, piece.busy_s)) {
    witnesses_.erase(witness);
    return std::nullopt;
  }
  return std::exchange(witness->before, std::nullopt);
}

FileCosts::Witness* FileCosts::find(WorkerIndex worker, std::int64_t file) {
  const auto witness = std::ranges::find_if(witnesses_, [&](const Witness& other) {
    return other.worker == worker && other.file == file;
  });
  return witness == witnesses_.end() ? nullptr : &*witness;
}

bool FileCosts::is_in_doubt(std::int64_t file) const {
  return std::ranges::any_of(witnesses_,
                             [&](const Witness& witness) { return witness.file == file; });
}

// One that has been at its usual speed in the file before says that the file is as it should be.
void FileCosts::add_witness(const Piece& piece, const SpeedModel& model, bool stands_out) {
  if (witnesses_.size() == most_witnesses) witnesses_.erase(witnesses_.begin());
  Witness witness;
  witness.worker = piece.worker;
  witness.host = piece.host;
  witness.file = piece.file;
  if (stands_out && piece.is_first) {
    witness.before = model;
    witness.before->forget_doubts();
    witness.add(piece, *witness.before);
  }
  witnesses_.push_back(witness);
}

// The median of each host's.
void FileCosts::collect_logs(std::int64_t file) {
  by_place_.clear();
  for (const Witness& witness : witnesses_) {
    if (witness.file == file) by_place_.emplace_back(witness.place(), witness.log_factor());
  }
  std::ranges::sort(by_place_);
  logs_.clear();
  for (auto first = by_place_.begin(); first != by_place_.end();) {
    const auto end = std::find_if(first, by_place_.end(),
                                  [&](const auto& other) { return other.first != first->first; });
    logs_.push_back((first + (end - first) / 2)->second);
    first = end;
  }
}

// What most witnesses agree on; none: they do not.
std::optional<double> FileCosts::agreed_log_factor(std::int64_t file) {
  collect_logs(file);
  if (logs_.size() < 2) return std::nullopt;
  std::ranges::sort(logs_);
  const std::size_t middle = logs_.size() / 2;
  const double median =
      logs_.size() % 2 == 1 ? logs_[middle] : (logs_[middle - 1] + logs_[middle]) / 2;
  std::size_t agreeing = 0;
  double difference = 0;
  for (const double log : logs_) {
    if (std::abs(log - median) > agreement) continue;
    ++agreeing;
    difference += std::abs(log - median);
  }
  if (agreeing < 2 || 2 * agreeing <= logs_.size()) return std::nullopt;
  const auto count = static_cast<double>(agreeing);
  const double sigma = std::max(difference / count, least_difference);
  const double shrunk = 1 - sigma * sigma / (count * median * median);
  return std::abs(median) < least_believed ? std::nullopt : std::optional(median * shrunk);
}

bool FileCosts::judge(std::int64_t file) {
  const std::optional<double> log_factor = agreed_log_factor(file);
  if (!log_factor || !learn(file, *log_factor)) return false;
  for (Witness& witness : witnesses_) {
    if (witness.file == file && witness.before) unchanged_.push_back(witness);
  }
  std::erase_if(witnesses_, [&](const Witness& witness) { return witness.file == file; });
  return true;
}

// False: there is no room for the file, or it is different for each worker.
bool FileCosts::learn(std::int64_t file, double log_factor) {
  auto place =
      std::ranges::lower_bound(files_, file, {}, [](const File& f) { return f.cost.file; });
  if (place == files_.end() || place->cost.file != file) {
    if (files_.size() == most_files) {
      const auto least = std::ranges::min_element(
          files_, {}, [](const File& f) { return std::abs(std::log(f.cost.factor)); });
      if (std::abs(std::log(least->cost.factor)) >= std::abs(log_factor)) return false;
      files_.erase(least);
      place = std::ranges::lower_bound(files_, file, {}, [](const File& f) { return f.cost.file; });
    }
    place = files_.insert(place, {{file, 1}, 0});
  }
  if (place->changes >= most_changes) return false;
  const double sum =
      std::clamp(std::log(place->cost.factor) + log_factor, std::log(least_factor), largest_log);
  place->cost.factor = std::abs(sum) < least_kept ? 1 : std::exp(sum);
  if (++place->changes == most_changes) place->cost.factor = 1;
  list_learned();
  return true;
}

void FileCosts::list_learned() {
  learned_.clear();
  for (const File& file : files_) {
    if (file.cost.factor != 1) learned_.push_back(file.cost);
  }
}

void FileCosts::forget(WorkerIndex worker) {
  std::erase_if(witnesses_, [&](const Witness& witness) {
    return witness.worker == worker && witness.before.has_value();
  });
}

}  // namespace evenkeel
