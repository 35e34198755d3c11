#include "report/balance_report.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <unordered_map>
#include <utility>

#include "core/check.h"

namespace evenkeel {
namespace {

double fraction(double part, double whole) { return whole > 0 ? part / whole : 0; }

LocalTime local_time(const WorkerRecord& worker) {
  if (worker.untold_steps == 0) return LocalTime::told;
  return worker.untold_steps < worker.steps ? LocalTime::told_in_part : LocalTime::not_told;
}

RankReport rank_report(Rank rank, const WorkerRecord& worker, const std::string& host,
                       double whole_cost) {
  RankReport report{worker, rank, host, fraction(worker.cost, whole_cost), local_time(worker)};
  // Loading is known even for steps whose local work is not.
  report.busy = std::max(worker.busy, worker.data);
  report.undivided = std::max(Duration::zero(), worker.undivided - (report.busy - worker.busy));
  return report;
}

// One per host, in order of its first rank.
std::vector<NodeReport> node_reports(const std::vector<RankReport>& ranks) {
  std::vector<NodeReport> nodes;
  std::unordered_map<std::string, std::size_t> index;
  for (const RankReport& rank : ranks) {
    const auto [place, is_new] = index.try_emplace(rank.host, nodes.size());
    if (is_new) nodes.emplace_back().host = rank.host;
    NodeReport& node = nodes[place->second];
    ++node.ranks;
    node.cost += rank.cost;
    node.share += rank.share;
    node.speed += rank.speed;
    node.compute_s += rank.compute_s();
    node.uneven_s += to_seconds(rank.waited_for_others);
    node.all_told = node.all_told && rank.local_time != LocalTime::not_told;
  }
  return nodes;
}

// (latest − mean last finish) / makespan, over the workers that did work and are not lost: when a
// lost one was last heard says nothing about balance.
double imbalance_of(const std::vector<RankReport>& ranks, double makespan_s) {
  double latest_s = 0;
  double sum_s = 0;
  double workers = 0;
  for (const RankReport& rank : ranks) {
    if (rank.samples == 0 || is_lost(rank.state)) continue;
    latest_s = std::max(latest_s, to_seconds(rank.last_end));
    sum_s += to_seconds(rank.last_end);
    ++workers;
  }
  return workers > 0 ? fraction(latest_s - sum_s / workers, makespan_s) : 0;
}

double accounted_s(const RankReport& rank) {
  return to_seconds(rank.busy) + to_seconds(rank.undivided) + to_seconds(rank.comm) +
         to_seconds(rank.paused) + to_seconds(rank.waited_for_coordinator) +
         to_seconds(rank.waited_for_others);
}

// A worker that hung heard late of the end: the job counts until its last step was done.
void end_waits(RankReport& rank, Instant end) {
  Duration left = end.time_since_epoch() - sum_of(rank.busy, rank.paused);
  for (Duration* waited : {&rank.waited_for_coordinator, &rank.waited_for_others}) {
    *waited = std::clamp(*waited, Duration::zero(), std::max(Duration::zero(), left));
    left -= *waited;
  }
}

// Who fell silent or came back when all was done, and cost the job nothing, is no part of it.
bool is_of_the_job(const Event& event, const JobRecord& job) {
  const bool is_silence = event.kind == EventKind::lost || event.kind == EventKind::fenced;
  return !is_silence || event.samples > 0 || event.time <= job.last_end;
}

// A job that is not complete has gone on at least until its last event, and while anybody waited.
void take_end(BalanceReport& report) {
  report.worked_s = 0;
  for (const RankReport& rank : report.ranks) {
    report.worked_s = std::max(report.worked_s, to_seconds(rank.last_end));
    report.makespan_s = std::max(report.makespan_s, accounted_s(rank));
  }
  for (const Event& event : report.events) {
    report.makespan_s = std::max(report.makespan_s, to_seconds(event.time));
  }
}

}  // namespace

bool BalanceReport::is_interrupted() const {
  return std::ranges::any_of(
      ranks, [](const RankReport& rank) { return rank.state == WorkerState::interrupted; });
}

bool BalanceReport::do_ranks_meet() const {
  constexpr double least_share = 0.5;  // of the waiting that unequal work should cause
  double busy_s = 0;
  double met_s = 0;
  for (const RankReport& rank : ranks) {
    busy_s += to_seconds(rank.busy);
    met_s += to_seconds(rank.waited_for_others) + to_seconds(rank.comm);
  }
  return met_s >= least_share * imbalance * busy_s;
}

RestOfTime BalanceReport::rest_of_time(const RankReport& rank) const {
  RestOfTime rest;
  double left_s = std::max(0.0, makespan_s - accounted_s(rank));
  const auto take = [&left_s](double seconds) {
    const double taken_s = std::clamp(seconds, 0.0, left_s);
    left_s -= taken_s;
    return taken_s;
  };
  const bool has_begun = rank.steps > 0 || rank.failed_steps > 0;
  if (is_lost(rank.state) || (rank.state == WorkerState::interrupted && has_begun)) {
    rest.ended_s = take(makespan_s - to_seconds(rank.last_end));
  }
  rest.starting_s = take(has_begun ? to_seconds(rank.starting) : left_s);
  rest.between_s = left_s;
  return rest;
}

BalanceReport make_balance_report(const JobDescription& description, const JobRecord& job,
                                  const std::vector<WorkerRecord>& workers,
                                  const std::vector<std::string>& hosts, const KeptEvents& events,
                                  double bound_s, const std::optional<StepRecord>& steps,
                                  std::vector<SetAsideSamples> set_aside) {
  EVENKEEL_CHECK(hosts.size() == workers.size());
  BalanceReport report;
  report.description = description;
  report.job = job;
  report.complete = job.samples_done == job.samples;
  for (std::size_t i = 0; i < workers.size(); ++i) {
    const Rank rank(description.first_worker.value() + static_cast<std::int32_t>(i));
    report.ranks.push_back(rank_report(rank, workers[i], hosts[i], job.cost));
  }
  report.step = steps;
  report.events = events.list();
  report.makespan_s = report.worked_s = to_seconds(job.last_end);
  if (report.complete) {
    std::erase_if(report.events, [&](const Event& event) { return !is_of_the_job(event, job); });
    for (RankReport& rank : report.ranks) {
      if (!steps) end_waits(rank, job.last_end);
    }
  } else {
    take_end(report);
  }
  report.judged = report.makespan_s >= least_judged_s;
  report.bound_s = bound_s;
  report.ratio = std::isfinite(bound_s) ? fraction(report.worked_s, bound_s) : 0;
  report.imbalance = steps ? steps->imbalance : imbalance_of(report.ranks, report.makespan_s);
  report.nodes = node_reports(report.ranks);
  report.set_aside = std::move(set_aside);
  report.events_left_out = events.left_out();
  std::stable_sort(report.events.begin(), report.events.end(),
                   [](const Event& a, const Event& b) { return a.time < b.time; });
  return report;
}

}  // namespace evenkeel
