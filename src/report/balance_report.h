// The balance report: how even the load was, rank by rank and node by node, and where the time
// went. One model, several writers (report_file.h).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "coordinator/job_description.h"
#include "coordinator/kept_events.h"
#include "coordinator/outputs.h"
#include "coordinator/records.h"
#include "coordinator/set_aside_samples.h"

namespace evenkeel {

// Step mode: whether a worker's trainer has said where its local work ended.
enum class LocalTime : std::uint8_t { told, told_in_part, not_told };

// A worker's record, in which local work includes all that is known of loading.
struct RankReport : WorkerRecord {
  Rank rank;
  std::string host;
  double share = 0;  // of the whole cost
  LocalTime local_time = LocalTime::told;

  double compute_s() const { return to_seconds(busy - data); }

  // Step mode: the share of its steps in which the others waited for it.
  double last() const {
    return steps > 0 ? static_cast<double>(times_last) / static_cast<double>(steps) : 0;
  }
};

// All workers of one host together: sums over them.
struct NodeReport {
  std::string host;
  std::int64_t ranks = 0;
  double cost = 0;
  double share = 0;
  double speed = 0;
  double compute_s = 0;
  double uneven_s = 0;
  bool all_told = true;  // no rank of it has left all of its local time untold
};

// A median step below this share of its limit contradicts the limit.
constexpr double least_step_ratio = 0.98;

struct BalanceReport {
  JobDescription description;
  JobRecord job;
  bool complete = false;
  double makespan_s = 0;
  double bound_s = 0;
  double ratio = 0;  // makespan / bound
  // False: too short to judge, by what was measured. Nothing is then said of the limit, of who is
  // slow, or of what adaptive would save.
  bool judged = true;
  // Lease mode: (latest − mean last finish of the workers) / makespan. Step mode: Σ over steps of
  // (longest − mean local work) / Σ mean.
  double imbalance = 0;
  std::optional<StepRecord> step;  // in step mode
  // The share of the run in which rank 0 did not sleep; none: it also trained, or is not known.
  std::optional<double> coordinator_busy;
  std::vector<RankReport> ranks;
  std::vector<NodeReport> nodes;
  std::vector<Event> events;               // in order of time
  std::int64_t events_left_out = 0;        // not kept: there were too many
  std::vector<SetAsideSamples> set_aside;  // of the samples set aside, as many as can be listed

  // Of no step is it known how long everybody worked, and how long it waited: then bound, ratio,
  // imbalance, and the workers' uneven_s, comm_s and last are not known either.
  bool cannot_tell_waiting() const {
    return step && job.steps > 0 && step->untold_steps == job.steps;
  }

  // Whether bound and ratio say something.
  bool is_limited() const { return judged && !cannot_tell_waiting(); }

  // Step mode: whether the step's limit says something. It is of mean speeds, the step a median:
  // where speeds vary much, they may contradict each other.
  bool is_step_limited() const {
    return judged && step && step->bound_s > 0 &&
           step->median_s >= least_step_ratio * step->bound_s;
  }
};

// Below this, the start of the processes and the noise of the machine decide what is measured.
constexpr double least_judged_s = 1;

// Fills the model from a coordinator's records. `hosts`: one a worker, in order of rank.
// `bound_s`: T*, measured or from a cluster profile. `steps`: in step mode.
BalanceReport make_balance_report(const JobDescription& description, const JobRecord& job,
                                  const std::vector<WorkerRecord>& workers,
                                  const std::vector<std::string>& hosts, const KeptEvents& events,
                                  double bound_s,
                                  const std::optional<StepRecord>& steps = std::nullopt,
                                  std::vector<SetAsideSamples> set_aside = {});

}  // namespace evenkeel
