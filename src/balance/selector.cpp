#include "balance/selector.h"

#include <algorithm>
#include <limits>
#include <optional>

namespace evenkeel {

WorkerIndex RandomSelector::select(double /*mean_rate*/) {
  while (true) {
    const auto workers = static_cast<std::uint64_t>(alive_.size());
    const WorkerIndex worker(static_cast<std::int32_t>(random_.below(workers)));
    if (alive_[worker]) return worker;
  }
}

WorkerIndex RoundRobinSelector::select(double /*mean_rate*/) {
  do {
    last_ = WorkerIndex((last_.value() + 1) % alive_.size());
  } while (!alive_[last_]);
  return last_;
}

void LeastSelector::update(WorkerIndex worker, const WorkerView& view) {
  measured_.remove(worker);
  unmeasured_.remove(worker);
  if (!view.alive) return;
  const double cost =
      figure_ == Figure::outstanding_time ? view.outstanding_cost : view.assigned_cost;
  const double rate = figure_ == Figure::assigned_by_weight ? view.weight : view.rate;
  if (rate > 0) {
    // A live worker always has a key, even at a tiny rate.
    measured_.set(worker, std::min(cost / rate, std::numeric_limits<double>::max()));
  } else {
    unmeasured_.set(worker, cost);
  }
}

WorkerIndex LeastSelector::select(double mean_rate) {
  const std::optional<WorkerIndex> measured = measured_.winner();
  const std::optional<WorkerIndex> unmeasured = unmeasured_.winner();
  if (!measured) return unmeasured.value();
  if (!unmeasured) return *measured;
  const bool is_sooner = unmeasured_.key(*unmeasured) / mean_rate < measured_.key(*measured);
  return is_sooner ? *unmeasured : *measured;
}

}  // namespace evenkeel
