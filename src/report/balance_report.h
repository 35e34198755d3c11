// The balance report: how even the load was, by rank and by node, and where the time went. One
// model, several writers (report_file.h).
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "coordinator/job_description.h"
#include "coordinator/kept_events.h"
#include "coordinator/learned_files.h"
#include "coordinator/outputs.h"
#include "coordinator/records.h"
#include "coordinator/set_aside_samples.h"

namespace evenkeel {

// Step mode: whether a worker's trainer has said where its local work ended.
enum class LocalTime : std::uint8_t { told, told_in_part, not_told };

// A worker's record; its local work includes all known loading.
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

// Sums over all workers of one host.
struct NodeReport {
  std::string host;
  std::int64_t ranks = 0;
  double cost = 0;
  double share = 0;
  double speed = 0;
  double compute_s = 0;
  double uneven_s = 0;
  bool all_told = true;  // some local time of every rank is known
};

// Of speeds that were known before the job with those of the workers that it has measured: from 0,
// they are worth nothing, to 1, they say how fast the workers are against each other.
struct PriorAgreement {
  std::int32_t ranks = 0;
  double agreement = 0;
};

// Time below this share of its limit contradicts the limit.
constexpr double least_ratio = 0.98;

// What a worker's figures do not tell of its time.
struct RestOfTime {
  double ended_s = 0;     // after its last step, if it was lost or interrupted
  double starting_s = 0;  // until its first step
  double between_s = 0;   // all other
};

struct BalanceReport {
  JobDescription description;
  JobRecord job;
  bool complete = false;
  double makespan_s = 0;  // until its end, if it is not complete
  double worked_s = 0;    // until the last step was done
  double bound_s = 0;
  double ratio = 0;  // worked / bound
  // False: measured, and too short to judge. The report then says nothing of the limit, of slow
  // workers, or of savings.
  bool judged = true;
  // Lease mode: (latest − mean last finish of the workers) / makespan. Step mode: Σ over steps of
  // (longest − mean local work) / Σ mean.
  double imbalance = 0;
  std::optional<StepRecord> step;  // in step mode
  // The share of the run in which rank 0 did not sleep; none: it also trained, or unknown.
  std::optional<double> coordinator_busy;
  std::vector<RankReport> ranks;
  std::vector<NodeReport> nodes;
  std::vector<Event> events;               // in order of time
  std::int64_t events_left_out = 0;        // not kept, because there were too many
  std::vector<SetAsideSamples> set_aside;  // as many as can be listed
  std::vector<LearnedFile> learned;        // files that cost other than the manifest says
  std::optional<PriorAgreement> prior;     // none: no speeds were known, or too few are measured
  std::vector<LearnedHome> learned_homes;  // whose files the manifest does not tell

  // No step tells work from waiting. Then bound, ratio, imbalance, and the workers' uneven_s,
  // comm_s and last are unknown too.
  bool cannot_tell_waiting() const {
    return step && job.steps > 0 && step->untold_steps == job.steps;
  }

  // Whether the limit is meaningful. It comes from mean speeds: if few steps vary much, it may be
  // beaten.
  bool is_limited() const {
    return judged && !cannot_tell_waiting() && !(ratio > 0 && ratio < least_ratio);
  }

  // Step mode: likewise of a step, whose time is a median.
  bool is_step_limited() const {
    return judged && step && step->bound_s > 0 && step->median_s >= least_ratio * step->bound_s;
  }

  // A limit that is beaten by less than its error.
  double shown_bound_s() const { return ratio > 0 && ratio < 1 ? ratio * bound_s : bound_s; }
  double shown_step_bound_s() const { return std::min(step->bound_s, step->median_s); }

  bool is_interrupted() const;

  // Step mode: whether the ranks wait for each other in each step, as in an all-reduce.
  bool do_ranks_meet() const;

  // Precondition: the rank is one of the report's.
  RestOfTime rest_of_time(const RankReport& rank) const;
};

// Below this, process start and noise of the machine dominate.
constexpr double least_judged_s = 1;

// Fills the model from a coordinator's records. `hosts`: one per worker, in order of rank.
// `bound_s`: T*, measured or from a cluster profile. `steps`: in step mode.
BalanceReport make_balance_report(const JobDescription& description, const JobRecord& job,
                                  const std::vector<WorkerRecord>& workers,
                                  const std::vector<std::string>& hosts, const KeptEvents& events,
                                  double bound_s,
                                  const std::optional<StepRecord>& steps = std::nullopt,
                                  std::vector<SetAsideSamples> set_aside = {});

}  // namespace evenkeel
