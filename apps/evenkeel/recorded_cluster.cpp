#include "recorded_cluster.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <utility>

#include "core/number_format.h"
#include "evenkeel/error.h"
#include "report/verdict.h"
#include "simulation/profile_estimate.h"

namespace evenkeel {
namespace {

Rank rank_of(const RecordedRun& run, std::size_t worker) {
  return Rank(run.description.first_worker.value() + static_cast<std::int32_t>(worker));
}

// A lost worker was silent since its last recorded step.
std::vector<RankProfile::Hang> hangs_of(Rank rank, const std::vector<WorkerProgress>& progress,
                                        const KeptEvents& events) {
  std::vector<RankProfile::Hang> hangs;
  Instant lost_at{};
  for (const Event& event : events.list()) {
    if (event.rank != rank) continue;
    if (event.kind == EventKind::lost) lost_at = event.time;
    if (event.kind != EventKind::fenced) continue;
    Instant silent_since = hangs.empty() ? Instant{} : hangs.back().to;
    for (const WorkerProgress& then : progress) {
      if (then.last_end <= lost_at) silent_since = std::max(silent_since, then.last_end);
    }
    if (silent_since < event.time) hangs.push_back({silent_since, event.time});
  }
  return hangs;
}

// The unavoidable part: the least time that a worker has spent in the all-reduce itself.
AllReduceProfile all_reduce_of(const std::vector<WorkerRecord>& workers) {
  double least_s = std::numeric_limits<double>::infinity();
  for (const WorkerRecord& worker : workers) {
    if (worker.steps == 0) continue;
    least_s = std::min(least_s, to_seconds(worker.comm) / static_cast<double>(worker.steps));
  }
  AllReduceProfile one_message;
  one_message.latency = from_seconds(1);
  const double messages = to_seconds(one_message.time(workers.size()));
  AllReduceProfile profile;
  if (std::isfinite(least_s) && messages > 0) profile.latency = from_seconds(least_s / messages);
  return profile;
}

// Cost and steps count all of a worker's steps, local work only those that said where it ended:
// unless all did, the speed would be overestimated.
void require_told(const RecordedRun& run, const std::string& ledger) {
  std::vector<Rank> untold;
  const WorkerRecord* worst = nullptr;
  for (std::size_t i = 0; i < run.workers.size(); ++i) {
    const WorkerRecord& worker = run.workers[i];
    if (worker.untold_steps == 0) continue;
    untold.push_back(rank_of(run, i));
    if (worst == nullptr || worker.untold_steps > worst->untold_steps) worst = &worker;
  }
  if (worst == nullptr) return;
  throw UserError(
      fmt::format("{}: {} did not say where local work ended in {}{} of {}, so that speeds are "
                  "not known; run again with a trainer that says 'reached' before each all-reduce",
                  ledger, ranks_text(untold), untold.size() > 1 ? "up to " : "",
                  grouped(worst->untold_steps), counted(worst->steps, "step")));
}

// A worker that has done nothing counts with the mean of the others.
void fill_unknown_speeds(std::vector<RankProfile>& ranks, const RecordedRun& run,
                         const std::string& ledger) {
  double sum = 0;
  double known = 0;
  for (const RankProfile& rank : ranks) {
    sum += rank.speed;
    known += rank.speed > 0 ? 1 : 0;
  }
  if (known == 0) {
    throw UserError(fmt::format("{}: no worker has done a step of this job{}", ledger,
                                run.state == "running"
                                    ? " yet; look again later"
                                    : ", so that speeds are not known; go on with it"));
  }
  for (RankProfile& rank : ranks) {
    if (!(rank.speed > 0)) rank.speed = sum / known;
  }
}

}  // namespace

ClusterProfile recorded_cluster(const RecordedRun& run, const std::vector<WorkerProgress>& progress,
                                const std::string& ledger) {
  require_told(run, ledger);
  ClusterProfile cluster;
  cluster.ranks.reserve(run.workers.size());
  for (std::size_t i = 0; i < run.workers.size(); ++i) {
    const WorkerRecord& worker = run.workers[i];
    const Rank rank = rank_of(run, i);
    const auto begin = std::ranges::lower_bound(progress, rank, {}, &WorkerProgress::rank);
    const auto end = std::ranges::upper_bound(progress, rank, {}, &WorkerProgress::rank);
    std::vector<WorkerProgress> own(begin, end);
    own.push_back({rank, worker.last_end, worker.steps, worker.cost, worker.busy});
    RankProfile profile = estimate_rank(own, worker.speed_noise);
    profile.host = run.hosts[i];
    profile.hangs = hangs_of(rank, own, run.events);
    if (is_lost(worker.state)) profile.dies_at = worker.last_end;
    cluster.ranks.push_back(std::move(profile));
  }
  fill_unknown_speeds(cluster.ranks, run, ledger);
  if (run.steps) cluster.all_reduce = all_reduce_of(run.workers);
  return cluster;
}

}  // namespace evenkeel
