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
    return part.first < Epoch(opened_) || part.first >= Epoch(epochs);
  });
  for (const auto& [epoch, part] : before_.parts) {
    const LiveEpoch rest = open(epoch, part);
    samples_ -= dataset.samples() - rest.free_samples;
    cost_ -= dataset.cost() - rest.free_cost;
  }
  live_.reserve(live_at_once_);
  forget_finished_epochs();
}

void FreePool::open_epochs() {
  while (live_.size() < live_at_once_ && opened_ < epochs_) {
    const Epoch epoch(opened_++);
    const auto part = before_.parts.extract(epoch);
    live_.push_back(open(epoch, part.empty() ? IntervalSet() : part.mapped()));
    live_.back().returned.reserve(expected_fragments);
    next_cost_ = opened_ < epochs_ ? cost_ahead(Epoch(opened_)) : 0;
  }
}

// Of an epoch that is not live yet; an estimate if an earlier job has begun it.
double FreePool::cost_ahead(Epoch epoch) const {
  const auto part = before_.parts.find(epoch);
  const std::int64_t done = part == before_.parts.end() ? 0 : part->second.samples();
  return dataset_.cost() * static_cast<double>(dataset_.samples() - done) /
         static_cast<double>(dataset_.samples());
}

FreePool::LiveEpoch FreePool::open(Epoch epoch, const IntervalSet& done) const {
  LiveEpoch live{epoch,
                 EpochOrder(dataset_, order_, epoch),
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
  for (const LiveEpoch& live : live_) {
    work.samples += live.free_samples;
    work.cost += live.free_cost;
  }
  if (const LiveEpoch* live = first_with_work()) {
    const Interval all = front(*live);
    work.front_epoch = live->epoch;
    if (live != &live_.front()) work.next_cost = next_cost_;
    work.front_step_cost = live->order.cost({all.begin, std::min(all.end, on_grid(all.begin + 1))});
  }
  return work;
}

FreePool::Piece FreePool::take(std::int64_t samples, const std::optional<double>& cost) {
  const LiveEpoch* found = first_with_work();
  EVENKEEL_CHECK(found != nullptr && samples >= 1);
  LiveEpoch& live = find(found->epoch);
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
  return {live.epoch, piece, piece_cost};
}

// Costs are unequal: moves the end in proportion, or where that leaves what is already known to
// be too short or too long, to where the cost should be in between; one step at least.
Interval FreePool::fit_to_cost(const LiveEpoch& live, Interval piece, Position limit,
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

void FreePool::put_back(Epoch epoch, Interval interval) {
  if (interval.empty()) return;
  LiveEpoch& live = find(epoch);
  const bool was_not_free = interval.end <= live.cursor && live.returned.insert(interval);
  EVENKEEL_CHECK(was_not_free);
  live.free_samples += interval.samples();
  live.free_cost += live.order.cost(interval);
}

void FreePool::finish(Epoch epoch, std::int64_t samples) {
  LiveEpoch& live = find(epoch);
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

double FreePool::cost(Epoch epoch, Interval interval) const {
  return find(epoch).order.cost(interval);
}

Epoch FreePool::epoch() const { return live_.empty() ? Epoch(epochs_ - 1) : live_.front().epoch; }

std::vector<Interval> FreePool::free_intervals(Epoch epoch) const {
  const LiveEpoch& live = find(epoch);
  std::vector<Interval> intervals(live.returned.intervals().begin(),
                                  live.returned.intervals().end());
  const Position end(dataset_.samples());
  if (live.cursor < end) intervals.push_back({live.cursor, end});
  return intervals;
}

std::vector<Epoch> FreePool::live_epochs() const {
  std::vector<Epoch> epochs;
  for (const LiveEpoch& live : live_) epochs.push_back(live.epoch);
  return epochs;
}

Interval FreePool::front(const LiveEpoch& live) const {
  if (!live.returned.empty()) return live.returned.intervals().front();
  return {live.cursor, Position(dataset_.samples())};
}

const FreePool::LiveEpoch* FreePool::first_with_work() const {
  for (const LiveEpoch& live : live_) {
    if (live.free_samples > 0) return &live;
  }
  return nullptr;
}

const FreePool::LiveEpoch& FreePool::find(Epoch epoch) const {
  for (const LiveEpoch& live : live_) {
    if (live.epoch == epoch) return live;
  }
  EVENKEEL_CHECK(false);
  return live_.front();
}

FreePool::LiveEpoch& FreePool::find(Epoch epoch) {
  return const_cast<LiveEpoch&>(static_cast<const FreePool*>(this)->find(epoch));
}

Position FreePool::on_grid(Position position) const {
  const std::int64_t steps = (position.value() + step_samples_ - 1) / step_samples_;
  return Position(steps * step_samples_);
}

}  // namespace evenkeel
