#include "long_steps.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <optional>
#include <vector>

#include "coordinator/deadlines.h"
#include "core/display_text.h"
#include "core/number_format.h"
#include "core/time.h"

namespace evenkeel {
namespace {

constexpr double noted_step_s = 60;

// Until its first step, a worker may be silent for so long.
double first_deadline_s(const JobOptions& job) {
  std::optional<Duration> given;
  if (job.lease_deadline_s) given = from_seconds(*job.lease_deadline_s);
  return to_seconds(Deadlines(given).patience(Duration::zero(), 0));
}

// The most that the step costs by these factors, if it is of their files as far as it can be.
double dearest_cost(const UsualStep& step, const std::vector<FileFactor>& factors, double cost) {
  double dearest = 1;
  double more = 0;
  for (const FileFactor& factor : factors) {
    dearest = std::max(dearest, factor.factor);
    more += std::max(0.0, factor.factor - 1) * step.file_cost(factor.file);
  }
  return cost * std::min(dearest, 1 + more / step.cost);
}

double least_speed(const RankProfile& rank, double end_s) {
  double least = rank.speed_at(Instant());
  for (const RankProfile::Phase& phase : rank.phases) {
    if (to_seconds(phase.from) < end_s) least = std::min(least, phase.speed);
  }
  return least;
}

double usual_s(const RankProfile& rank, double cost) {
  return to_seconds(rank.overhead) + rank.work(cost) / rank.speed_at(Instant());
}

double longest_s(const ClusterProfile& cluster, const RankProfile& rank, const UsualStep& step,
                 double end_s) {
  const double of_all = dearest_cost(step, cluster.file_factors, step.cost);
  const double cost = dearest_cost(step, rank.file_factors, of_all);
  double longest = to_seconds(rank.overhead) + rank.work(cost) / least_speed(rank, end_s);
  if (rank.warm_up.steps > 0) longest *= std::max(1.0, rank.warm_up.factor);
  const RankProfile::Pauses& pauses = rank.pauses;
  const bool may_pause =
      pauses.every > 0 && static_cast<double>(pauses.first) * usual_s(rank, step.cost) < end_s;
  return longest + (may_pause ? to_seconds(pauses.length) : 0);
}

}  // namespace

std::string long_steps_text(const ClusterProfile& cluster, const std::string& profile_path,
                            const UsualStep& step, const JobOptions& job, double end_s,
                            double time_scale) {
  double most_s = 0;
  std::size_t slowest = 0;
  for (std::size_t i = 0; i < cluster.ranks.size(); ++i) {
    const double step_s = time_scale * longest_s(cluster, cluster.ranks[i], step, end_s);
    if (step_s > most_s) slowest = i;
    most_s = std::max(most_s, step_s);
  }
  const double deadline_s = first_deadline_s(job);
  const bool is_late = most_s > deadline_s;
  if (!is_late && most_s < noted_step_s) return "";
  const bool in_steps = job.mode == Mode::step;
  const bool is_usual = most_s <= time_scale * usual_s(cluster.ranks[slowest], step.cost);
  std::string text = fmt::format("{}: a step takes {}{} on rank {}", profile_path,
                                 is_usual ? "" : "up to ", duration_text(most_s), slowest + 1);
  if (is_late) {
    text += fmt::format(", and after {} of silence {}", duration_text(deadline_s),
                        in_steps ? "the job is given up" : "a rank counts as lost");
  }
  const std::string unit =
      step.cost_unit.empty() ? "" : fmt::format(" ({})", printable(step.cost_unit));
  return text + fmt::format(
                    "; are the speeds per second in the unit of the manifest's costs{}? {} makes "
                    "steps shorter{}",
                    unit, in_steps ? "--global-batch" : "--step-samples",
                    is_late ? ", --lease-deadline the wait longer" : "");
}

}  // namespace evenkeel
