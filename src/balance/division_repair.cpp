#include "balance/division_repair.h"

#include <algorithm>
#include <cstddef>
#include <optional>
#include <vector>

namespace evenkeel {
namespace {

constexpr std::int32_t none = -1;
constexpr std::int64_t attempts_a_worker = 32;
constexpr std::uint64_t even_enough = 1024;  // ends within 1/1024 of the last one

class DivisionRepair {
 public:
  DivisionRepair(std::span<const std::uint32_t> costs, std::span<const std::int32_t> samples,
                 const PerWorker<DivisionWorker>& workers, std::span<WorkerIndex> division);

  void run();

 private:
  struct Worker {
    std::uint64_t end = 0;  // with its head start even if it has no samples
    std::uint64_t pace = 1;
    std::int32_t least = 0;
    std::int32_t most = 0;
    std::int32_t count = 0;
    std::int32_t first = none;  // its cheapest sample; the others follow in next_, rising
  };

  // The last worker gives a sample and gets one, or `none`.
  struct Trade {
    std::int32_t given = none;
    std::int32_t taken = none;
    std::uint64_t latest_end = 0;  // of the two, afterwards
  };

  std::optional<std::size_t> last_place() const;
  std::optional<Trade> best_trade(const Worker& last, const Worker& partner) const;
  void carry_out(const Trade& trade, std::size_t last_place, std::size_t partner_place);

  void insert(WorkerIndex worker, std::int32_t sample);
  void erase(WorkerIndex worker, std::int32_t sample);
  void insert_in_order(WorkerIndex worker);

  std::uint64_t cost(std::int32_t sample) const { return costs_[static_cast<std::size_t>(sample)]; }
  std::int32_t next(std::int32_t sample) const { return next_[static_cast<std::size_t>(sample)]; }
  std::int32_t& next(std::int32_t sample) { return next_[static_cast<std::size_t>(sample)]; }
  const Worker& at(std::size_t place) const { return workers_[order_[place]]; }
  bool ends_before(WorkerIndex a, WorkerIndex b) const {
    return workers_[a].end != workers_[b].end ? workers_[a].end < workers_[b].end : a < b;
  }

  std::span<const std::uint32_t> costs_;
  std::span<WorkerIndex> division_;
  PerWorker<Worker> workers_;
  std::vector<std::int32_t> next_;  // of each sample, in its worker's list
  std::vector<WorkerIndex> order_;  // by rising end
};

DivisionRepair::DivisionRepair(std::span<const std::uint32_t> costs,
                               std::span<const std::int32_t> samples,
                               const PerWorker<DivisionWorker>& workers,
                               std::span<WorkerIndex> division)
    : costs_(costs), division_(division), workers_(workers.size()), next_(costs.size()) {
  for (const WorkerIndex worker : workers.indices()) {
    const DivisionWorker& from = workers[worker];
    workers_[worker] = {from.head_start, from.pace, from.least, from.most};
    order_.push_back(worker);
  }
  for (const std::int32_t sample : samples) {
    Worker& to = workers_[division[static_cast<std::size_t>(sample)]];
    to.end += cost(sample) * to.pace;
    ++to.count;
    next(sample) = to.first;
    to.first = sample;
  }
  std::ranges::sort(order_, [&](WorkerIndex a, WorkerIndex b) { return ends_before(a, b); });
}

void DivisionRepair::run() {
  std::int64_t attempts_left = attempts_a_worker * workers_.size();
  while (const std::optional<std::size_t> last_place = this->last_place()) {
    const Worker& last = at(*last_place);
    if (last.end - at(0).end <= last.end / even_enough) return;
    std::optional<Trade> trade;
    std::size_t place = 0;
    for (; !trade; ++place) {
      const Worker& partner = at(place);
      if (partner.end >= last.end || attempts_left-- == 0) return;
      trade = best_trade(last, partner);
    }
    carry_out(*trade, *last_place, place - 1);
  }
}

// Of the worker that ends last. A worker without samples does not work, however late its head
// start would be over.
std::optional<std::size_t> DivisionRepair::last_place() const {
  for (std::size_t place = order_.size(); place-- > 0;) {
    if (at(place).count > 0) return place;
  }
  return std::nullopt;
}

std::optional<DivisionRepair::Trade> DivisionRepair::best_trade(const Worker& last,
                                                                const Worker& partner) const {
  // Were costs divisible, both would end together if this much went over.
  const std::uint64_t ideal = (last.end - partner.end) / (last.pace + partner.pace);
  Trade best{none, none, last.end};
  const auto consider = [&](std::int32_t given, std::int32_t taken, std::uint64_t difference) {
    const bool is_left_empty = taken == none && last.count == 1;
    const std::uint64_t last_end = is_left_empty ? 0 : last.end - difference * last.pace;
    const std::uint64_t latest_end = std::max(last_end, partner.end + difference * partner.pace);
    if (latest_end < best.latest_end) best = {given, taken, latest_end};
  };
  const bool may_move = last.count > last.least && partner.count < partner.most;
  // Best for a given sample is one of two of the partner's: `below`, the cheapest that lets at
  // most the ideal go over, or `above`, the one before it. As the given sample's cost rises, so
  // do theirs.
  std::int32_t above = none;
  std::int32_t below = partner.first;
  for (std::int32_t given = last.first; given != none; given = next(given)) {
    while (below != none && cost(below) + ideal < cost(given)) {
      above = below;
      below = next(below);
    }
    if (may_move) consider(given, none, cost(given));
    if (above != none) consider(given, above, cost(given) - cost(above));
    if (below != none && cost(below) < cost(given)) {
      consider(given, below, cost(given) - cost(below));
    }
  }
  if (best.given == none) return std::nullopt;
  return best;
}

void DivisionRepair::carry_out(const Trade& trade, std::size_t last_place,
                               std::size_t partner_place) {
  const WorkerIndex last = order_[last_place];
  const WorkerIndex partner = order_[partner_place];
  erase(last, trade.given);
  if (trade.taken != none) {
    erase(partner, trade.taken);
    insert(last, trade.taken);
  }
  insert(partner, trade.given);
  // The partner ended earlier, so its place is not moved by what follows it.
  order_.erase(order_.begin() + static_cast<std::ptrdiff_t>(last_place));
  order_.erase(order_.begin() + static_cast<std::ptrdiff_t>(partner_place));
  insert_in_order(last);
  insert_in_order(partner);
}

void DivisionRepair::insert(WorkerIndex worker, std::int32_t sample) {
  Worker& to = workers_[worker];
  std::int32_t* link = &to.first;
  while (*link != none && cost(*link) < cost(sample)) link = &next(*link);
  next(sample) = *link;
  *link = sample;
  to.end += cost(sample) * to.pace;
  ++to.count;
  division_[static_cast<std::size_t>(sample)] = worker;
}

void DivisionRepair::erase(WorkerIndex worker, std::int32_t sample) {
  Worker& from = workers_[worker];
  std::int32_t* link = &from.first;
  while (*link != sample) link = &next(*link);
  *link = next(sample);
  from.end -= cost(sample) * from.pace;
  --from.count;
}

void DivisionRepair::insert_in_order(WorkerIndex worker) {
  const auto place = std::ranges::lower_bound(
      order_, worker, [&](WorkerIndex a, WorkerIndex b) { return ends_before(a, b); });
  order_.insert(place, worker);
}

}  // namespace

void repair_division(std::span<const std::uint32_t> costs, std::span<const std::int32_t> samples,
                     const PerWorker<DivisionWorker>& workers, std::span<WorkerIndex> division) {
  DivisionRepair(costs, samples, workers, division).run();
}

}  // namespace evenkeel
