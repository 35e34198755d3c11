// Lease mode: what reports say of the speeds of workers and the costs of files.
#include <algorithm>
#include <cmath>
#include <utility>

#include "coordinator/lease_coordinator.h"

namespace evenkeel {
namespace {

constexpr double least_change = 0.1;  // of a speed, to be told
// Before a worker has done so many steps, what stands out may well be noise, unless it takes so
// many times as long.
constexpr std::int64_t steps_to_know_noise = 16;
constexpr double large_ratio = 4;
// While others are in their step on trial.
constexpr std::int64_t steps_meanwhile = 1;

}  // namespace

// What the steps of the report cost beyond what is declared. `report.done` is of a lease.
double LeaseCoordinator::learned_cost(WorkerIndex worker, const Lease& lease, const Report& report,
                                      Instant now, Outbox& out) {
  if (!learns_file_costs_) return 0;
  WorkerAccount& account = accounts_[worker];
  if (!lease.is_away && cluster_.worker(worker).model.measured()) {
    learn_file_cost(worker, lease.pass, report, now, out);
  } else if (!lease.is_away) {
    account.usual_pass = lease.pass;
    account.usual_begin = report.done.begin;
  }
  return more_cost(lease.pass, report);
}

// The step in which a worker was lost tells of its file like others.
double LeaseCoordinator::learned_since_lost(WorkerIndex worker, const Report& report, Instant now,
                                            Outbox& out) {
  const WorkerAccount& account = accounts_[worker];
  if (report.lease != account.lost_lease || !book_.pool().is_live(account.lost_pass)) return 0;
  Lease lost;
  lost.pass = account.lost_pass;
  return learned_cost(worker, lost, report, now, out);
}

// What has been learned counts for the declared cost of its places, which may be more than what the
// samples cost that were there.
double LeaseCoordinator::more_cost(Pass pass, const Report& report) const {
  const double more = book_.pool().learned_cost(pass, report.done);
  return std::max(more, (FileCosts::least_factor - 1) * report.cost);
}

// How many times as dear the steps of the report are for a worker of another home.
double LeaseCoordinator::learned_away(WorkerIndex worker, const Lease& lease,
                                      const Report& report) {
  if (!lease.is_away) return 1;
  const SpeedModel& model = cluster_.worker(worker).model;
  if (model.measured()) {
    const double overhead_s = model.seconds(report.steps, 0);
    const double at_home_s = model.seconds(report.steps, report.cost) - overhead_s;
    if (at_home_s > 0) {
      book_.observe_away(worker, (to_seconds(report.busy) - overhead_s) / at_home_s);
    }
  }
  return book_.away(worker);
}

void LeaseCoordinator::learn_file_cost(WorkerIndex worker, Pass pass, const Report& report,
                                       Instant now, Outbox& out) {
  const SpeedModel& model = cluster_.worker(worker).model;
  const double cost = report.cost + more_cost(pass, report);
  const double busy_s = to_seconds(report.busy);
  WorkerAccount& account = accounts_[worker];
  const double least_ratio = account.record.steps < steps_to_know_noise ? large_ratio : 0;
  const double luck = cluster_.expected_rate(worker) / cluster_.worker(worker).rate;
  const double ratio = luck * busy_s / model.seconds(report.steps, cost);
  const double chance = cluster_.largest_chance() / std::sqrt(report.steps);
  const bool stands_out = ratio >= least_ratio && std::abs(ratio - 1) >= chance &&
                          FileCosts::stands_out(model, report.steps, cost, busy_s);
  if (stands_out || file_costs_.is_watching()) {
    if (const auto file = book_.pool().only_file(pass, report.done)) {
      const FileCosts::Piece piece{worker,        *file,  report.steps,
                                   cost,          busy_s, is_first_in_file(account, *file),
                                   hosts_[worker]};
      const FileCosts::Outcome outcome = file_costs_.observe(piece, model);
      if (outcome.before) restore(worker, *outcome.before, now, out);
      if (outcome.has_learned) {
        file_costs_.visit_unchanged([&](WorkerIndex unchanged, const SpeedModel& before) {
          restore(unchanged, before, now, out);
        });
        book_.learn_costs(file_costs_.learned());
      }
    }
  }
  if (stands_out) return;
  account.usual_pass = pass;
  account.usual_begin = report.done.begin;
}

// While there is a trial of whether it matters who does what file, those who take part do its
// steps, and no long leases.
FreePool::Piece LeaseCoordinator::take(Assignment assignment) {
  if (!trial_.takes_part(assignment.worker) || assignment.part != Part::front ||
      cluster_.worker(assignment.worker).first_rate == 0) {
    return book_.take(assignment);
  }
  if (const auto file = trial_.next_for(assignment.worker)) {
    if (const auto step = book_.take_in(*file)) return *step;
  }
  assignment.samples = std::min(assignment.samples, steps_meanwhile * options_.step_samples);
  assignment.cost.reset();
  return book_.take(assignment);
}

void LeaseCoordinator::take_trial(WorkerIndex worker, Pass pass, const Report& report) {
  if (!trial_.takes_part(worker)) return;
  const auto file = book_.pool().only_file(pass, report.done);
  if (report.steps != 1 || !file) return;
  trial_.observe(worker, *file, to_seconds(report.busy) / report.cost);
}

// What was learned of the costs of files is worth nothing. What is known of speeds is that of the
// fastest step on trial.
void LeaseCoordinator::begin_to_learn_homes(Instant now, Outbox& out) {
  Homes homes = homes_to_learn(dataset_, options_.hosts, options_.workers, options_.first_worker);
  PerWorker<double> fastest_s(options_.workers, 0);
  trial_.visit_paces([&](WorkerIndex worker, std::int64_t /*file*/, double pace_s) {
    double& fastest = fastest_s[worker];
    fastest = fastest == 0 ? pace_s : std::min(fastest, pace_s);
  });
  for (const WorkerIndex worker : homes.of_worker.indices()) {
    cluster_.set_home(worker, homes.of_worker[worker]);
    if (fastest_s[worker] == 0 || !cluster_.worker(worker).model.measured()) continue;
    SpeedModel model(0, options_.predictor);
    const double cost = cluster_.mean_step_cost();
    model.observe(1, cost, cost * fastest_s[worker]);
    restore(worker, model, now, out);
  }
  learned_homes_ = LearnedHomes(std::move(homes), dataset_.files());
  trial_.visit_paces([&](WorkerIndex worker, std::int64_t file, double pace_s) {
    learned_homes_.observe({worker, file, 1, pace_s / fastest_s[worker]});
  });
  learns_file_costs_ = false;
  file_costs_ = FileCosts();
  book_.learn_costs({});
  learned_homes_.take_change();
  book_.learn_homes(learned_homes_.homes());
}

// The same where homes are learned: by what it took, whatever was thought of the lease.
double LeaseCoordinator::learned_home(WorkerIndex worker, const Lease& lease, const Report& report,
                                      Instant now, Outbox& out) {
  const SpeedModel& model = cluster_.worker(worker).model;
  const auto file = book_.pool().only_file(lease.pass, report.done);
  if (!file || !model.measured()) return report.cost;
  const double overhead_s = model.seconds(report.steps, 0);
  const double near_s = model.seconds(report.steps, report.cost) - overhead_s;
  const double took_s = to_seconds(report.busy) - overhead_s;
  if (!(near_s > 0 && took_s > 0)) return report.cost;
  const LearnedHomes::Piece piece{worker, *file, report.steps, took_s / near_s, model.noise()};
  const LearnedHomes::Verdict verdict = learned_homes_.observe(piece);
  const bool is_by_chance = !lease.is_away && !lease.retry;
  if (verdict == LearnedHomes::Verdict::nearer) {
    SpeedModel nearer(0, options_.predictor);
    nearer.observe(report.steps, report.cost, to_seconds(report.busy));
    restore(worker, nearer, now, out);
  }
  if (learned_homes_.take_change()) book_.learn_homes(learned_homes_.homes());
  if (verdict != LearnedHomes::Verdict::far) return report.cost;
  book_.observe_away(worker, piece.ratio);
  if (is_by_chance) take_back_the_far(worker, out);
  return report.cost * piece.ratio;
}

// What it holds beyond its step may well be near to others.
void LeaseCoordinator::take_back_the_far(WorkerIndex worker, Outbox& out) {
  const WorkerLoad& load = cluster_.worker(worker);
  const Lease* lease = book_.first(worker);
  if (lease == nullptr || lease->held().samples() <= 2 * options_.step_samples) return;
  if (!load.trimming && load.trimmable) {
    request_trim({worker, load.held_samples - options_.step_samples}, out);
  }
}

// Whether it was last at its usual speed in another file.
bool LeaseCoordinator::is_first_in_file(const WorkerAccount& account, std::int64_t file) const {
  const auto& begin = account.usual_begin;
  if (!begin) return account.times_lost == 0;
  if (!book_.pool().is_live(account.usual_pass)) return true;
  return book_.pool().only_file(account.usual_pass, {*begin, *begin + 1}) != file;
}

// What it was found to do lately was the file's fault.
void LeaseCoordinator::restore(WorkerIndex worker, const SpeedModel& model, Instant now,
                               Outbox& out) {
  const double before = cluster_.worker(worker).rate;
  cluster_.replace_model(worker, model);
  const double after = cluster_.worker(worker).rate;
  if (std::abs(after - before) < least_change * std::max(before, after)) return;
  accounts_[worker].spread = SpeedSpread();
  const EventKind kind = after < before ? EventKind::slower : EventKind::faster;
  out.emplace_back(Event{now, rank_of(worker), kind, before, after, 0});
}

// `felt_cost`: of the report, on this worker.
void LeaseCoordinator::observe(WorkerIndex worker, const Report& report, double felt_cost,
                               Instant now, Outbox& out) {
  WorkerAccount& account = accounts_[worker];
  const WorkerLoad& load = cluster_.worker(worker);
  const double busy_s = to_seconds(report.busy);
  const auto believed = cluster_.observe(worker, report.steps, felt_cost, busy_s);
  if (load.model.measured() && busy_s > 0) account.spread.add(felt_cost / busy_s);
  if (const auto change = believed ? account.spread.outstanding(*believed) : std::nullopt) {
    const EventKind kind = change->after < change->before ? EventKind::slower : EventKind::faster;
    out.emplace_back(Event{now, rank_of(worker), kind, change->before, change->after, 0});
  }
  WorkerRecord& record = account.record;
  Instant since = record.last_end;
  if (since == Instant()) {
    since = std::max(since, report.last_end - report.busy);
    record.starting = since - Instant();
  }
  worked_cost_ += report.cost;
  bound_.add(worker, report, load, since);
}

}  // namespace evenkeel
