#include "long_steps.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <optional>

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

}  // namespace

std::string long_steps_text(const ClusterProfile& cluster, const std::string& profile_path,
                            double step_cost, std::string_view cost_unit, const JobOptions& job,
                            double time_scale) {
  double longest_s = 0;
  std::size_t slowest = 0;
  for (std::size_t i = 0; i < cluster.ranks.size(); ++i) {
    const RankProfile& rank = cluster.ranks[i];
    const double step_s =
        time_scale * (to_seconds(rank.overhead) + rank.work(step_cost) / rank.speed_at(Instant()));
    if (step_s > longest_s) slowest = i;
    longest_s = std::max(longest_s, step_s);
  }
  const double deadline_s = first_deadline_s(job);
  const bool is_late = longest_s > deadline_s;
  if (!is_late && longest_s < noted_step_s) return "";
  const bool in_steps = job.mode == Mode::step;
  std::string text = fmt::format("{}: a step takes {} on rank {}", profile_path,
                                 duration_text(longest_s), slowest + 1);
  if (is_late) {
    text += fmt::format(", and after {} of silence {}", duration_text(deadline_s),
                        in_steps ? "the job is given up" : "a rank counts as lost");
  }
  const std::string unit = cost_unit.empty() ? "" : fmt::format(" ({})", printable(cost_unit));
  return text + fmt::format(
                    "; are the speeds per second in the unit of the manifest's costs{}? {} makes "
                    "steps shorter{}",
                    unit, in_steps ? "--global-batch" : "--step-samples",
                    is_late ? ", --lease-deadline the wait longer" : "");
}

}  // namespace evenkeel
