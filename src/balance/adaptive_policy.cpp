#include "balance/adaptive_policy.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>
#include <utility>

namespace evenkeel {
namespace {

constexpr double never = std::numeric_limits<double>::infinity();

// A lease lasts this share of the time left: even if it takes twice as long, it is not the last to
// end. It never lasts longer than τ_max.
constexpr double lease_share = 0.5;
constexpr double longest_lease_s = 10.0;
// Below this many round trips or steps, splitting costs more than it saves.
constexpr double last_lease_leads = 2.0;
// As steps vary, such a lease may last longer than expected, by so many standard deviations.
constexpr double late_sigmas = 2.5;
// Who ends sooner is judged by the times that are exceeded by chance in one of 40 steps: what
// varies more is later. Others have two steps to end, the one in work and the next.
constexpr double judged_sigmas = 2;
// Who has more to do than was expected by now is late, on average, by about one standard deviation
// more.
constexpr double overdue_sigmas = 1;
// A worker's lease before its speed is known, once its first step has shown that it is not much
// slower than others.
constexpr double most_probe_steps = 4;
// A worker that is too slow is tried again after this many of its steps: it may have recovered, and
// otherwise the trial costs 1 %.
constexpr double steps_between_trials = 100;
// Leases of up to this many steps are adapted to what the others can do meanwhile.
constexpr double fitted_steps = 4;
// Each first report changes the expectations, and so the keys, of idle workers that are not
// measured yet. At most this many keys are recomputed per call.
constexpr int rounds_of_keys = 8;
// A worker that asks again during its first step gets a second one once the first has lasted
// `shortest_first_step_s` (`first_step_of_all_s` while no worker has done a step), unless others
// would have to wait for it if the step took `longest_first_step` times as long as the first has so
// far.
constexpr double shortest_first_step_s = 1;
constexpr double first_step_of_all_s = 30;
constexpr double longest_first_step = 300;
// A worker that is fast by its weight, and has not asked yet, is counted on for so long.
constexpr double longest_start_s = 5;
// A step that lasts a large part of the job waits for the first steps of other workers until the
// asker has done so many: they may be faster.
constexpr std::int64_t steps_to_compare = 16;
// A report that says that a worker is so much slower is taken seriously before it is confirmed.
constexpr double much_slower_in_doubt = 1.5;
// How often to check whether work should be taken back.
constexpr double shortest_recheck_s = 0.005;
constexpr double longest_recheck_s = 0.1;
// For longer steps, this many times per step suffices.
constexpr double rechecks_a_step = 16;

Instant recheck_at(const Cluster& cluster, double step_s, Instant now) {
  if (!cluster.has_begun()) step_s = 2 * longest_recheck_s;  // it is in no unit
  const double longest_s = std::max(longest_recheck_s, step_s / rechecks_a_step);
  const double wait_s = std::clamp(step_s / 2, shortest_recheck_s, longest_s);
  return std::max(instant_at(to_seconds(now) + wait_s), now + Duration(1));
}

double mean_step_s(const Cluster& cluster, WorkerIndex worker) {
  return cluster.mean_step_cost() / cluster.expected_rate(worker);
}

// The key of workers that hold nothing: the time of a step. The sooner a speed is known, the
// better.
double idle_key(const Cluster& cluster, WorkerIndex worker) {
  return cluster.expected_rate(worker) > 0 ? mean_step_s(cluster, worker) : 0;
}

// Has never asked: its trainer is still starting.
bool is_coming(const WorkerLoad& load) {
  return load.alive && !load.asking && load.first_rate == 0 && load.held_samples == 0;
}

// Its last reports are so far from what was expected that it matters, should they be true.
bool is_doubtful(const Cluster& cluster, const WorkerLoad& load) {
  const double least = std::max(much_slower_in_doubt, 1 + cluster.largest_chance());
  return load.model.measured() && load.model.doubtful_slowness() >= least;
}

// When a holder would have finished one step more than it holds.
double next_end_s(const Cluster& cluster, WorkerIndex worker) {
  return cluster.finish_s(worker) + mean_step_s(cluster, worker);
}

// After this much silence something is wrong.
double longest_silence_s(const Cluster& cluster, WorkerIndex worker) {
  const bool is_known = cluster.expected_rate(worker) > 0;
  const double step_s = is_known ? mean_step_s(cluster, worker) : shortest_recheck_s;
  const double lead_s = to_seconds(cluster.worker(worker).lead);
  const double report_s = std::max(longest_recheck_s, to_seconds(cluster.shape().report_interval));
  return 2 * (std::max(2 * step_s, report_s) + lead_s);
}

// Steps that a holder could do until then, beyond what it holds. None if it makes no progress: it
// may hang in a step.
double steps_before(const Cluster& cluster, WorkerIndex holder, double end_s, double now_s) {
  const WorkerLoad& load = cluster.worker(holder);
  if (is_coming(load) && now_s >= longest_start_s) return 0;
  const double since_s = now_s - to_seconds(load.working_since);
  if (since_s >= longest_silence_s(cluster, holder)) return 0;
  const double asks_s = load.asking ? now_s : to_seconds(load.silent_since + load.lead);
  const double finish_s = cluster.finish_s(holder);
  const double start_s = std::max({now_s, asks_s, finish_s});
  const double step_s = cluster.away(holder) * mean_step_s(cluster, holder);
  const double sigmas =
      (finish_s < now_s ? overdue_sigmas : 0) + std::numbers::sqrt2 * judged_sigmas;
  const double late_s = sigmas * cluster.step_noise() * step_s;
  return std::max(0.0, std::ceil((end_s - start_s - late_s) / step_s) - 1);
}

// How many times as long what one worker gives back takes on another.
double away_from(const Cluster& cluster, WorkerIndex taker, const WorkerLoad& giver) {
  const WorkerLoad& load = cluster.worker(taker);
  return load.home >= 0 && load.home != giver.home ? cluster.away_factor(taker) : 1;
}

double probe_steps(const Cluster& cluster, WorkerIndex worker) {
  const double fair_steps = cluster.part_of(cluster.steps(cluster.free_work().samples) / 4, worker);
  return std::clamp(std::floor(fair_steps), 1.0, most_probe_steps);
}

}  // namespace

AdaptivePolicy::AdaptivePolicy(const Cluster& cluster)
    : idle_askers_(cluster.workers()),
      busy_askers_(cluster.workers()),
      early_askers_(cluster.workers()),
      next_ends_(cluster.workers()),
      holders_(cluster.workers()),
      trimming_(cluster.workers(), Trimming::no) {}

void AdaptivePolicy::changed(const Cluster& cluster, WorkerIndex worker) {
  update_asker(cluster, worker);
  update_holder(cluster, worker);
}

void AdaptivePolicy::update_asker(const Cluster& cluster, WorkerIndex worker) {
  const WorkerLoad& load = cluster.worker(worker);
  const bool asked = idle_askers_.contains(worker) || busy_askers_.contains(worker);
  // A worker that has not finished a step may be too slow for a second one.
  const bool is_early = load.first_rate == 0 && load.held_samples > 0;
  const bool asks = load.alive && load.asking && !is_early;
  askers_count_ += (asks ? 1 : 0) - (asked ? 1 : 0);
  idle_askers_.remove(worker);
  busy_askers_.remove(worker);
  early_askers_.remove(worker);
  if (load.alive && load.asking && is_early) {
    early_askers_.set(worker, to_seconds(load.working_since));
  }
  if (!asks) return;
  if (load.held_samples == 0) {
    idle_askers_.set(worker, idle_key(cluster, worker));
  } else {
    busy_askers_.set(worker, next_end_s(cluster, worker));
  }
}

// The worker that would be the first to finish one more step.
std::optional<WorkerIndex> AdaptivePolicy::first_asker(const Cluster& cluster, double now_s) {
  std::optional<WorkerIndex> idle = idle_askers_.winner();
  for (int round = 0; round < rounds_of_keys && idle; ++round) {
    if (idle_askers_.key(*idle) == idle_key(cluster, *idle)) break;
    idle_askers_.set(*idle, idle_key(cluster, *idle));
    idle = idle_askers_.winner();
  }
  const std::optional<WorkerIndex> busy = busy_askers_.winner();
  if (!idle || !busy) return idle ? idle : busy;
  const double busy_end_s = std::max(busy_askers_.key(*busy), now_s + mean_step_s(cluster, *busy));
  return now_s + idle_askers_.key(*idle) <= busy_end_s ? idle : busy;
}

void AdaptivePolicy::note_trim(const WorkerLoad& load, WorkerIndex worker) {
  Trimming& known = trimming_[worker];
  if (load.trimming == (known != Trimming::no)) return;
  if (known == Trimming::yes) --trims_outstanding_;
  known = Trimming::no;
  if (!load.trimming) return;
  known = trimmed_ahead_ == worker ? Trimming::ahead : Trimming::yes;
  if (known == Trimming::yes) ++trims_outstanding_;
}

void AdaptivePolicy::update_holder(const Cluster& cluster, WorkerIndex worker) {
  const WorkerLoad& load = cluster.worker(worker);
  note_trim(load, worker);
  if (is_doubtful(cluster, load)) doubtful_ = worker;
  const bool has_more_than_its_step = load.held_samples > cluster.shape().step_samples;
  if (load.alive && !load.trimming && load.trimmable && has_more_than_its_step) {
    const double finish_s = cluster.finish_s(worker);
    // Infinite keys are not stored: unmeasured workers come after all others.
    holders_.set(worker, finish_s < never ? -finish_s : std::numeric_limits<double>::lowest());
  } else {
    holders_.remove(worker);
  }
  const bool takes_more = load.alive && (load.held_samples > 0 || is_coming(load));
  if (takes_more && cluster.expected_rate(worker) > 0) {
    next_ends_.set(worker, next_end_s(cluster, worker));
  } else {
    next_ends_.remove(worker);
  }
}

std::optional<Assignment> AdaptivePolicy::assign(const Cluster& cluster, Instant now) {
  reconsider_at_.reset();
  const double now_s = to_seconds(now);
  const std::optional<WorkerIndex> first = first_asker(cluster, now_s);
  if (!first) return assign_early(cluster, now);
  const WorkerIndex asker = *first;
  const WorkerLoad& load = cluster.worker(asker);
  if (cluster.expected_rate(asker) == 0) return Assignment{asker, cluster.shape().step_samples};

  if (cluster.free_work().dear_step_cost > 0 && should_take_dear(cluster, asker, now)) {
    return Assignment{asker, cluster.shape().step_samples, {}, Part::dear};
  }

  const double left_s = cluster.remaining_cost() / cluster.total_rate();
  const double end_s = now_s + left_s;  // if all work on to the end without waiting
  const double start_s = std::max(now_s, cluster.finish_s(asker));
  const double step_s =
      cluster.step_s(asker, cluster.away(asker) * cluster.free_work().front_step_cost);
  // From here on time since the last report counts: what was done in it is unknown.
  const double later_s = cluster.free_work().later_cost / cluster.total_rate();
  const double close_s = now_s + (left_s + later_s) / 2;
  const auto late_end_s = [&](double steps) {
    return start_s + (steps + judged_sigmas * cluster.step_noise() * std::sqrt(steps)) * step_s;
  };
  if (start_s + step_s > close_s && is_refused(cluster, asker, late_end_s(1), now)) {
    return std::nullopt;
  }
  const auto fitted = [&](double steps) {
    while (steps > 1 && steps <= fitted_steps && start_s + steps * step_s > close_s &&
           others_do_it_by(cluster, asker, late_end_s(steps), now)) {
      --steps;
    }
    return steps;
  };
  if (load.first_rate == 0) return Assignment{asker, cluster.shape().step_samples};
  if (!load.model.measured()) {
    const auto steps = static_cast<std::int64_t>(fitted(probe_steps(cluster, asker)));
    return Assignment{asker, steps * cluster.shape().step_samples};
  }

  const double last_lease_s = last_lease_leads * std::max(to_seconds(load.lead), step_s);
  const double available_s = std::max(0.0, end_s - start_s);
  const double late_s =
      late_sigmas * cluster.step_noise() * step_s * std::sqrt(last_lease_s / step_s);
  const double lease_s =
      std::min(longest_lease_s,
               std::max(lease_share * available_s, std::min(available_s - late_s, last_lease_s)));
  const double cost = lease_s * cluster.expected_rate(asker);
  // If a request takes longer than the remaining work, what is left over ends late.
  const bool is_last = available_s + 2 * step_s < to_seconds(load.lead);
  const double share = cost / cluster.mean_step_cost();
  const double steps = fitted(std::max(1.0, is_last ? std::ceil(share) : std::floor(share)));
  const double samples = steps * static_cast<double>(cluster.shape().step_samples);
  const auto most = static_cast<double>(cluster.shape().samples);
  return Assignment{asker, static_cast<std::int64_t>(std::min(samples, most)), cost};
}

// If the step ends by half of the time left, anybody may do it. Otherwise whoever ends it first:
// another worker that has something in work asks soon.
bool AdaptivePolicy::should_take_dear(const Cluster& cluster, WorkerIndex asker,
                                      Instant now) const {
  const double now_s = to_seconds(now);
  const double cost = cluster.free_work().dear_step_cost;
  const double end_s = std::max(now_s, cluster.finish_s(asker)) + cluster.step_s(asker, cost);
  if (end_s <= now_s + cluster.remaining_cost() / cluster.total_rate() / 2) return true;
  const bool may_be_faster = early_askers_.winner().has_value();
  if (may_be_faster && cluster.worker(asker).steps_done < steps_to_compare) return false;
  return !next_ends_.any_below(end_s, [&](WorkerIndex other) {
    if (other == asker || cluster.worker(other).doubted) return false;
    return std::max(now_s, cluster.finish_s(other)) + cluster.step_s(other, cost) < end_s;
  });
}

// A trainer may read ahead before it does its first step. It gets more if nobody would wait for it
// even if each step took many times as long as the first has so far.
std::optional<Assignment> AdaptivePolicy::assign_early(const Cluster& cluster, Instant now) {
  const std::optional<WorkerIndex> first = early_askers_.winner();
  if (!first) return std::nullopt;
  const WorkerIndex asker = *first;
  // Workers without work may not have asked yet.
  if (std::ceil(cluster.steps(cluster.free_work().samples)) < cluster.alive()) return std::nullopt;
  const double now_s = to_seconds(now);
  const double since_s = now_s - to_seconds(cluster.worker(asker).working_since);
  if (cluster.alive() > 1) {
    const double least_s = cluster.has_begun() ? shortest_first_step_s : first_step_of_all_s;
    const bool is_soon = since_s < least_s;
    if (is_soon || others_do_it_by(cluster, asker, now_s + longest_first_step * since_s, now)) {
      const double wait_s = is_soon ? least_s - since_s : since_s / 2;
      reconsider_at_ = std::max(instant_at(now_s + wait_s), now + Duration(1));
      return std::nullopt;
    }
  }
  return Assignment{asker, cluster.shape().step_samples};
}

// Whether others would wait for the asker's step: they could do it, and all work that comes before
// it, sooner.
bool AdaptivePolicy::is_refused(const Cluster& cluster, WorkerIndex asker, double end_s,
                                Instant now) {
  const FreeWork& free = cluster.free_work();
  const double cost = free.cost + free.later_cost;
  const bool stands =
      refusal_ && refusal_->worker == asker && refusal_->cost >= cost && now < refusal_->until;
  if (!stands) {
    refusal_.reset();
    const double step_s = end_s - std::max(to_seconds(now), cluster.finish_s(asker));
    const double idle_s = to_seconds(now) - cluster.finish_s(asker);
    if (idle_s >= steps_between_trials * askers_count_ * step_s) return false;
    if (!others_do_it_by(cluster, asker, end_s, now)) return false;
    refusal_ = {asker, cost, recheck_at(cluster, step_s, now)};
  }
  reconsider_at_ = refusal_->until;
  return true;
}

// Whether the workers that hold something could also do that much more by then. Workers that hold
// nothing would not be sooner: otherwise they would be served before the asker.
bool AdaptivePolicy::others_do_it_by(const Cluster& cluster, WorkerIndex asker, double end_s,
                                     Instant now) const {
  const double now_s = to_seconds(now);
  double left = cluster.free_work().cost + cluster.free_work().later_cost;
  return next_ends_.any_below(end_s, [&](WorkerIndex other) {
    if (other == asker) return false;
    left -= steps_before(cluster, other, end_s, now_s) * cluster.mean_step_cost();
    return left <= 0;
  });
}

std::optional<TrimRequest> AdaptivePolicy::trim(const Cluster& cluster, Instant now) {
  reconsider_at_.reset();
  const double now_s = to_seconds(now);
  const std::optional<WorkerIndex> first = first_asker(cluster, now_s);
  const std::optional<WorkerIndex> last = holders_.winner();
  if (!first || !last || *first == *last) return std::nullopt;
  const WorkerIndex asker = *first;
  const WorkerIndex holder = *last;
  // One trim per asker, so that a single idle worker does not disturb everybody.
  if (trims_outstanding_ >= askers_count_) return std::nullopt;

  const WorkerLoad& giver = cluster.worker(holder);
  const double step_cost = cluster.mean_step_cost();
  const double usual_step_s = cluster.total_rate() > 0
                                  ? step_cost * cluster.alive() / cluster.total_rate()
                                  : shortest_recheck_s;
  const double taker_rate = cluster.expected_rate(asker);
  const double taker_step_s =
      (taker_rate > 0 ? step_cost / taker_rate : usual_step_s) * away_from(cluster, asker, giver);
  const double giver_finish_s = expected_finish_s(cluster, holder, now_s);
  // The work becomes available only with the giver's answer.
  const double start_s =
      std::max(now_s + to_seconds(giver.lead), taker_rate > 0 ? cluster.finish_s(asker) : now_s);
  if (giver_finish_s <= start_s + taker_step_s) {
    reconsider_at_ = recheck_at(cluster, taker_step_s, now);
    return std::nullopt;
  }

  const double held_steps = std::ceil(cluster.steps(giver.held_samples));
  double steps = (held_steps - 1) / 2;
  // Everything that the giver cannot do in time, not only for this asker: its answer may take long,
  // and more will ask by then. The rest waits in the pool.
  if (cluster.expected_rate(holder) > 0 && cluster.total_rate() > 0) {
    const double left_s = cluster.remaining_cost() / cluster.total_rate();
    const double goal_s = std::max(now_s + left_s, start_s);  // when all should finish
    const double remaining_s = giver_finish_s - now_s;
    steps = held_steps * (giver_finish_s - goal_s) / remaining_s;
  }
  steps = std::clamp(steps, 1.0, held_steps - 1);
  return TrimRequest{holder, static_cast<std::int64_t>(steps) * cluster.shape().step_samples};
}

// Whoever holds more than it can do until the job should be over gives it back while there is other
// work for all: it cannot answer before its step ends, and that may be a long one. Looks at the
// worker that will be the last to finish, at one that may have become much slower, and at one more
// in turn, whose report may be overdue.
std::optional<TrimRequest> AdaptivePolicy::trim_ahead(const Cluster& cluster, Instant now) {
  trimmed_ahead_.reset();
  if (cluster.alive() < 2 || !(cluster.total_rate() > 0)) return std::nullopt;
  const double now_s = to_seconds(now);
  const double left_s = cluster.remaining_cost() / cluster.total_rate();
  patrol_ = WorkerIndex((patrol_.value() + 1) % cluster.workers());
  for (const auto& holder :
       {holders_.winner(), std::exchange(doubtful_, std::nullopt), std::optional(patrol_)}) {
    if (!holder || !holders_.contains(*holder)) continue;
    if (const auto request = late_work(cluster, *holder, left_s, now_s)) {
      trimmed_ahead_ = holder;
      return request;
    }
  }
  return std::nullopt;
}

std::optional<TrimRequest> AdaptivePolicy::late_work(const Cluster& cluster, WorkerIndex holder,
                                                     double left_s, double now_s) const {
  const WorkerLoad& load = cluster.worker(holder);
  if (!load.model.measured()) return std::nullopt;  // it holds little
  double remaining_s = expected_finish_s(cluster, holder, now_s) - now_s;
  if (is_doubtful(cluster, load)) remaining_s *= load.model.doubtful_slowness();
  const double held_steps = std::ceil(cluster.steps(load.held_samples));
  if (remaining_s - remaining_s / held_steps / 4 <= left_s) return std::nullopt;
  const double kept = std::max(1.0, std::floor(held_steps * lease_share * left_s / remaining_s));
  if (kept >= held_steps) return std::nullopt;
  return TrimRequest{holder,
                     static_cast<std::int64_t>(held_steps - kept) * cluster.shape().step_samples};
}

// A holder whose report is long overdue is slower than it was.
double AdaptivePolicy::expected_finish_s(const Cluster& cluster, WorkerIndex holder,
                                         double now_s) const {
  const WorkerLoad& load = cluster.worker(holder);
  const double finish_s = cluster.finish_s(holder);
  const double silence_s = now_s - to_seconds(load.silent_since);
  if (silence_s < longest_silence_s(cluster, holder)) {
    return std::max(now_s, std::min(finish_s, 1e12));
  }
  const double steps_after = std::ceil(cluster.steps(load.held_samples)) - 1;
  return std::max(std::min(finish_s, 1e12), now_s + steps_after * silence_s);
}

}  // namespace evenkeel
