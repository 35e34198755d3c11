#include "simulation/latest_end.h"

#include <algorithm>
#include <limits>
#include <vector>

namespace evenkeel {
namespace {

double largest(const std::vector<FileFactor>& factors) {
  double most = 1;
  for (const FileFactor& factor : factors) most = std::max(most, factor.factor);
  return most;
}

// Of the cost of any file on any worker, over what is declared.
double dearest_factor(const ClusterProfile& cluster) {
  double most = 1;
  for (const RankProfile& rank : cluster.ranks) most = std::max(most, largest(rank.file_factors));
  return most * largest(cluster.file_factors);
}

// Times in which somebody is away, those that end.
struct Absences {
  double sum_s = 0;
  double longest_s = 0;
  double last_begin_s = 0;

  void add(const std::vector<RankProfile::Hang>& times) {
    for (const RankProfile::Hang& time : times) {
      last_begin_s = std::max(last_begin_s, to_seconds(time.from));
      if (time.to == RankProfile::never) continue;
      sum_s += to_seconds(time.to - time.from);
      longest_s = std::max(longest_s, to_seconds(time.to - time.from));
    }
  }
};

constexpr double first_step_s = 600;  // is waited for
constexpr double steps_waited_for = 8;
constexpr double held_off_s = 0.25;  // after a failure
constexpr double hopeless_s = 60;    // until a job is given up
constexpr double most_overhead_s = 0.02;
constexpr double most_told_s = 3600;      // of a step, in jobs that take less than that
constexpr double spread_of_costs = 1000;  // of a sample

double least_speed(const RankProfile& rank) {
  double least = rank.speed;
  for (const RankProfile::Phase& phase : rank.phases) least = std::min(least, phase.speed);
  return least;
}

constexpr double most_ahead_s = 600;     // a time that is told, of the clock
constexpr double round_trips = 5;        // per step, until its plan has come
constexpr double most_times_longer = 4;  // a step than its cost says, for noise

}  // namespace

double latest_end_s(const RandomJob& job, const SimulationResult& result) {
  Absences absences;
  absences.add(job.cluster.standstills);
  double slowest = std::numeric_limits<double>::infinity();
  double told_s = 0;
  for (const RankProfile& rank : job.cluster.ranks) {
    absences.add(rank.hangs);
    absences.add(rank.restarts);
    absences.add(rank.cut_to_coordinator);
    absences.add(rank.cut_to_rank);
    slowest = std::min(slowest, least_speed(rank));
    if (rank.lies > 0) told_s = std::max(told_s, std::min(most_told_s, to_seconds(rank.lie)));
  }
  const auto tried_steps = static_cast<double>(result.job.steps + result.failures);
  const double work_s =
      4 * (dearest_factor(job.cluster) * job.dataset.cost() * job.options.epochs / slowest +
           most_overhead_s * tried_steps);
  const double failing_s = hopeless_s + held_off_s * static_cast<double>(result.failures);
  const double longest_step_s =
      result.slowest_step_s + told_s * (job.dataset.uniform_cost() ? 1 : spread_of_costs);
  const double silence_s =
      2 * (first_step_s + steps_waited_for * longest_step_s + absences.longest_s +
           to_seconds(job.options.lease_deadline.value_or(Duration())));
  return absences.last_begin_s + absences.sum_s + work_s + failing_s +
         silence_s * static_cast<double>(job.cluster.ranks.size());
}

double latest_end_s(const RandomStepJob& job) {
  const BatchLine& line = job.options.step->line;
  Absences absences;
  absences.add(job.cluster.standstills);
  double slowest = std::numeric_limits<double>::infinity();
  bool lies = false;
  for (const RankProfile& rank : job.cluster.ranks) {
    absences.add(rank.hangs);
    absences.add(rank.cut_to_coordinator);
    absences.add(rank.cut_to_rank);
    if (rank.dies_at)
      absences.last_begin_s = std::max(absences.last_begin_s, to_seconds(*rank.dies_at));
    slowest = std::min(slowest, least_speed(rank));
    lies |= rank.lies > 0;
  }
  const double batch_cost =
      std::min(job.dataset.cost(), static_cast<double>(line.global_batch) *
                                       job.dataset.largest_sample_costs(1).front());
  const double a_step_s = most_times_longer * (batch_cost / slowest + most_overhead_s) +
                          to_seconds(job.cluster.all_reduce.time(job.cluster.ranks.size()));
  const double work_s = static_cast<double>(line.own_steps()) *
                        (a_step_s + 2 * round_trips * to_seconds(job.cluster.latency));
  const double away_s = absences.sum_s + absences.last_begin_s;
  const double longest_step_s =
      lies ? work_s + away_s + most_ahead_s : a_step_s + absences.longest_s;
  const double silence_s = job.options.lease_deadline
                               ? to_seconds(*job.options.lease_deadline)
                               : std::max(first_step_s, steps_waited_for * longest_step_s);
  const auto silences = static_cast<double>(1 + job.cluster.standstills.size());
  return work_s + away_s + silences * silence_s + hopeless_s;
}

Instant cut_for_ever(const std::vector<RankProfile::Hang>& cuts) {
  const bool is_for_ever = !cuts.empty() && cuts.back().to == RankProfile::never;
  return is_for_ever ? cuts.back().from : RankProfile::never;
}

}  // namespace evenkeel
