#include "coordinator/free_pool.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "core/check.h"

namespace evenkeel {
namespace {

// What lost workers and trims leave behind merges quickly; this many fragments need no
// allocation.
constexpr std::int64_t expected_fragments = 1024;

// Dealt out first, of an epoch; each is a lease of its own.
constexpr std::int64_t most_dear_steps = 1024;
// Steps that cost less of an epoch are not looked for.
constexpr double least_dear_share = 1.0 / 8192;

// Orders of live epochs take tens of bytes per shard or fragment: at most so many of these, though
// two epochs always fit.
constexpr std::int64_t most_entries = std::int64_t{1} << 20;
constexpr std::int64_t most_epochs = 1024;

std::int64_t fragments(std::int64_t samples, std::int64_t step_samples) {
  return std::min(expected_fragments, samples / step_samples / 2 + 1);
}

void insert(Interval interval, IntervalSet& set) {
  const bool is_new = set.insert(interval);
  EVENKEEL_CHECK(is_new);
}

std::size_t most_live(const Dataset& dataset, EpochOverlap overlap, std::int64_t step_samples) {
  if (overlap == EpochOverlap::forbidden) return 1;
  const std::int64_t entries = dataset.shards() + fragments(dataset.samples(), step_samples);
  return static_cast<std::size_t>(std::clamp(most_entries / entries, std::int64_t{2}, most_epochs));
}

double least_dear_cost(const Dataset& dataset, double dear) {
  if (dataset.uniform_cost()) return FreePool::none_is_dear;
  return std::max(dear, least_dear_share * dataset.cost());
}

// A lease whose cost is this far from what was asked for is near enough.
constexpr double near_enough = 0.1;
constexpr int fitting_rounds = 6;

}  // namespace

FreePool::FreePool(const Dataset& dataset, const OrderOptions& order, std::int32_t epochs,
                   EpochOverlap overlap, std::int64_t step_samples, DoneWork done, double dear,
                   Homes homes)
    : dataset_(dataset),
      order_(order),
      epochs_(epochs),
      most_live_(most_live(dataset, overlap, step_samples)),
      step_samples_(step_samples),
      dear_(homes.empty() ? least_dear_cost(dataset, dear) : none_is_dear),
      homes_(std::move(homes)),
      before_(std::move(done)),
      opened_(std::min(before_.whole_epochs, epochs)) {
  EVENKEEL_CHECK(epochs >= 1 && step_samples >= 1);
  samples_ = dataset.samples() * (epochs - opened_);
  cost_ = dataset.cost() * (epochs - opened_);
  std::erase_if(before_.parts, [&](const auto& part) {
    return part.first < pass_of(opened_) || part.first >= pass_of(epochs);
  });
  for (const auto& [pass, part] : before_.parts) {
    const LivePass rest = open(pass, part);
    samples_ -= dataset.samples() - rest.free_samples;
    cost_ -= dataset.cost() - rest.free_cost;
  }
  forget_finished_epochs();
  look();
}

void FreePool::open_epochs() {
  while (opened_ < epochs_ && needs_another()) {
    const Pass pass = pass_of(opened_++);
    const auto part = before_.parts.extract(pass);
    live_.push_back(open(pass, part.empty() ? IntervalSet() : part.mapped()));
    LivePass& live = live_.back();
    live.returned.reserve(static_cast<std::size_t>(fragments(dataset_.samples(), step_samples_)));
    free_samples_ += live.free_samples;
    free_cost_ += live.free_cost;
  }
  while (front_ < live_.size() && live_[front_].free_samples == 0) ++front_;
}

// One epoch ahead of what is dealt out: leases become short before the end of all live work.
bool FreePool::needs_another() const {
  const std::size_t live = live_.size();
  if (live >= most_live_) return false;
  return live < 2 || live_[live - 2].free_samples == 0;
}

// Still to be done of epochs that are not live yet; an estimate of those that an earlier job has
// begun.
double FreePool::cost_between(std::int32_t first, std::int32_t end) const {
  if (first >= end) return 0;
  std::int64_t samples = dataset_.samples() * (end - first);
  for (const auto& [pass, part] : before_.parts) {
    if (pass >= pass_of(end)) break;
    if (pass >= pass_of(first)) samples -= part.samples();
  }
  return (dataset_.cost() + learned_cost_) * static_cast<double>(samples) /
         static_cast<double>(dataset_.samples());
}

FreePool::LivePass FreePool::open(Pass pass, const IntervalSet& done) const {
  LivePass live{pass,
                EpochOrder(dataset_, order_, pass.epoch),
                {},
                Position(0),
                IntervalSet(),
                {},
                {},
                dataset_.samples(),
                dataset_.samples(),
                dataset_.cost() + learned_cost_};
  if (!learned_.empty()) live.corrected = CorrectedCosts(live.order, learned_);
  const Interval whole{Position(0), Position(dataset_.samples())};
  if (dear_ < none_is_dear) {
    for (const Interval& gap : done.gaps(whole)) {
      add_dear_steps(live.order, gap, step_samples_, dear_, live.dear);
    }
    keep_dearest(static_cast<std::size_t>(most_dear_steps), live.dear);
    for (DearStep& step : live.dear) step.cost = cost(live, step.interval);
  }
  if (!homes_.empty()) {
    live.at_home = HomeWork(live.order, homes_, step_samples_);
    live.cursor = whole.end;
    for (const Interval& gap : done.gaps(whole)) {
      const bool is_new = live.at_home.insert(gap);
      EVENKEEL_CHECK(is_new);
    }
    live.free_samples = live.undone = dataset_.samples() - done.samples();
    live.free_cost = free_cost_of(live);
    return live;
  }
  if (done.empty() && live.dear.empty()) return live;

  IntervalSet apart = done;  // from what is dealt out in the order of the line
  for (const DearStep& step : live.dear) insert(step.interval, apart);
  live.cursor = whole.end;
  live.free_cost = 0;
  for (const Interval& gap : done.gaps(whole)) live.free_cost += cost(live, gap);
  for (const Interval& gap : apart.gaps(whole)) {
    if (gap.end == whole.end) {
      live.cursor = gap.begin;
    } else {
      insert(gap, live.returned);
    }
  }
  std::ranges::stable_sort(live.dear, {}, &DearStep::cost);
  live.free_samples = live.undone = dataset_.samples() - done.samples();
  return live;
}

// What view() tells, after each change of what is free.
void FreePool::look() {
  view_ = FreeWork();
  view_.samples = free_samples_;
  view_.cost = free_cost_;
  if (free_samples_ == 0) return;
  const LivePass& live = live_[front_];
  front_work_ = front(live);
  view_.front_pass = live.pass;
  view_.front_step_cost = cost(live, front_step());
  if (!live.dear.empty()) view_.dear_step_cost = live.dear.back().cost;
  const std::int64_t end = live.pass.epoch.value() + static_cast<std::int64_t>(most_live_);
  view_.at_home = live.at_home.samples();
  view_.later_cost =
      cost_between(opened_, static_cast<std::int32_t>(std::min<std::int64_t>(end, epochs_)));
}

FreePool::Piece FreePool::take(std::int64_t samples, const std::optional<double>& cost) {
  EVENKEEL_CHECK(free_samples_ > 0 && samples >= 1 && !has_homes());
  LivePass& live = live_[front_];
  if (has_only_dear(live)) return take_dear(live.dear.begin());
  const Interval piece = cut(live, front_work_, samples, cost);
  if (live.returned.empty()) {
    live.cursor = piece.end;
  } else {
    const Interval taken = live.returned.take_front(piece.samples());
    EVENKEEL_CHECK(taken == piece);
  }
  return note_taken(live, piece);
}

FreePool::Piece FreePool::take_near(std::int32_t home, std::int64_t samples,
                                    std::optional<double> cost, double away) {
  EVENKEEL_CHECK(free_samples_ > 0 && samples >= 1 && has_homes());
  LivePass& live = live_[front_];
  const HomeWork::Next next = live.at_home.next_for(home, homes_);
  if (next.probed != nullptr) {
    next.probed->tried[static_cast<std::size_t>(home)] = true;
    samples = std::min(samples, homes_.probe_steps * step_samples_);
    cost.reset();
  } else if (next.is_far) {
    samples =
        std::max<std::int64_t>(1, static_cast<std::int64_t>(static_cast<double>(samples) / away));
    if (cost) *cost /= away;
  }
  const Interval piece = cut(live, next.interval, samples, cost);
  live.at_home.take(next.place, piece);
  Piece result = note_taken(live, piece);
  result.is_away = next.is_far;
  return result;
}

FreePool::Piece FreePool::piece_for(std::int32_t home, Pass pass, Interval interval) const {
  return {pass, interval, cost(pass, interval), is_away(home, home_of(pass, interval.begin))};
}

std::int32_t FreePool::home_of(Pass pass, Position position) const {
  return has_homes() ? home_at(find(pass).at_home.place_of(position)) : Homes::none;
}

// From the front of `all`, which is free.
Interval FreePool::cut(const LivePass& live, Interval all, std::int64_t samples,
                       const std::optional<double>& cost) const {
  if (!live.corrected.empty()) {  // a lease costs the same from end to end
    all.end = std::min(all.end, on_grid(live.corrected.next_edge(all.begin, all.end)));
  }
  const Interval piece{all.begin, samples >= all.samples()
                                      ? all.end
                                      : std::min(all.end, on_grid(all.begin + samples))};
  if (!cost || (dataset_.uniform_cost() && live.corrected.empty())) return piece;
  return fit_to_cost(live, piece, all.end, *cost);
}

FreePool::Piece FreePool::note_taken(LivePass& live, Interval interval) {
  const bool is_known = interval == front_step();
  const Piece taken{live.pass, interval,
                    is_known ? view_.front_step_cost : this->cost(live, interval)};
  add_free(live, -interval.samples(), -taken.cost);
  if (live.free_samples == 0) open_epochs();
  look();
  return taken;
}

std::optional<FreePool::Piece> FreePool::take_in(std::int64_t file) {
  if (free_samples_ == 0 || has_homes()) return std::nullopt;
  LivePass& live = live_[front_];
  for (const FilePlace& place : live.order.places_of({&file, 1})) {
    const auto step = step_in(live, place.places);
    if (!step) continue;
    if (step->begin < live.cursor) {
      live.returned.remove(*step);
    } else {
      insert({live.cursor, step->begin}, live.returned);
      live.cursor = step->end;
    }
    return note_taken(live, *step);
  }
  return std::nullopt;
}

// The first one that is free and whole, apart from those that may be dealt out before others.
std::optional<Interval> FreePool::step_in(const LivePass& live, Interval part) const {
  const auto first_in = [&](Interval free) -> std::optional<Interval> {
    const Position begin = on_grid(std::max(part.begin, free.begin));
    const Interval step{begin, begin + step_samples_};
    return step.end <= std::min(part.end, free.end) ? std::optional(step) : std::nullopt;
  };
  for (const Interval& free : live.returned.intervals()) {
    if (const auto step = first_in(free)) return step;
  }
  return first_in({live.cursor, Position(dataset_.samples())});
}

FreePool::Piece FreePool::take_dear() {
  EVENKEEL_CHECK(front_ < live_.size() && !live_[front_].dear.empty());
  return take_dear(std::prev(live_[front_].dear.end()));
}

FreePool::Piece FreePool::take_dear(std::vector<DearStep>::iterator step) {
  LivePass& live = live_[front_];
  const Interval interval = step->interval;
  live.dear.erase(step);
  return note_taken(live, interval);
}

// Sums of rounded costs drift.
void FreePool::add_free(LivePass& live, std::int64_t samples, double cost) {
  const double before = live.free_cost;
  live.free_samples += samples;
  live.free_cost = live.free_samples == 0 ? 0 : std::max(0.0, before + cost);
  free_samples_ += samples;
  free_cost_ = free_samples_ == 0 ? 0 : std::max(0.0, free_cost_ + live.free_cost - before);
}

// Costs are unequal: moves the end in proportion, or where that leaves what is already known to
// be too short or too long, to where the cost should be in between; one step at least.
Interval FreePool::fit_to_cost(const LivePass& live, Interval piece, Position limit,
                               double cost) const {
  const Position least = std::min(limit, on_grid(piece.begin + 1));
  Position low = piece.begin;
  double low_cost = 0;
  Position high = limit;
  double high_cost = this->cost(live, {piece.begin, limit});
  for (int round = 0; round < fitting_rounds; ++round) {
    const double actual = this->cost(live, piece);
    if (std::abs(actual - cost) <= near_enough * cost) break;
    (actual < cost ? low : high) = piece.end;
    (actual < cost ? low_cost : high_cost) = actual;
    if (high_cost <= low_cost) break;
    double samples = static_cast<double>(piece.samples()) * cost / actual;
    const auto low_samples = static_cast<double>(low - piece.begin);
    const auto high_samples = static_cast<double>(high - piece.begin);
    if (!(samples > low_samples && samples < high_samples)) {
      const double share = std::clamp((cost - low_cost) / (high_cost - low_cost), 0.0, 1.0);
      samples = low_samples + share * (high_samples - low_samples);
    }
    const Position end =
        std::clamp(grid_before(piece.begin + static_cast<std::int64_t>(samples)), least, limit);
    if (end == piece.end) break;
    piece.end = end;
  }
  return piece;
}

void FreePool::put_back(Pass pass, Interval interval) {
  if (interval.empty()) return;
  const std::size_t place = place_of(pass);
  LivePass& live = live_[place];
  const bool was_not_free = has_homes()
                                ? live.at_home.insert(interval)
                                : interval.end <= live.cursor && live.returned.insert(interval);
  EVENKEEL_CHECK(was_not_free);
  add_free(live, interval.samples(), cost(live, interval));
  front_ = std::min(front_, place);
  look();
}

void FreePool::finish(Pass pass, std::int64_t samples) {
  LivePass& live = find(pass);
  live.undone -= samples;
  EVENKEEL_CHECK(live.undone >= live.free_samples);
  if (live.undone > 0) return;
  forget_finished_epochs();
  look();
}

// In order: a later epoch that is finished first waits for the earlier one.
void FreePool::forget_finished_epochs() {
  open_epochs();
  while (!live_.empty() && live_.front().undone == 0) {
    live_.pop_front();
    --front_;
    open_epochs();  // the next may have been done by an earlier job
  }
}

void FreePool::learn_costs(std::vector<LearnedCost> learned) {
  learned_ = std::move(learned);
  learned_cost_ = 0;
  for (const LearnedCost& cost : learned_) {
    const std::int64_t begin = dataset_.file_begin(cost.file);
    const std::int64_t end = dataset_.file_begin(cost.file + 1);
    learned_cost_ += (cost.factor - 1) * dataset_.cost_between(begin, end);
  }
  free_cost_ = 0;
  for (LivePass& live : live_) {
    live.corrected = CorrectedCosts(live.order, learned_);
    for (DearStep& step : live.dear) step.cost = cost(live, step.interval);
    std::ranges::stable_sort(live.dear, {}, &DearStep::cost);
    live.free_cost = free_cost_of(live);
    free_cost_ += live.free_cost;
  }
  look();
}

void FreePool::learn_homes(Homes homes) {
  for (Homes::Sought& sought : homes.sought) {
    const auto known =
        std::ranges::lower_bound(homes_.sought, sought.file, {}, &Homes::Sought::file);
    if (known != homes_.sought.end() && known->file == sought.file) sought.tried = known->tried;
  }
  homes_ = std::move(homes);
  dear_ = none_is_dear;
  for (LivePass& live : live_) {
    const std::vector<Interval> free = free_intervals(live.pass);
    live.at_home = HomeWork(live.order, homes_, step_samples_);
    live.returned.clear();
    live.dear.clear();
    live.cursor = Position(dataset_.samples());
    for (const Interval& interval : free) {
      const bool is_new = live.at_home.insert(interval);
      EVENKEEL_CHECK(is_new);
    }
  }
  look();
}

double FreePool::free_cost_of(const LivePass& live) const {
  double sum = cost(live, {live.cursor, Position(dataset_.samples())});
  for (const Interval& interval : live.returned.intervals()) sum += cost(live, interval);
  for (const DearStep& step : live.dear) sum += step.cost;
  for (const IntervalSet& set : live.at_home.free()) {
    for (const Interval& interval : set.intervals()) sum += cost(live, interval);
  }
  return sum;
}

Pass FreePool::pass() const { return live_.empty() ? pass_of(epochs_ - 1) : live_.front().pass; }

std::vector<Interval> FreePool::free_intervals(Pass pass) const {
  const LivePass& live = find(pass);
  std::vector<Interval> intervals(live.returned.intervals().begin(),
                                  live.returned.intervals().end());
  for (const DearStep& step : live.dear) intervals.push_back(step.interval);
  for (const IntervalSet& set : live.at_home.free()) {
    intervals.insert(intervals.end(), set.intervals().begin(), set.intervals().end());
  }
  const Position end(dataset_.samples());
  if (live.cursor < end) intervals.push_back({live.cursor, end});
  return intervals;
}

std::vector<Pass> FreePool::live_passes() const {
  std::vector<Pass> passes;
  for (const LivePass& live : live_) passes.push_back(live.pass);
  return passes;
}

bool FreePool::has_only_dear(const LivePass& live) const {
  return live.returned.empty() && live.cursor.value() == dataset_.samples();
}

Interval FreePool::front(const LivePass& live) const {
  for (const IntervalSet& set : live.at_home.free()) {
    if (!set.empty()) return set.intervals().front();
  }
  if (has_only_dear(live)) return live.dear.front().interval;
  if (!live.returned.empty()) return live.returned.intervals().front();
  return {live.cursor, Position(dataset_.samples())};
}

std::size_t FreePool::place_of(Pass pass) const {
  EVENKEEL_CHECK(!live_.empty() && pass >= live_.front().pass && pass <= live_.back().pass);
  return static_cast<std::size_t>(pass.epoch.value() - live_.front().pass.epoch.value());
}

Position FreePool::grid_before(Position position) const {
  return Position(position.value() / step_samples_ * step_samples_);
}

Position FreePool::on_grid(Position position) const {
  const std::int64_t steps = (position.value() + step_samples_ - 1) / step_samples_;
  return Position(steps * step_samples_);
}

}  // namespace evenkeel
