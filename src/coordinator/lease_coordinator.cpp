#include "coordinator/lease_coordinator.h"

#include <fmt/core.h>

#include <algorithm>
#include <utility>

#include "balance/largest_steps.h"
#include "balance/policy_table.h"
#include "coordinator/work_survey.h"
#include "core/check.h"

namespace evenkeel {
LeaseCoordinator::LeaseCoordinator(const Dataset& dataset, const CoordinatorOptions& options)
    : options_(options),
      pool_(dataset, options.order, options.epochs, options.overlap, options.step_samples,
            options.done),
      failed_steps_(options.step_samples),
      leases_(options.workers),
      cluster_(options.workers, {dataset.samples(), dataset.cost(), options.step_samples},
               options.warmup_steps, options.predictor),
      accounts_(options.workers),
      deadlines_(options.lease_deadline),
      checkpoints_(options.workers),
      largest_steps_(largest_steps(dataset, options.step_samples, options.epochs, options.workers)),
      last_lease_id_(options.last_lease.value()),
      still_here_(options.workers) {
  EVENKEEL_CHECK(options.workers >= 1);
  EVENKEEL_CHECK(options.policy.weights.empty() ||
                 options.policy.weights.size() == accounts_.size());
  for (const WorkerIndex worker : options.policy.weights.indices()) {
    cluster_.set_weight(worker, options.policy.weights[worker]);
  }
  policy_ = make_policy(options.policy, cluster_);
  job_.samples = pool_.samples();
  job_.samples_before = dataset.samples() * options.epochs - job_.samples;
  job_.cost = pool_.cost();
  deadlines_.expect(Instant() + patience(WorkerIndex(0)));
}

void LeaseCoordinator::receive(Rank from, const LeaseMode::ToCoordinator& message, Instant now,
                               Outbox& out) {
  const WorkerIndex worker = index_of(from, options_.first_worker);
  if (worker.value() < 0 || worker.value() >= options_.workers) {
    throw ProtocolError(fmt::format("rank {} is not a worker of this job", from.value()));
  }
  ++job_.messages;
  WorkerAccount& account = accounts_[worker];
  account.heard = true;
  if (!std::holds_alternative<TrimAnswer>(message)) {
    account.pause = Duration::zero();
    account.will_ask = false;
  }
  cluster_.set_silent_since(worker, now);
  const bool is_last_word =
      std::holds_alternative<Farewell>(message) || std::holds_alternative<Leave>(message);
  const bool comes_back = account.record.state == WorkerState::lost && !is_last_word;
  const std::int64_t wasted_before = job_.wasted_samples;
  if (comes_back) welcome_back(worker, now, out);
  std::visit([&](const auto& m) { on(worker, m, now, out); }, message);
  if (comes_back) {
    const std::int64_t wasted = job_.wasted_samples - wasted_before;
    out.emplace_back(Event{now, from, EventKind::fenced, 0, 0, wasted});
  }
  serve(now, out);
  finish_if_done(now, out);
}

void LeaseCoordinator::wake(Instant now, Outbox& out) {
  if (deadlines_.next_look() && now >= *deadlines_.next_look()) lose_the_silent(now, out);
  serve(now, out);
}

std::optional<Instant> LeaseCoordinator::next_wake() const {
  const std::optional<Instant> reconsider = finished_ ? std::nullopt : policy_->reconsider_at();
  const std::optional<Instant> look = deadlines_.next_look();
  if (!look || !reconsider) return look ? look : reconsider;
  return std::min(*reconsider, *look);
}

bool LeaseCoordinator::released() const { return finished_ && still_here_ == 0; }

Pass LeaseCoordinator::pass() const { return pool_.pass(); }

// ---- what workers say

void LeaseCoordinator::on(WorkerIndex worker, const Report& report, Instant now, Outbox& out) {
  WorkerRecord& record = accounts_[worker].record;
  record.paused = sum_of(record.paused, report.paused);
  if (report.steps > 0) take_progress(worker, report, now, out);
  if (report.wants_lease) take_request(worker, report.lead, now);
}

void LeaseCoordinator::take_request(WorkerIndex worker, Duration lead, Instant now) {
  cluster_.set_asking(worker, true);
  cluster_.set_lead(worker, lead);
  accounts_[worker].asked_at = now;
}

void LeaseCoordinator::on(WorkerIndex worker, const Pause& pause, Instant now, Outbox& /*out*/) {
  accounts_[worker].pause = pause.expected;
  expect_word(worker, now);
}

void LeaseCoordinator::take_progress(WorkerIndex worker, const Report& report, Instant now,
                                     Outbox& out) {
  const std::int64_t samples = report.done.samples();
  if (samples < 1 || !(report.cost > 0) || report.busy < Duration::zero()) {
    throw ProtocolError(fmt::format("rank {} reports {} samples of cost {} in {} s",
                                    rank_of(worker).value(), samples, report.cost,
                                    to_seconds(report.busy)));
  }
  WorkerAccount& account = accounts_[worker];
  if (report.lease > account.last_lease) {
    throw ProtocolError(fmt::format("rank {} reports samples of lease {}, which it never had",
                                    rank_of(worker).value(), report.lease.value()));
  }
  if (samples > pool_.epoch_samples()) {  // of a lease that is no more, any are wasted
    throw ProtocolError(
        fmt::format("rank {} reports {} samples of lease {}, more than an epoch has",
                    rank_of(worker).value(), samples, report.lease.value()));
  }
  account.longest_step =
      std::max(account.longest_step, (report.last_end - report.first_start) / report.steps);
  account.failed_in_a_row = 0;
  Lease* lease = leases_.find(worker, report.lease);
  if (lease == nullptr) {
    job_.wasted_samples += samples;  // yet it tells how fast the worker is
    cluster_.observe(worker, report.steps, report.cost, to_seconds(report.busy));
    return;
  }
  if (report.done.begin != lease->done || report.done.end > lease->interval.end) {
    throw ProtocolError(fmt::format(
        "rank {} reports samples {} to {} of lease {}, which is done up to {} and ends at {}",
        rank_of(worker).value(), report.done.begin.value(), report.done.end.value(),
        report.lease.value(), lease->done.value(), lease->interval.end.value()));
  }

  if (lease->done == lease->interval.begin) lease->first_start = report.first_start;
  lease->last_end = report.last_end;
  lease->done = report.done.end;
  const double held_cost = std::min(lease->held_cost, pool_.cost(lease->pass, report.done));
  lease->held_cost -= held_cost;
  cluster_.finish(worker, samples, held_cost);
  pool_.finish(lease->pass, samples);
  if (!checkpoints_.empty()) {
    void_checkpoints(checkpoints_.progress(worker, lease->pass, report.done), worker, now, out);
  }

  const WorkerLoad& load = cluster_.worker(worker);
  cluster_.set_working_since(worker, std::min(report.last_end, now));
  cluster_.set_trimmable(worker, true);
  const double busy_s = to_seconds(report.busy);
  const auto believed = cluster_.observe(worker, report.steps, report.cost, busy_s);
  SpeedSpread& spread = account.spread;
  if (load.model.measured() && busy_s > 0) spread.add(report.cost / busy_s);
  if (const auto change = believed ? spread.outstanding(*believed) : std::nullopt) {
    const EventKind kind = change->after < change->before ? EventKind::slower : EventKind::faster;
    out.emplace_back(Event{now, rank_of(worker), kind, change->before, change->after, 0});
  }

  WorkerRecord& record = account.record;
  if (busy_s > 0) {
    const double speed = report.cost / busy_s;
    // While it did not work, it could have worked at its usual speed; this report's may be far off.
    const double usual = load.model.measured() ? load.rate : speed;
    const double span_s = std::max(busy_s, to_seconds(report.last_end - record.last_end));
    capacity_.add(record.last_end, report.last_end,
                  (report.cost + (span_s - busy_s) * usual) / span_s);
    account.highest_speed = std::max(account.highest_speed, speed);
  }
  if (load.model.measured()) {  // in a larger step, its overhead weighs less
    account.highest_speed =
        std::max(account.highest_speed, load.model.rate(largest_steps_.front()));
  }
  record.samples += samples;
  record.cost += report.cost;
  record.steps += report.steps;
  record.busy = sum_of(record.busy, report.busy);
  record.last_end = std::max(record.last_end, report.last_end);
  job_.samples_done += samples;
  job_.cost_done += report.cost;
  job_.steps += report.steps;
  job_.last_end = std::max(job_.last_end, report.last_end);

  close_if_done(worker, *lease, out);
  expect_word(worker, now);
}

void LeaseCoordinator::on(WorkerIndex worker, const TrimAnswer& answer, Instant now, Outbox& out) {
  const WorkerLoad& load = cluster_.worker(worker);
  WorkerAccount& account = accounts_[worker];
  if (!load.trimming || answer.serial != account.trim_serial) return;  // taken back meanwhile
  cluster_.set_trimming(worker, false);

  std::int64_t returned = 0;
  const Lease* lease = leases_.first(worker, answer.kept);
  while (lease != nullptr && lease->id <= answer.last_seen) {
    const LeaseId id = lease->id;
    const bool kept = id == answer.kept;
    const Position new_end = kept ? answer.kept_end : lease->interval.begin;
    if (new_end < lease->done || new_end > lease->interval.end) {
      throw ProtocolError(
          fmt::format("rank {} gives back lease {} from {} on, but it is done to {}",
                      rank_of(worker).value(), id.value(), new_end.value(), lease->done.value()));
    }
    returned += take_back(worker, id, new_end, out);
    lease = leases_.first(worker, LeaseId(id.value() + 1));
  }
  cluster_.set_trimmable(worker, returned > 0);
  if (load.held_leases > 0 || load.asking) return;
  account.will_ask = true;  // and until then it is missing where steps are to be tried again
  expect_word(worker, now);
}

void LeaseCoordinator::on(WorkerIndex worker, const Farewell& farewell, Instant /*now*/,
                          Outbox& /*out*/) {
  WorkerRecord& record = accounts_[worker].record;
  if (!finished_ || record.state == WorkerState::finished) {
    throw ProtocolError(fmt::format("rank {} leaves unbidden", rank_of(worker).value()));
  }
  if (record.state == WorkerState::working) --still_here_;
  record.waited_for_coordinator = farewell.waited_for_grant;
  record.waited_for_others = farewell.waited_for_end;
  record.state = WorkerState::finished;
}

void LeaseCoordinator::on(WorkerIndex worker, const Leave& /*leave*/, Instant now, Outbox& out) {
  WorkerAccount& account = accounts_[worker];
  if (account.record.left || account.record.state == WorkerState::finished) return;
  if (account.record.state == WorkerState::working) lose(worker, now, out);
  complete_checkpoints_without_the_lost(now, out);
  account.record.left = true;
  ++left_;
}

void LeaseCoordinator::on(WorkerIndex worker, const Checkpoint& checkpoint, Instant now,
                          Outbox& out) {
  if (!options_.keeps_checkpoints || finished_) {
    send(worker, CheckpointAnswer{checkpoint.tag, CheckpointState::unrecorded}, out);
    return;
  }
  void_checkpoints(checkpoints_.call(worker, checkpoint.tag), worker, now, out);
  if (complete_checkpoint(worker, now, out)) return;
  send(worker, CheckpointAnswer{checkpoint.tag, CheckpointState::pending}, out);
}

void LeaseCoordinator::void_checkpoints(const std::vector<CheckpointTag>& tags, WorkerIndex by,
                                        Instant now, Outbox& out) const {
  for (const CheckpointTag& tag : tags) {
    out.emplace_back(checkpoint_event(EventKind::voided, now, rank_of(by), tag));
  }
}

// One that no live worker is missing of, if there is one.
bool LeaseCoordinator::complete_checkpoint(std::optional<WorkerIndex> caller, Instant now,
                                           Outbox& out) {
  if (finished_) return false;  // and the others have gone
  const auto is_live = [this](WorkerIndex worker) {
    return accounts_[worker].record.state == WorkerState::working;
  };
  const auto done = [this] { return done_work(); };
  auto complete = checkpoints_.take_complete(is_live, done, pool_.epoch_samples());
  if (!complete) return false;
  CheckpointRecord record{complete->tag, now, -1, std::move(complete->done), std::nullopt};
  if (caller) {
    record.waiting = rank_of(*caller);
    ++job_.messages;
  }
  out.emplace_back(
      checkpoint_event(EventKind::checkpoint, now, record.waiting.value_or(Rank(0)), record.tag));
  out.emplace_back(std::move(record));
  return true;
}

// ---- leases that end otherwise than by being done

// The lease now ends at `new_end`; what lies behind goes back to the pool. Returns how much.
std::int64_t LeaseCoordinator::take_back(WorkerIndex worker, LeaseId id, Position new_end,
                                         Outbox& out) {
  Lease& lease = *leases_.find(worker, id);
  const Interval returned{new_end, lease.interval.end};
  const double cost = new_end == lease.done
                          ? lease.held_cost
                          : std::min(lease.held_cost, pool_.cost(lease.pass, returned));
  lease.interval.end = new_end;
  lease.held_cost -= cost;
  cluster_.take_back(worker, returned.samples(), cost);
  if (lease.attempts.none()) {
    pool_.put_back(lease.pass, returned);
  } else {
    failed_steps_.add(lease.pass, returned, lease.attempts, cost);
  }
  close_if_done(worker, lease, out);
  return returned.samples();
}

void LeaseCoordinator::close_if_done(WorkerIndex worker, const Lease& lease, Outbox& out) {
  if (!lease.held().empty()) return;
  tell_done(worker, lease, out);
  cluster_.end_lease(worker, lease.held_cost);
  leases_.remove(worker, lease.id);
}

// What is done of the lease is a completed piece.
void LeaseCoordinator::tell_done(WorkerIndex worker, const Lease& lease, Outbox& out) const {
  const Interval done{lease.interval.begin, lease.done};
  if (done.empty()) return;
  out.emplace_back(
      Span{lease.pass, done, rank_of(worker), lease.id, lease.first_start, lease.last_end});
}

void LeaseCoordinator::lose(WorkerIndex worker, Instant now, Outbox& out) {
  WorkerAccount& account = accounts_[worker];
  std::int64_t returned = 0;
  if (const Lease* in_work = leases_.first(worker)) {
    job_.redone_samples += std::min(options_.step_samples, in_work->held().samples());
  }
  while (const Lease* lease = leases_.first(worker)) {
    returned += take_back(worker, lease->id, lease->done, out);
  }
  cluster_.set_trimming(worker, false);
  cluster_.set_alive(worker, false);
  account.record.state = WorkerState::lost;
  ++account.times_lost;
  --still_here_;
  out.emplace_back(Event{now, rank_of(worker), EventKind::lost, 0, 0, returned});
  void_checkpoints(checkpoints_.lose(worker), worker, now, out);
}

// A lost worker speaks: whatever it still holds is void, and it needs work.
void LeaseCoordinator::welcome_back(WorkerIndex worker, Instant now, Outbox& out) {
  WorkerAccount& account = accounts_[worker];
  account.record.state = WorkerState::working;
  ++still_here_;
  cluster_.set_asking(worker, true);
  cluster_.set_trimmable(worker, true);
  account.asked_at = now;
  cluster_.set_alive(worker, true);
  send(worker, Fence{account.last_lease}, out);
  if (finished_) {
    send(worker, Finish{end()}, out);
    expect_word(worker, now);
  }
}

// ---- silence

// Does it hold something, or has it never spoken, or is only its request or its farewell missing?
bool LeaseCoordinator::owes_a_word(WorkerIndex worker) const {
  const WorkerAccount& account = accounts_[worker];
  if (account.record.state != WorkerState::working) return false;
  if (finished_ || !account.heard || account.will_ask) return true;
  return cluster_.worker(worker).held_leases > 0;
}

Duration LeaseCoordinator::patience(WorkerIndex worker) const {
  if (finished_) return deadlines_.farewell_patience();
  const WorkerAccount& account = accounts_[worker];
  const WorkerLoad& load = cluster_.worker(worker);
  Duration step = account.longest_step;
  if (load.model.measured() && load.held_samples > 0) {
    // Its next step may be far more expensive than those it has done.
    const Lease& lease = *leases_.first(worker);
    const std::int64_t next = std::min(options_.step_samples, lease.held().samples());
    const double cost = pool_.cost(lease.pass, {lease.done, lease.done + next});
    step = std::max(step, from_seconds(load.model.seconds(1, cost)));
  }
  return deadlines_.patience(step, account.times_lost) + account.pause;
}

void LeaseCoordinator::expect_word(WorkerIndex worker, Instant now) {
  if (!deadlines_.looks_soon(now)) deadlines_.expect(now + patience(worker));
}

void LeaseCoordinator::lose_the_silent(Instant now, Outbox& out) {
  deadlines_.begin_look(now);
  for (const WorkerIndex worker : accounts_.indices()) {
    if (!owes_a_word(worker)) continue;
    const Instant since = deadlines_.silence_counts_from(cluster_.worker(worker).silent_since);
    const Instant deadline = since + patience(worker);
    if (now >= deadline) {
      lose(worker, now, out);
    } else {
      deadlines_.expect(deadline);
    }
  }
  complete_checkpoints_without_the_lost(now, out);
}

// Once all are lost that are: a lost contributor voids a checkpoint.
void LeaseCoordinator::complete_checkpoints_without_the_lost(Instant now, Outbox& out) {
  while (complete_checkpoint(std::nullopt, now, out)) {
  }
}

// ---- work for those who can do it

void LeaseCoordinator::tell_policy() {
  cluster_.visit_changed([this](WorkerIndex worker) { policy_->changed(cluster_, worker); });
}

void LeaseCoordinator::serve(Instant now, Outbox& out) {
  tell_policy();  // it has to see that a lease is over before there is the next
  retry_failed_steps(now, out);
  while (true) {
    tell_policy();
    FreeWork free = pool_.view();
    free.cost += failed_steps_.cost();  // still to be done, though no policy hands it out
    cluster_.set_free_work(free);
    if (cluster_.free_work().samples > 0) {
      const std::optional<Assignment> assignment = policy_->assign(cluster_, now);
      if (!assignment) return;
      grant(assignment->worker, pool_.take(assignment->samples, assignment->cost), {}, now, out);
    } else {
      const std::optional<TrimRequest> trim = policy_->trim(cluster_, now);
      if (!trim) return;
      request_trim(*trim, out);
    }
  }
}

void LeaseCoordinator::grant(WorkerIndex worker, const FreePool::Piece& piece,
                             const Attempts& attempts, Instant now, Outbox& out) {
  WorkerAccount& account = accounts_[worker];
  EVENKEEL_CHECK(cluster_.worker(worker).alive);
  const LeaseId id(++last_lease_id_);
  leases_.add(worker,
              {id, piece.pass, piece.interval, piece.interval.begin, piece.cost, {}, {}, attempts});
  account.last_lease = id;
  ++account.record.leases;
  ++job_.leases;

  const WorkerLoad& load = cluster_.worker(worker);
  const bool was_idle = load.held_leases == 0;
  if (was_idle) {
    cluster_.set_working_since(worker, now);
    cluster_.set_silent_since(worker, now);
  }
  const Duration kept_waiting = load.asking ? now - account.asked_at : Duration::zero();
  cluster_.set_asking(worker, false);
  cluster_.give(worker, piece.interval.samples(), piece.cost);
  if (was_idle) expect_word(worker, now);
  send(worker, Grant{id, piece.pass, piece.interval, kept_waiting}, out);
}

void LeaseCoordinator::request_trim(const TrimRequest& request, Outbox& out) {
  WorkerAccount& account = accounts_[request.worker];
  const WorkerLoad& load = cluster_.worker(request.worker);
  EVENKEEL_CHECK(load.alive && !load.trimming && request.samples >= 1);
  cluster_.set_trimming(request.worker, true);
  account.trim_serial = ++last_trim_serial_;
  ++account.record.trims;
  ++job_.trims;
  send(request.worker, Trim{account.trim_serial, request.samples}, out);
}

void LeaseCoordinator::finish_if_done(Instant now, Outbox& out) {
  if (finished_ || !pool_.all_done()) return;
  finished_ = true;
  deadlines_.begin_look(now);
  for (const WorkerIndex worker : accounts_.indices()) {
    if (accounts_[worker].record.state != WorkerState::working) continue;
    cluster_.set_silent_since(worker, now);
    send(worker, Finish{end()}, out);
    deadlines_.expect(now + patience(worker));
  }
}

void LeaseCoordinator::send(WorkerIndex worker, const LeaseMode::ToWorker& message, Outbox& out) {
  ++job_.messages;
  out.emplace_back(Send<LeaseMode>{rank_of(worker), message});
}

}  // namespace evenkeel
