// Lease mode: what reports say of the speeds of workers and the costs of files.
#include <algorithm>
#include <cmath>

#include "coordinator/lease_coordinator.h"

namespace evenkeel {
namespace {

constexpr double least_change = 0.1;  // of a speed, to be told
// Before a worker has done so many steps, what stands out may well be noise, unless it takes so
// many times as long.
constexpr std::int64_t steps_to_know_noise = 16;
constexpr double large_ratio = 4;

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
    if (at_home_s > 0) book_.away().observe((to_seconds(report.busy) - overhead_s) / at_home_s);
  }
  return book_.away().value();
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
      const FileCosts::Piece piece{worker, *file,  report.steps,
                                   cost,   busy_s, is_first_in_file(account, *file)};
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
