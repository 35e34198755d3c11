#include "coordinator/free_pool.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "core/check.h"

namespace evenkeel {
namespace {

// What lost workers and trims leave behind merges quickly; this many fragments need no
// allocation.
constexpr std::size_t expected_fragments = 1024;

// A lease whose cost is this far from what was asked for is near enough.
constexpr double near_enough = 0.1;
constexpr int fitting_rounds = 6;

}  // namespace

FreePool::FreePool(const Dataset& dataset, const OrderOptions& order, std::int32_t epochs,
                   EpochOverlap overlap, std::int64_t step_samples, DoneWork done)
    : dataset_(dataset),
      order_(order),
      epochs_(epochs),
      live_at_once_(overlap == EpochOverlap::allowed ? 2 : 1),
      step_samples_(step_samples),
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
  live_.reserve(live_at_once_);
  forget_finished_epochs();
}

void FreePool::open_epochs() {
  while (live_.size() < live_at_once_ && opened_ < epochs_) {
    const Pass pass = pass_of(opened_++);
    const auto part = before_.parts.extract(pass);
    live_.push_back(open(pass, part.empty() ? IntervalSet() : part.mapped()));
    live_.back().returned.reserve(expected_fragments);
    next_cost_ = opened_ < epochs_ ? cost_ahead(pass_of(opened_)) : 0;
  }
}

// Of an epoch that is not live yet; an estimate if an earlier job has begun it.
double FreePool::cost_ahead(Pass pass) const {
  const auto part = before_.parts.find(pass);
  const std::int64_t done = part == before_.parts.end() ? 0 : part->second.samples();
  return dataset_.cost() * static_cast<double>(dataset_.samples() - done) /
         static_cast<double>(dataset_.samples());
}

FreePool::LivePass FreePool::open(Pass pass, const IntervalSet& done) const {
  LivePass live{pass,
                EpochOrder(dataset_, order_, pass.epoch),
                Position(0),
                IntervalSet(),
                dataset_.samples(),
                dataset_.samples(),
                dataset_.cost()};
  if (done.empty()) return live;
  const Position end(dataset_.samples());
  live.cursor = end;
  live.free_cost = 0;
  for (const Interval& gap : done.gaps({Position(0), end})) {
    live.free_cost += live.order.cost(gap);
    if (gap.end == end) {
      live.cursor = gap.begin;
    } else {
      const bool is_new = live.returned.insert(gap);
      EVENKEEL_CHECK(is_new);
    }
  }
  live.free_samples = live.undone = dataset_.samples() - done.samples();
  return live;
}

FreeWork FreePool::view() const {
  FreeWork work;
  for (const LivePass& live : live_) {
    work.samples += live.free_samples;
    work.cost += live.free_cost;
  }
  if (const LivePass* live = first_with_work()) {
    const Interval all = front(*live);
    work.front_pass = live->pass;
    if (live != &live_.front()) work.next_cost = next_cost_;
    work.front_step_cost = live->order.cost({all.begin, std::min(all.end, on_grid(all.begin + 1))});
  }
  return work;
}

FreePool::Piece FreePool::take(std::int64_t samples, const std::optional<double>& cost) {
  const LivePass* found = first_with_work();
  EVENKEEL_CHECK(found != nullptr && samples >= 1);
  LivePass& live = find(found->pass);
  const Interval all = front(live);
  Interval piece{all.begin, samples >= all.samples()
                                ? all.end
                                : std::min(all.end, on_grid(all.begin + samples))};
  if (cost && !dataset_.uniform_cost()) piece = fit_to_cost(live, piece, all.end, *cost);

  if (live.returned.empty()) {
    live.cursor = piece.end;
  } else {
    const Interval taken = live.returned.take_front(piece.samples());
    EVENKEEL_CHECK(taken == piece);
  }
  const double piece_cost = live.order.cost(piece);
  live.free_samples -= piece.samples();
  live.free_cost = live.free_samples == 0 ? 0 : std::max(0.0, live.free_cost - piece_cost);
  return {live.pass, piece, piece_cost};
}

// Costs are unequal: moves the end in proportion, or where that leaves what is already known to
// be too short or too long, to where the cost should be in between; one step at least.
Interval FreePool::fit_to_cost(const LivePass& live, Interval piece, Position limit,
                               double cost) const {
  const Position least = std::min(limit, on_grid(piece.begin + 1));
  Position low = piece.begin;
  double low_cost = 0;
  Position high = limit;
  double high_cost = live.order.cost({piece.begin, limit});
  for (int round = 0; round < fitting_rounds; ++round) {
    const double actual = live.order.cost(piece);
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
        std::clamp(on_grid(piece.begin + static_cast<std::int64_t>(samples)), least, limit);
    if (end == piece.end) break;
    piece.end = end;
  }
  return piece;
}

void FreePool::put_back(Pass pass, Interval interval) {
  if (interval.empty()) return;
  LivePass& live = find(pass);
  const bool was_not_free = interval.end <= live.cursor && live.returned.insert(interval);
  EVENKEEL_CHECK(was_not_free);
  live.free_samples += interval.samples();
  live.free_cost += live.order.cost(interval);
}

void FreePool::finish(Pass pass, std::int64_t samples) {
  LivePass& live = find(pass);
  live.undone -= samples;
  EVENKEEL_CHECK(live.undone >= live.free_samples);
  forget_finished_epochs();
}

// In order: a later epoch that is finished first waits for the earlier one.
void FreePool::forget_finished_epochs() {
  open_epochs();
  while (!live_.empty() && live_.front().undone == 0) {
    live_.erase(live_.begin());
    open_epochs();  // the next may have been done by an earlier job
  }
}

double FreePool::cost(Pass pass, Interval interval) const {
  return find(pass).order.cost(interval);
}

Pass FreePool::pass() const { return live_.empty() ? pass_of(epochs_ - 1) : live_.front().pass; }

std::vector<Interval> FreePool::free_intervals(Pass pass) const {
  const LivePass& live = find(pass);
  std::vector<Interval> intervals(live.returned.intervals().begin(),
                                  live.returned.intervals().end());
  const Position end(dataset_.samples());
  if (live.cursor < end) intervals.push_back({live.cursor, end});
  return intervals;
}

std::vector<Pass> FreePool::live_passes() const {
  std::vector<Pass> passes;
  for (const LivePass& live : live_) passes.push_back(live.pass);
  return passes;
}

Interval FreePool::front(const LivePass& live) const {
  if (!live.returned.empty()) return live.returned.intervals().front();
  return {live.cursor, Position(dataset_.samples())};
}

const FreePool::LivePass* FreePool::first_with_work() const {
  for (const LivePass& live : live_) {
    if (live.free_samples > 0) return &live;
  }
  return nullptr;
}

const FreePool::LivePass& FreePool::find(Pass pass) const {
  for (const LivePass& live : live_) {
    if (live.pass == pass) return live;
  }
  EVENKEEL_CHECK(false);
  return live_.front();
}

FreePool::LivePass& FreePool::find(Pass pass) {
  return const_cast<LivePass&>(static_cast<const FreePool*>(this)->find(pass));
}

Position FreePool::on_grid(Position position) const {
  const std::int64_t steps = (position.value() + step_samples_ - 1) / step_samples_;
  return Position(steps * step_samples_);
}

}  // namespace evenkeel
