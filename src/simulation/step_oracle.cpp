#include "simulation/step_oracle.h"

#include <algorithm>
#include <cstddef>
#include <optional>
#include <utility>

#include "balance/step_divider.h"
#include "coordinator/batch_costs.h"
#include "core/random.h"
#include "dataset/epoch_order.h"
#include "simulation/device.h"
#include "simulation/true_costs.h"

namespace evenkeel {
namespace {

// A worker's next step as it is known beforehand.
struct KnownStep {
  const RankProfile* profile;
  double micro_batch_cost;
  double speed;
  double factor;         // of the warm-up
  double pause_s;        // also without work
  double stand_in_cost;  // 0: none
  std::int64_t least;
  std::int64_t most;

  double time_s(std::int64_t count) const {
    const double cost = count == 0 ? stand_in_cost : static_cast<double>(count) * micro_batch_cost;
    if (cost == 0) return pause_s;
    const double work = profile->work(cost);
    return pause_s + factor * (to_seconds(profile->overhead) + work / speed);
  }

  // The most micro-batches that take no longer than `within_s`; `least` at least.
  std::int64_t count_within(double within_s) const {
    std::int64_t low = least;
    std::int64_t high = most;
    while (low < high) {
      const std::int64_t middle = low + (high - low + 1) / 2;
      if (time_s(middle) <= within_s) {
        low = middle;
      } else {
        high = middle - 1;
      }
    }
    return low;
  }

  bool is_linear() const { return profile->does_costs() && pause_s == 0; }
  friend bool operator==(const KnownStep&, const KnownStep&) = default;
};

std::int64_t sum_within(const PerWorker<KnownStep>& steps, double within_s) {
  std::int64_t sum = 0;
  for (const KnownStep& step : steps) sum += step.count_within(within_s);
  return sum;
}

// Counts that sum to `micro_batches` and minimise the longest step, for times that grow in any way.
PerWorker<std::int64_t> best_counts(const PerWorker<KnownStep>& steps, std::int64_t micro_batches) {
  double low_s = 0;
  double high_s = 0;
  for (const KnownStep& step : steps) high_s = std::max(high_s, step.time_s(step.most));
  constexpr int rounds = 60;  // exact to a double
  for (int round = 0; round < rounds; ++round) {
    const double middle_s = (low_s + high_s) / 2;
    (sum_within(steps, middle_s) >= micro_batches ? high_s : low_s) = middle_s;
  }
  PerWorker<std::int64_t> counts;
  std::int64_t surplus = -micro_batches;
  for (const KnownStep& step : steps) surplus += counts.emplace_back(step.count_within(high_s));
  for (; surplus > 0; --surplus) {  // from the worker whose step is the longest
    std::optional<WorkerIndex> longest;
    double longest_s = 0;
    for (const WorkerIndex worker : counts.indices()) {
      if (counts[worker] == steps[worker].least) continue;
      const double time_s = steps[worker].time_s(counts[worker]);
      if (longest && time_s <= longest_s) continue;
      longest = worker;
      longest_s = time_s;
    }
    --counts[*longest];
  }
  return counts;
}

BatchCosts known_costs(const Dataset& dataset, const ClusterProfile& cluster,
                       const TrueCosts& true_costs, const OrderOptions& order,
                       const StepModeOptions& mode) {
  BatchCosts costs = batch_costs(dataset, order, mode);
  if (cluster.file_factors.empty()) return costs;
  costs.mean *= true_costs.mean_factor();
  double highest = 1;
  for (const FileFactor& file : cluster.file_factors) highest = std::max(highest, file.factor);
  costs.highest *= highest;
  costs.of_step = costs_of_steps(
      dataset, order, mode.line,
      [&](const EpochOrder& of, Interval sample) { return true_costs.of(of, sample); });
  return costs;
}

// The steps of all workers that begin now.
class Foresight {
 public:
  Foresight(const Dataset& dataset, const ClusterProfile& cluster, const TrueCosts& true_costs,
            const StepModeOptions& mode)
      : cluster_(cluster), least_(mode.least) {
    const BatchLine& line = mode.line;
    most_ = std::min(mode.most, line.micro_batches());
    for (std::int32_t i = 0; i < static_cast<std::int32_t>(cluster.ranks.size()); ++i) {
      stand_in_costs_.push_back(true_costs.of_stand_in(WorkerIndex(i)));
    }
    const double declared = dataset.cost() / static_cast<double>(dataset.samples()) *
                            static_cast<double>(line.micro_batch);
    for (std::int32_t i = 0; i < static_cast<std::int32_t>(cluster.ranks.size()); ++i) {
      micro_batch_costs_.push_back(declared * true_costs.mean_factor(WorkerIndex(i)));
    }
  }

  // `done`: steps of the job before.
  PerWorker<KnownStep> steps(std::int64_t done, Instant now) const {
    PerWorker<KnownStep> steps;
    for (const WorkerIndex worker : micro_batch_costs_.indices()) {
      const RankProfile& rank = cluster_.ranks[static_cast<std::size_t>(worker.value())];
      steps.push_back({&rank, micro_batch_costs_[worker], rank.speed_at(now),
                       done < rank.warm_up.steps ? rank.warm_up.factor : 1,
                       rank.pauses.precedes(done) ? to_seconds(rank.pauses.length) : 0,
                       stand_in_costs_[worker], least_, most_});
    }
    return steps;
  }

 private:
  const ClusterProfile& cluster_;
  PerWorker<double> micro_batch_costs_;
  PerWorker<double> stand_in_costs_;
  std::int64_t least_;
  std::int64_t most_;
};

// Divides steps as is best.
class KnowingDivider {
 public:
  KnowingDivider(const StepDividerOptions& options, BatchCosts costs)
      : micro_batches_(options.step.line.micro_batches()), divider_(options, std::move(costs)) {}

  StepDivision divide(std::int64_t step, const PerWorker<KnownStep>& known) {
    if (std::ranges::all_of(known, &KnownStep::is_linear)) {
      PerWorker<StepSpeed> speeds;
      for (const KnownStep& one : known) {
        speeds.push_back({to_seconds(one.profile->overhead) * one.factor,
                          one.micro_batch_cost / one.speed * one.factor, one.least, one.most});
      }
      return divider_.divide_knowing(step, speeds);
    }
    if (known_.empty() || !std::ranges::equal(known, known_)) {
      known_ = known;
      counts_ = best_counts(known, micro_batches_);
    }
    return divider_.divide_into(step, counts_);
  }

 private:
  std::int64_t micro_batches_;
  StepDivider divider_;
  PerWorker<KnownStep> known_;  // that counts_ are for
  PerWorker<std::int64_t> counts_;
};

}  // namespace

std::vector<Instant> oracle_step_ends(const Dataset& dataset, const ClusterProfile& cluster,
                                      const CoordinatorOptions& options, std::uint64_t seed) {
  StepDividerOptions divider_options = options.step_divider();
  StepModeOptions& mode = divider_options.step;
  const BatchLine& line = mode.line;
  if (!cluster.file_factors.empty() && line.micro_batch == 1) mode.by_cost = true;
  const TrueCosts true_costs(dataset, cluster);
  const Foresight foresight(dataset, cluster, true_costs, mode);
  KnowingDivider divider(divider_options,
                         known_costs(dataset, cluster, true_costs, options.order, mode));
  PerWorker<SimulatedDevice> devices;
  for (std::size_t i = 0; i < cluster.ranks.size(); ++i) {
    devices.emplace_back(cluster.ranks[i], mix_pair(seed, i));
  }
  const Duration all_reduce = cluster.all_reduce.time(cluster.ranks.size());
  std::optional<EpochOrder> order;
  std::vector<Instant> ends;
  Instant now;
  for (std::int64_t step = line.first_step; step < line.steps; ++step) {
    if (!order || step % line.steps_an_epoch() == 0)
      order.emplace(dataset, options.order, line.pass(step).epoch);
    const StepDivision division =
        divider.divide(step, foresight.steps(step - line.first_step, now));
    Instant reached = now;
    for (const WorkerIndex worker : devices.indices()) {
      double cost = 0;
      for (const Interval& own : division.part(line, worker, step)) {
        cost += true_costs.of(*order, own, worker);
      }
      if (cost == 0) cost = true_costs.of_stand_in(worker);
      const auto end = cost > 0 ? devices[worker].finish(now, cost) : devices[worker].idle(now);
      if (!end) return ends;
      reached = std::max(reached, *end);
    }
    now = std::min(reached, end_of_time) + all_reduce;
    ends.push_back(now);
    if (now > end_of_time) return ends;
  }
  return ends;
}

}  // namespace evenkeel
