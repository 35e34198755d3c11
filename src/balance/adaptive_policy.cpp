#include "balance/adaptive_policy.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace evenkeel {
namespace {

constexpr double never = std::numeric_limits<double>::infinity();

// A lease lasts this share of the time left, so that it can be wrong by as much again without
// being the last to end, but no longer than τ_max.
constexpr double lease_share = 0.5;
constexpr double longest_lease_s = 10.0;
// Below this many round trips or steps, sharing out by halves costs more than it saves.
constexpr double last_lease_leads = 2.0;
// What a worker gets before its speed is known.
constexpr std::int64_t probe_steps = 4;
// How often to look again whether somebody's work should be taken back.
constexpr double shortest_recheck_s = 0.005;
constexpr double longest_recheck_s = 0.1;
// Where steps are longer than that, it need not be more often than this many times a step.
constexpr double rechecks_a_step = 16;

}  // namespace

AdaptivePolicy::AdaptivePolicy(const Cluster& cluster)
    : idle_askers_(cluster.workers()),
      busy_askers_(cluster.workers()),
      early_askers_(cluster.workers()),
      holders_(cluster.workers()),
      trimming_(static_cast<std::size_t>(cluster.workers()), false) {}

void AdaptivePolicy::changed(const Cluster& cluster, int worker) {
  update_asker(cluster, worker);
  update_holder(cluster, worker);
}

void AdaptivePolicy::update_asker(const Cluster& cluster, int worker) {
  const WorkerLoad& load = cluster.worker(worker);
  const bool asked = idle_askers_.contains(worker) || busy_askers_.contains(worker);
  const bool is_early = load.rate == 0 && load.held_samples > 0;
  const bool asks = load.alive && load.asking && !is_early;
  askers_count_ += (asks ? 1 : 0) - (asked ? 1 : 0);
  idle_askers_.remove(worker);
  busy_askers_.remove(worker);
  early_askers_.remove(worker);
  if (askers_count_ == 0) promise_.reset();
  if (load.alive && load.asking && is_early) early_askers_.set(worker, 0);
  if (!asks) return;
  if (load.rate == 0) {
    idle_askers_.set(worker, 0);  // the sooner its speed is known, the better
  } else if (const double step_s = cluster.mean_step_cost() / load.rate; load.held_samples == 0) {
    idle_askers_.set(worker, step_s);
  } else {
    busy_askers_.set(worker, cluster.finish_s(worker) + step_s);
  }
}

// Who would be the first to finish a step more.
int AdaptivePolicy::first_asker(const Cluster& cluster, double now_s) const {
  const int idle = idle_askers_.winner();
  const int busy = busy_askers_.winner();
  if (idle == WinnerTree::none || busy == WinnerTree::none) return std::max(idle, busy);
  const double busy_end_s = std::max(busy_askers_.key(busy),
                                     now_s + cluster.mean_step_cost() / cluster.worker(busy).rate);
  return now_s + idle_askers_.key(idle) <= busy_end_s ? idle : busy;
}

void AdaptivePolicy::update_holder(const Cluster& cluster, int worker) {
  const WorkerLoad& load = cluster.worker(worker);
  const auto index = static_cast<std::size_t>(worker);
  trims_outstanding_ += (load.trimming ? 1 : 0) - (trimming_[index] ? 1 : 0);
  trimming_[index] = load.trimming;
  const bool has_more_than_its_step = load.held_samples > cluster.shape().step_samples;
  if (load.alive && !load.trimming && load.trimmable && has_more_than_its_step) {
    const double finish_s = cluster.finish_s(worker);
    // Infinite keys are not kept: the unmeasured are simply later than anybody else.
    holders_.set(worker, finish_s < never ? -finish_s : std::numeric_limits<double>::lowest());
  } else {
    holders_.remove(worker);
  }
}

std::optional<Assignment> AdaptivePolicy::assign(const Cluster& cluster, Instant now) {
  reconsider_at_.reset();
  const double now_s = to_seconds(now);
  const int asker = first_asker(cluster, now_s);
  if (asker == WinnerTree::none) return assign_early(cluster);
  const WorkerLoad& load = cluster.worker(asker);
  if (load.rate == 0) return probe(cluster, asker);

  const double left_s = cluster.remaining_cost() / cluster.total_rate();
  const double end_s = now_s + left_s;  // if all work on to the end, and nobody waits
  const double start_s = std::max(now_s, cluster.finish_s(asker));
  const double step_s = load.model.seconds(1, cluster.free_work().front_step_cost);
  const double mean_step_s = cluster.mean_step_cost() * cluster.alive() / cluster.total_rate();

  // A step that ends after all else would be done is left to the others, unless by then they
  // have not done it. Pieces are whole steps, hence the step that a mean worker takes longer.
  const double allowed_s = end_s + mean_step_s;
  if (start_s + step_s > allowed_s && (!promise_ || now < *promise_)) {
    if (!promise_) promise_ = std::max(instant_at(allowed_s), now + Duration(1));
    reconsider_at_ = promise_;
    return std::nullopt;
  }

  const double last_lease_s = last_lease_leads * std::max(to_seconds(load.lead), step_s);
  const double available_s = std::max(0.0, end_s - start_s);
  const double lease_s = std::min(
      longest_lease_s, std::max(lease_share * available_s, std::min(available_s, last_lease_s)));
  const double cost = lease_s * load.rate;
  const double steps = std::max(1.0, std::floor(cost / cluster.mean_step_cost()));
  const double samples = steps * static_cast<double>(cluster.shape().step_samples);
  const auto most = static_cast<double>(cluster.shape().samples);
  return Assignment{asker, static_cast<std::int64_t>(std::min(samples, most)), cost};
}

// After all others, and only while what is left would do for everybody: those who have no work may
// not have come to ask yet.
std::optional<Assignment> AdaptivePolicy::assign_early(const Cluster& cluster) const {
  const int asker = early_askers_.winner();
  if (asker == WinnerTree::none) return std::nullopt;
  if (std::ceil(cluster.steps(cluster.free_work().samples)) < cluster.alive()) return std::nullopt;
  return probe(cluster, asker);
}

Assignment AdaptivePolicy::probe(const Cluster& cluster, int worker) const {
  const double fair_steps =
      cluster.steps(cluster.free_work().samples) / (4.0 * std::max(1, cluster.alive()));
  const auto steps =
      std::clamp(static_cast<std::int64_t>(fair_steps), std::int64_t{1}, probe_steps);
  return Assignment{worker, steps * cluster.shape().step_samples};
}

std::optional<TrimRequest> AdaptivePolicy::trim(const Cluster& cluster, Instant now) {
  reconsider_at_.reset();
  promise_.reset();  // it is kept
  const double now_s = to_seconds(now);
  const int asker = first_asker(cluster, now_s);
  const int holder = holders_.winner();
  if (asker == WinnerTree::none || holder == WinnerTree::none || asker == holder) {
    return std::nullopt;
  }
  // One trim an asker, lest a single idle worker shake up everybody.
  if (trims_outstanding_ >= askers_count_) return std::nullopt;

  const WorkerLoad& taker = cluster.worker(asker);
  const WorkerLoad& giver = cluster.worker(holder);
  const double step_cost = cluster.mean_step_cost();
  const double mean_step_s = cluster.total_rate() > 0
                                 ? step_cost * cluster.alive() / cluster.total_rate()
                                 : shortest_recheck_s;
  const double taker_step_s = taker.rate > 0 ? step_cost / taker.rate : mean_step_s;
  const double giver_finish_s = expected_finish_s(cluster, holder, now_s);
  // What is taken back can be worked on only after the giver's answer.
  const double start_s =
      std::max(now_s + to_seconds(giver.lead), taker.rate > 0 ? cluster.finish_s(asker) : now_s);
  if (giver_finish_s <= start_s + taker_step_s) {
    const double longest_s = std::max(longest_recheck_s, taker_step_s / rechecks_a_step);
    const double wait_s = std::clamp(taker_step_s / 2, shortest_recheck_s, longest_s);
    reconsider_at_ = std::max(instant_at(now_s + wait_s), now + Duration(1));
    return std::nullopt;
  }

  const double held_steps = std::ceil(cluster.steps(giver.held_samples));
  double steps = (held_steps - 1) / 2;
  // All that the giver cannot do in time, whoever asks: its answer may take long, and by then more
  // will ask. What nobody has use for yet waits in the pool.
  if (giver.rate > 0 && cluster.total_rate() > 0) {
    const double left_s = cluster.remaining_cost() / cluster.total_rate();
    const double goal_s = std::max(now_s + left_s, start_s);  // when all should finish
    const double remaining_s = giver_finish_s - now_s;
    steps = held_steps * (giver_finish_s - goal_s) / remaining_s;
  }
  steps = std::clamp(steps, 1.0, held_steps - 1);
  return TrimRequest{holder, static_cast<std::int64_t>(steps) * cluster.shape().step_samples};
}

// A holder that should have reported long ago is slower than it was.
double AdaptivePolicy::expected_finish_s(const Cluster& cluster, int holder, double now_s) const {
  const WorkerLoad& load = cluster.worker(holder);
  const double finish_s = cluster.finish_s(holder);
  const double silence_s = now_s - to_seconds(load.silent_since);
  const double step_s = load.rate > 0 ? cluster.mean_step_cost() / load.rate : shortest_recheck_s;
  const double expected_silence_s = std::max(2 * step_s, longest_recheck_s) + to_seconds(load.lead);
  if (silence_s < 2 * expected_silence_s) return std::max(now_s, std::min(finish_s, 1e12));
  const double steps_after = std::ceil(cluster.steps(load.held_samples)) - 1;
  return std::max(std::min(finish_s, 1e12), now_s + steps_after * silence_s);
}

}  // namespace evenkeel
