#include "simulation/latest_end.h"

#include <algorithm>
#include <limits>
#include <vector>

namespace evenkeel {
namespace {

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

double least_speed(const RankProfile& rank) {
  double least = rank.speed;
  for (const RankProfile::Phase& phase : rank.phases) least = std::min(least, phase.speed);
  return least;
}

}  // namespace

double latest_end_s(const RandomJob& job, const SimulationResult& result) {
  Absences absences;
  absences.add(job.cluster.standstills);
  double slowest = std::numeric_limits<double>::infinity();
  for (const RankProfile& rank : job.cluster.ranks) {
    absences.add(rank.hangs);
    absences.add(rank.restarts);
    absences.add(rank.cut_to_coordinator);
    absences.add(rank.cut_to_rank);
    slowest = std::min(slowest, least_speed(rank));
    if (rank.lies > 0 && rank.lie > std::chrono::seconds(1)) {
      return std::numeric_limits<double>::infinity();
    }
  }
  const auto tried_steps = static_cast<double>(result.job.steps + result.failures);
  const double work_s =
      4 * (job.dataset.cost() * job.options.epochs / slowest + most_overhead_s * tried_steps);
  const double failing_s = hopeless_s + held_off_s * static_cast<double>(result.failures);
  const double silence_s =
      2 * (first_step_s + steps_waited_for * result.slowest_step_s + absences.longest_s +
           to_seconds(job.options.lease_deadline.value_or(Duration())));
  return absences.last_begin_s + absences.sum_s + work_s + failing_s +
         silence_s * static_cast<double>(job.cluster.ranks.size());
}

}  // namespace evenkeel
