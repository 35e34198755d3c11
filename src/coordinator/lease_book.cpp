#include "coordinator/lease_book.h"

#include <fmt/core.h>

#include <algorithm>
#include <map>

#include "core/check.h"

namespace evenkeel {
namespace {

constexpr double rounding = 1e-3;  // of sums of costs

// Steps that cost at least this share of what each worker has to do are dealt out first: the others
// make little difference at the end.
constexpr double dear_share = 1.0 / 128;

double dear_cost(const Dataset& dataset, const CoordinatorOptions& options) {
  const bool is_free =
      options.deal == DealOrder::free && options.policy.kind == PolicyKind::adaptive;
  return is_free ? dear_share * dataset.cost() * options.epochs / options.workers
                 : FreePool::none_is_dear;
}

void add(Interval interval, IntervalSet& set) {
  const bool is_new = set.insert(interval);
  EVENKEEL_CHECK(is_new);
}

}  // namespace

Report within_the_job(const Report& report, Instant now) {
  Report limited = report;
  limited.last_end = std::clamp(report.last_end, Instant(), latest(now));
  limited.first_start = std::clamp(report.first_start, Instant(), limited.last_end);
  return limited;
}

LeaseBook::LeaseBook(const Dataset& dataset, const CoordinatorOptions& options, Cluster& cluster)
    : first_worker_(options.first_worker),
      step_samples_(options.step_samples),
      epoch_cost_(dataset.cost() * (1 + rounding)),
      cluster_(cluster),
      pool_(dataset, options.order, options.epochs, options.overlap, options.step_samples,
            options.done, dear_cost(dataset, options), options.homes),
      failed_(options.step_samples, options.workers),
      away_(options.workers),
      leases_(options.workers),
      newest_(options.workers),
      last_id_(options.last_lease.value()) {}

FreeWork LeaseBook::free_work() const {
  FreeWork work = pool_.view();
  work.cost += failed_.cost();
  work.away = away_.usual();
  return work;
}

FreePool::Piece LeaseBook::take(const Assignment& assignment) {
  if (assignment.part == Part::dear) return pool_.take_dear();
  if (!pool_.has_homes()) return pool_.take(assignment.samples, assignment.cost);
  const std::int32_t home = cluster_.worker(assignment.worker).home;
  return pool_.take_near(home, assignment.samples, assignment.cost, away_.of(assignment.worker));
}

LeaseId LeaseBook::grant(WorkerIndex worker, const FreePool::Piece& piece,
                         const std::optional<Attempts>& retry) {
  const LeaseId id(++last_id_);
  Lease lease{id, piece.pass, piece.interval, piece.interval.begin, cost_there(worker, piece)};
  lease.is_away = piece.is_away;
  if (piece.is_away) lease.away = away_.of(worker);
  lease.retry = retry;
  leases_.add(worker, lease);
  newest_[worker] = id;
  cluster_.give(worker, piece.interval.samples(), lease.held_cost);
  return id;
}

void LeaseBook::check(WorkerIndex worker, const Report& report) const {
  const std::int32_t rank = rank_of(worker, first_worker_).value();
  const std::int64_t samples = report.done.samples();
  if (samples < 1 || !(report.cost > 0) || report.busy < Duration::zero()) {
    throw ProtocolError(fmt::format("rank {} reports {} samples of cost {} in {} s", rank, samples,
                                    report.cost, to_seconds(report.busy)));
  }
  if (report.steps > samples) {
    throw ProtocolError(
        fmt::format("rank {} reports {} steps of {} samples", rank, report.steps, samples));
  }
  if (to_seconds(report.busy) > report.steps * to_seconds(latest(report.last_end))) {
    throw ProtocolError(fmt::format("rank {} reports {:.3g} s of work in {} steps by {:.3g} s",
                                    rank, to_seconds(report.busy), report.steps,
                                    to_seconds(report.last_end)));
  }
  if (report.lease > newest(worker)) {
    throw ProtocolError(fmt::format("rank {} reports samples of lease {}, which it never had", rank,
                                    report.lease.value()));
  }
  // Of a lease that is no more, any are wasted.
  if (samples > pool_.epoch_samples() || report.cost > epoch_cost_) {
    throw ProtocolError(
        fmt::format("rank {} reports {} samples of cost {} of lease {}, more than an epoch has",
                    rank, samples, report.cost, report.lease.value()));
  }
  const Lease* lease = find(worker, report.lease);
  if (lease == nullptr) return;
  if (report.done.begin != lease->done || report.done.end > lease->interval.end) {
    throw ProtocolError(fmt::format(
        "rank {} reports samples {} to {} of lease {}, which is done up to {} and ends at {}", rank,
        report.done.begin.value(), report.done.end.value(), report.lease.value(),
        lease->done.value(), lease->interval.end.value()));
  }
}

void LeaseBook::check(WorkerIndex worker, const Failed& failed) const {
  const Interval step = failed.interval;
  const Lease* lease = find(worker, failed.lease);
  const bool is_known = failed.lease <= newest(worker);
  const bool fits = lease == nullptr ||
                    (step.begin == lease->done && is_step(step) && step.end <= lease->interval.end);
  if (is_known && fits) return;
  throw ProtocolError(fmt::format("rank {} fails samples {} to {} of lease {}, which {}",
                                  rank_of(worker, first_worker_).value(), step.begin.value(),
                                  step.end.value(), failed.lease.value(),
                                  is_known ? "are not the next step of it" : "it never had"));
}

// Whether it begins on the grid of steps and ends at its next point, or at the epoch's end.
bool LeaseBook::is_step(Interval interval) const {
  const Position end = interval.begin + step_samples_;
  return interval.begin.value() % step_samples_ == 0 && !interval.empty() &&
         interval.end == std::min(end, Position(pool_.epoch_samples()));
}

void LeaseBook::finish(WorkerIndex worker, const Report& report, Outbox& out) {
  end_race(report.lease, out);
  Lease& lease = *leases_.find(worker, report.lease);
  if (lease.done == lease.interval.begin) lease.first_start = report.first_start;
  lease.last_end = report.last_end;
  lease.done = report.done.end;
  const double cost = lease.done == lease.interval.end
                          ? lease.held_cost
                          : std::min(lease.held_cost, cost_of(lease, report.done));
  lease.held_cost -= cost;
  cluster_.finish(worker, report.done.samples(), cost);
  pool_.finish(lease.pass, report.done.samples());
  close_if_done(worker, lease, out);
  copies_.forget_before(pool_.pass());
  silent_.erase(silent_.begin(), silent_.lower_bound(pool_.pass()));
}

// A copy that fails is no attempt: whoever holds the step has not failed it.
void LeaseBook::fail(WorkerIndex worker, LeaseId id, Interval step, Outbox& out) {
  Lease& lease = *leases_.find(worker, id);
  if (const auto copy = copies_.in(id)) {
    copies_.forbid(lease.pass, step.begin);
    drop(*copy);
    return;
  }
  if (const auto copy = copies_.of(id)) {
    promote(*copy, lease.retry.value_or(Attempts()).and_by(worker), out);
    return;
  }
  tell_done(worker, lease, out);
  const Pass pass = lease.pass;
  const double cost = std::min(lease.held_cost, cost_of(lease, step));
  lease.held_cost -= cost;
  lease.interval.begin = lease.done = step.end;  // it goes on as if it began there
  cluster_.finish(worker, step.samples(), cost);
  const Attempts attempts = lease.retry.value_or(Attempts()).and_by(worker);
  close_if_done(worker, lease, out);
  failed_.add(pass, step, attempts, pool_.cost(pass, step));
}

void LeaseBook::set_aside(const FailedSteps::Group& group, Outbox& out) {
  IntervalSet steps = group.steps;
  while (!steps.empty()) {
    const Position begin = steps.intervals().front().begin;
    const Interval step = steps.take_front(step_samples_ - begin.value() % step_samples_);
    out.emplace_back(SetAside{group.pass, step});
    add(step, set_aside_[group.pass]);
    pool_.finish(group.pass, step.samples());
  }
}

void LeaseBook::learn_costs(const std::vector<LearnedCost>& learned) {
  pool_.learn_costs(learned);
  failed_.recost(pool_);
  recost_leases();
}

void LeaseBook::learn_homes(const Homes& homes) {
  pool_.learn_homes(homes);
  for (const auto& [worker, held] : held_leases()) {
    const std::int32_t home = pool_.home_of(held->pass, held->done);
    if (home == Homes::none) continue;
    Lease& lease = *leases_.find(worker, held->id);
    lease.is_away = home != cluster_.worker(worker).home;
    lease.away = lease.is_away ? away_.of(worker) : 1;
  }
  recost_leases();
}

void LeaseBook::recost_leases() {
  for (const auto& [worker, held] : held_leases()) {
    Lease& lease = *leases_.find(worker, held->id);
    const double cost = cost_of(lease, lease.held());
    if (cost == lease.held_cost) continue;
    cluster_.recost(worker, cost - lease.held_cost);
    lease.held_cost = cost;
  }
}

std::int64_t LeaseBook::take_back(WorkerIndex worker, LeaseId id, Position new_end, Outbox& out) {
  return take_back(worker, id, new_end, find(worker, id)->retry, out);
}

std::int64_t LeaseBook::take_back(WorkerIndex worker, LeaseId id, Position new_end,
                                  const std::optional<Attempts>& retry, Outbox& out) {
  if (const auto copy = copies_.in(id)) {
    const Lease& lease = *find(worker, id);
    if (new_end > lease.done) return 0;
    if (retry) copies_.forbid(lease.pass, lease.done);
    drop(*copy);
    return 0;
  }
  std::int64_t promoted = 0;
  if (const auto copy = copies_.of(id); copy && new_end == find(worker, id)->done) {
    promoted = promote(*copy, retry, out).samples();
    const Lease* rest = find(worker, id);
    if (rest == nullptr) return promoted;
    new_end = rest->done;
  }
  Lease& lease = *leases_.find(worker, id);
  const Interval returned{new_end, lease.interval.end};
  const double cost =
      new_end == lease.done ? lease.held_cost : std::min(lease.held_cost, cost_of(lease, returned));
  lease.interval.end = new_end;
  lease.held_cost -= cost;
  cluster_.take_back(worker, returned.samples(), cost);
  if (retry) {
    failed_.add(lease.pass, returned, *retry, pool_.cost(lease.pass, returned));
  } else {
    pool_.put_back(lease.pass, returned);
  }
  close_if_done(worker, lease, out);
  return promoted + returned.samples();
}

// Throws ProtocolError if the worker gives back what it has done, or does not hold.
std::int64_t LeaseBook::take_back(WorkerIndex worker, const TrimAnswer& answer, Outbox& out) {
  std::int64_t returned = 0;
  const Lease* lease = first(worker, answer.kept);
  while (lease != nullptr && lease->id <= answer.last_seen) {
    const LeaseId id = lease->id;
    const Position new_end = id == answer.kept ? answer.kept_end : lease->interval.begin;
    if (new_end < lease->done || new_end > lease->interval.end) {
      throw ProtocolError(
          fmt::format("rank {} gives back lease {} from {} on, but it is done to {}",
                      rank_of(worker, first_worker_).value(), id.value(), new_end.value(),
                      lease->done.value()));
    }
    returned += take_back(worker, id, new_end, out);
    lease = first(worker, LeaseId(id.value() + 1));
  }
  return returned;
}

// The trainer's steps in work, of which one has ended it, are to be tried one by one.
std::int64_t LeaseBook::take_back(WorkerIndex worker, const Leave& leave, Outbox& out) {
  const std::int64_t returned = take_back_to_retry(worker, leave.suspects, false, out);
  return returned + take_back_all(worker, out);
}

// A step that is silent with one worker may be the worker's fault.
std::int64_t LeaseBook::take_back_from_the_silent(WorkerIndex worker, Outbox& out) {
  const Lease* in_work = first(worker);
  const bool is_known = in_work != nullptr && !silent_[in_work->pass].insert(in_work->done).second;
  const std::int64_t returned = is_known ? take_back_to_retry(worker, 1, true, out) : 0;
  return returned + take_back_all(worker, out);
}

// The next steps of what it holds, so many.
std::int64_t LeaseBook::take_back_to_retry(WorkerIndex worker, std::int32_t steps, bool last,
                                           Outbox& out) {
  std::int64_t returned = 0;
  while (const Lease* lease = steps > 0 ? first(worker) : nullptr) {
    const LeaseId id = lease->id;
    const Position begin = lease->done;
    const Attempts attempts = lease->retry.value_or(Attempts());
    Position end = begin;
    for (; steps > 0 && end < lease->interval.end; --steps) {
      const Position next((end.value() / step_samples_ + 1) * step_samples_);
      end = std::min(next, lease->interval.end);
    }
    if (end < lease->interval.end) returned += take_back(worker, id, end, out);
    returned += take_back(worker, id, begin, last ? attempts.as_last() : attempts, out);
  }
  return returned;
}

std::int64_t LeaseBook::take_back_all(WorkerIndex worker, Outbox& out) {
  std::int64_t returned = 0;
  while (const Lease* lease = leases_.first(worker)) {
    returned += take_back(worker, lease->id, lease->done, out);
  }
  return returned;
}

void LeaseBook::close_if_done(WorkerIndex worker, const Lease& lease, Outbox& out) {
  if (!lease.held().empty()) return;
  tell_done(worker, lease, out);
  cluster_.end_lease(worker, lease.held_cost);
  leases_.remove(worker, lease.id);
}

void LeaseBook::tell_done(WorkerIndex worker, const Lease& lease, Outbox& out) const {
  if (lease.done > lease.interval.begin) out.emplace_back(span_of(worker, lease));
}

Span LeaseBook::span_of(WorkerIndex worker, const Lease& lease) const {
  const Interval done{lease.interval.begin, lease.done};
  return {lease.pass,        done,          rank_of(worker, first_worker_), lease.id,
          lease.first_start, lease.last_end};
}

std::vector<Span> LeaseBook::open_spans() const {
  std::vector<Span> spans;
  for (const auto& [worker, lease] : held_leases()) {
    if (lease->done > lease->interval.begin) spans.push_back(span_of(worker, *lease));
  }
  return spans;
}

// Worker by worker, in the order granted.
std::vector<LeaseBook::HeldLease> LeaseBook::held_leases() const {
  std::vector<HeldLease> held;
  for (const WorkerIndex worker : leases_.workers()) {
    for (const Lease* lease = leases_.first(worker); lease != nullptr;
         lease = leases_.first(worker, LeaseId(lease->id.value() + 1))) {
      held.push_back({worker, lease});
    }
  }
  return held;
}

// What is free, held or to be tried again; stops the program if something is there twice.
IntervalSet LeaseBook::undone(Pass pass, const std::vector<HeldLease>& held) const {
  IntervalSet set;
  for (const Interval& interval : pool_.free_intervals(pass)) add(interval, set);
  for (const auto& [worker, lease] : held) {
    if (lease->pass == pass && !copies_.in(lease->id)) add(lease->held(), set);
  }
  for (const FailedSteps::Group& group : failed_.groups()) {
    if (group.pass != pass) continue;
    for (const Interval& interval : group.steps.intervals()) add(interval, set);
  }
  return set;
}

DoneWork LeaseBook::done_work() const {
  const std::vector<HeldLease> held = held_leases();
  DoneWork work{pool_.whole_epochs(), pool_.parts_of_later_epochs()};
  for (const Pass pass : pool_.live_passes()) {
    IntervalSet done;
    const Interval whole{Position(0), Position(pool_.epoch_samples())};
    for (const Interval& gap : undone(pass, held).gaps(whole)) add(gap, done);
    if (!done.empty()) work.parts.emplace(pass, std::move(done));
  }
  work.take_out(set_aside_, pool_.epoch_samples());
  return work;
}

void LeaseBook::check_invariants() const {
  const std::vector<HeldLease> held = held_leases();
  for (const Pass pass : pool_.live_passes()) {
    EVENKEEL_CHECK(undone(pass, held).samples() == pool_.undone(pass));
  }
  PerWorker<std::int64_t> samples(cluster_.workers(), 0);
  for (const auto& [worker, lease] : held) {
    EVENKEEL_CHECK(cluster_.worker(worker).alive && !lease->held().empty());
    samples[worker] += lease->held().samples();
  }
  for (const WorkerIndex worker : leases_.workers()) {
    EVENKEEL_CHECK(samples[worker] == cluster_.worker(worker).held_samples);
  }
  EVENKEEL_CHECK(static_cast<std::int64_t>(held.size()) == cluster_.held_leases());
  EVENKEEL_CHECK(outrun_.empty());
  for (const auto& [id, copy] : copies_.all()) {
    const Lease* original = find(copy.holder, copy.original);
    const Lease* lease = find(copy.copier, copy.lease);
    EVENKEEL_CHECK(original != nullptr && lease != nullptr && copy.holder != copy.copier);
    EVENKEEL_CHECK(lease->pass == original->pass && lease->done == original->done &&
                   lease->interval.end <= original->interval.end);
  }
}

}  // namespace evenkeel
