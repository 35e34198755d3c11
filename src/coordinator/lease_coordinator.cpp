#include "coordinator/lease_coordinator.h"

#include <fmt/core.h>

#include <algorithm>
#include <utility>

#include "balance/policy_table.h"
#include "balance/prior_trust.h"
#include "core/check.h"

namespace evenkeel {
namespace {

// To learn what a file costs takes a look at all shards.
constexpr std::int64_t most_shards_to_learn = std::int64_t{1} << 16;

}  // namespace

LeaseCoordinator::LeaseCoordinator(const Dataset& dataset, const CoordinatorOptions& options)
    : dataset_(dataset),
      options_(options),
      cluster_(options.workers,
               {dataset.samples(), dataset.cost(), options.step_samples, options.report_interval},
               options.warmup_steps, options.predictor),
      book_(dataset, options, cluster_),
      attendance_(options.workers,
                  options.start_with > 0 ? WorkerLife::absent : WorkerLife::starting),
      accounts_(options.workers),
      learns_file_costs_(options.policy.kind == PolicyKind::adaptive && dataset.files() > 1 &&
                         dataset.shards() <= most_shards_to_learn),
      hosts_(host_numbers(options.hosts, options.workers)),
      bound_(dataset, options.step_samples, options.epochs, options.workers),
      deadlines_(options.lease_deadline, options.report_interval),
      checkpoints_(options.workers),
      begun_(options.start_with == 0) {
  EVENKEEL_CHECK(options.workers >= 1);
  EVENKEEL_CHECK(options.policy.weights.empty() ||
                 options.policy.weights.size() == accounts_.size());
  const bool is_prior = entry_of(options.policy.kind).weights == WeightUse::prior;
  const PerWorker<double> weights =
      is_prior ? plausible_speeds(options.policy.weights) : options.policy.weights;
  for (const WorkerIndex worker : weights.indices()) cluster_.set_weight(worker, weights[worker]);
  if (is_prior && !weights.empty()) cluster_.believe_weights();
  for (const WorkerIndex worker : accounts_.indices()) {
    cluster_.set_alive(worker, attendance_.is_here(worker));
  }
  if (options.policy.kind == PolicyKind::adaptive) cluster_.pool_speeds();
  EVENKEEL_CHECK(options.homes.empty() || options.homes.of_worker.size() == accounts_.size());
  for (const WorkerIndex worker : options.homes.of_worker.indices()) {
    cluster_.set_home(worker, options.homes.of_worker[worker]);
  }
  if (options.deal == DealOrder::free && options.homes.empty() &&
      options.policy.kind == PolicyKind::adaptive) {
    trial_ = locality_trial(dataset, options);
  }
  policy_ = make_policy(options.policy, cluster_);
  job_.samples = book_.pool().samples();
  job_.samples_before = dataset.samples() * options.epochs - job_.samples;
  job_.cost = book_.pool().cost();
  deadlines_.expect(Instant() + patience(WorkerIndex(0)));
}

void LeaseCoordinator::receive(Rank from, const LeaseMode::ToCoordinator& message, Instant now,
                               Outbox& out) {
  const WorkerIndex worker = index_of(from, options_.first_worker);
  if (worker.value() < 0 || worker.value() >= options_.workers) {
    throw ProtocolError(fmt::format("rank {} is not a worker of this job", from.value()));
  }
  ++job_.messages;
  const WorkerLife life = attendance_.of(worker);
  WorkerAccount& account = accounts_[worker];
  if (!std::holds_alternative<TrimAnswer>(message)) account.pause = Duration::zero();
  cluster_.set_silent_since(worker, now);
  const bool is_last_word = std::holds_alternative<Farewell>(message) ||
                            std::holds_alternative<Leave>(message) ||
                            std::holds_alternative<Close>(message);
  if (life == WorkerLife::starting) attendance_.become(worker, WorkerLife::working);
  if (life == WorkerLife::absent && !is_last_word) take_in(worker, now, out);
  const bool may_be_in_void = is_lost(life) || life == WorkerLife::outrun || account.has_not_begun;
  const bool is_in_void = may_be_in_void && is_in_void_step(worker, message);
  const bool was_outrun = life == WorkerLife::outrun && !is_in_void;
  account.has_not_begun = is_in_void && (is_lost(life) || account.has_not_begun);
  const bool comes_back =
      (is_lost(life) || life == WorkerLife::away || was_outrun) && !is_last_word;
  const std::int64_t wasted_before = job_.wasted_samples;
  const int failed_before = book_.failed_steps().failed_in_a_row(worker);
  if (comes_back) welcome_back(worker, now, out);
  if (was_outrun && std::holds_alternative<TrimAnswer>(message)) {
    job_.wasted_samples -= std::exchange(account.wasted, 0);
  }
  std::visit([&](const auto& m) { on(worker, m, now, out); }, message);
  if (comes_back) accounts_[worker].usual_begin.reset();
  if (comes_back && !was_outrun) {
    const std::int64_t wasted = job_.wasted_samples - wasted_before;
    out.emplace_back(Event{now, from, EventKind::fenced, 0, 0, wasted});
  }
  const bool tells_of_failures = std::holds_alternative<Failed>(message) || is_last_word ||
                                 book_.failed_steps().failed_in_a_row(worker) != failed_before;
  if (tells_of_failures || is_idle()) judge_failures(now, out);
  serve(now, out);
  if (tells_of_failures || is_idle()) give_up_if_all_fail(now);
  finish_if_done(now, out);
}

void LeaseCoordinator::wake(Instant now, Outbox& out) {
  if (deadlines_.next_look() && now >= *deadlines_.next_look()) lose_the_silent(now, out);
  serve_the_held_off(now);
  judge_failures(now, out);
  serve(now, out);
  give_up_if_all_fail(now);
  finish_if_done(now, out);
}

std::optional<Instant> LeaseCoordinator::next_wake() const {
  const std::optional<Instant> reconsider = finished_ ? std::nullopt : policy_->reconsider_at();
  std::optional<Instant> next;
  const std::optional<Instant> late = finished_ ? std::nullopt : late_steps_.reconsider_at();
  for (const auto& at : {reconsider, late, deadlines_.next_look(), held_off_.next()}) {
    if (at && (!next || *at < *next)) next = at;
  }
  return next;
}

// ---- what workers say

void LeaseCoordinator::on(WorkerIndex worker, const Report& report, Instant now, Outbox& out) {
  WorkerRecord& record = accounts_[worker].record;
  record.paused = sum_of(record.paused, std::min(report.paused, longest(now)));
  if (report.steps > 0) take_progress(worker, within_the_job(report, now), now, out);
  if (report.wants_lease) take_request(worker, report.lead, now);
}

void LeaseCoordinator::take_request(WorkerIndex worker, Duration lead, Instant now) {
  cluster_.set_lead(worker, std::min(lead, longest(now)));
  accounts_[worker].asked_at = now;
  const int failed = book_.failed_steps().failed_in_a_row(worker);
  const bool is_doubtful = failed >= FailedSteps::doubtful_after;
  cluster_.set_asking(worker, !is_doubtful);
  attendance_.become(worker, is_doubtful ? WorkerLife::held_off : WorkerLife::working);
  if (is_doubtful) held_off_.add(worker, failed - FailedSteps::doubtful_after, now);
}

void LeaseCoordinator::on(WorkerIndex worker, const Pause& pause, Instant now, Outbox& /*out*/) {
  accounts_[worker].pause = pause.expected;
  expect_word(worker, now);
}

void LeaseCoordinator::take_progress(WorkerIndex worker, Report report, Instant now, Outbox& out) {
  book_.check(worker, report);
  const std::int64_t samples = report.done.samples();
  WorkerAccount& account = accounts_[worker];
  if (attendance_.of(worker) == WorkerLife::held_off) {
    attendance_.become(worker, WorkerLife::working);
    cluster_.set_asking(worker, true);
  }
  account.longest_step =
      std::max(account.longest_step, (report.last_end - report.first_start) / report.steps);
  book_.failed_steps().did_one(worker);
  cluster_.set_doubted(worker, false);
  const Lease* lease = book_.find(worker, report.lease);
  if (lease == nullptr) {
    count_wasted(worker, report.lease, samples);  // yet it tells how fast the worker is
    const double cost = report.cost + learned_since_lost(worker, report, now, out);
    cluster_.observe(worker, report.steps, cost, to_seconds(report.busy));
    if (book_.first(worker) != nullptr) {  // which it begins only now
      cluster_.set_working_since(worker, std::min(report.last_end, now));
    }
    return;
  }
  if (!checkpoints_.empty()) {
    void_checkpoints(checkpoints_.progress(worker, lease->pass, report.done), worker, now, out);
  }
  take_trial(worker, lease->pass, report);
  const double declared_cost = report.cost;
  report.cost += learned_cost(worker, *lease, report, now, out);
  const double felt_cost = learned_homes_.empty()
                               ? report.cost * learned_away(worker, *lease, report)
                               : learned_home(worker, *lease, report, now, out);
  book_.finish(worker, report, out);
  leave_the_outrun_alone(now, out);
  cluster_.set_working_since(worker, std::min(report.last_end, now));
  cluster_.set_trimmable(worker, true);
  observe(worker, report, felt_cost, now, out);
  if (trial_.state() == LocalityTrial::State::found && learned_homes_.empty()) {
    begin_to_learn_homes(now, out);
  }

  WorkerRecord& record = account.record;
  record.samples += samples;
  record.cost += declared_cost;
  record.steps += report.steps;
  record.busy = sum_of(record.busy, report.busy);
  record.last_end = std::max(record.last_end, report.last_end);
  job_.samples_done += samples;
  job_.cost_done += declared_cost;
  job_.steps += report.steps;
  job_.last_end = std::max(job_.last_end, report.last_end);
  expect_word(worker, now);
}

void LeaseCoordinator::on(WorkerIndex worker, const TrimAnswer& answer, Instant now, Outbox& out) {
  const WorkerLoad& load = cluster_.worker(worker);
  WorkerAccount& account = accounts_[worker];
  if (!load.trimming || answer.serial != account.trim_serial) return;  // taken back meanwhile
  cluster_.set_trimming(worker, false);

  const std::int64_t returned = book_.take_back(worker, answer, out);
  cluster_.set_trimmable(worker, returned > 0);
  if (load.held_leases > 0 || load.asking) return;
  if (attendance_.of(worker) != WorkerLife::working) return;
  // Until it does, it is missing where steps are to be tried again.
  attendance_.become(worker, WorkerLife::emptied);
  expect_word(worker, now);
}

void LeaseCoordinator::on(WorkerIndex worker, const Farewell& farewell, Instant now,
                          Outbox& /*out*/) {
  WorkerRecord& record = accounts_[worker].record;
  const WorkerLife life = attendance_.of(worker);
  if (!finished_ || life == WorkerLife::closing || life == WorkerLife::finished) {
    throw ProtocolError(fmt::format("rank {} leaves unbidden", rank_of(worker).value()));
  }
  record.waited_for_coordinator = std::min(farewell.waited_for_grant, longest(now));
  record.waited_for_others = std::min(farewell.waited_for_end, longest(now));
  attendance_.become(worker, WorkerLife::closing);
}

void LeaseCoordinator::on(WorkerIndex worker, const Close& close, Instant now, Outbox& out) {
  if (attendance_.of(worker) == WorkerLife::finished) return;  // its patience was over
  if (attendance_.of(worker) != WorkerLife::closing) {
    throw ProtocolError(fmt::format("rank {} closes without a farewell", rank_of(worker).value()));
  }
  attendance_.become(worker, WorkerLife::finished);
  if (close.has_failed) end_checkpoints_without(worker, now, out);
  void_checkpoints(checkpoints_.close(worker), worker, now, out);
  complete_checkpoints_without_the_lost(now, out);
}

// Nobody knows whether it has saved its model.
void LeaseCoordinator::end_checkpoints_without(WorkerIndex worker, Instant now, Outbox& out) {
  void_checkpoints(checkpoints_.lose(worker, false), worker, now, out);
  takes_checkpoints_ = false;
}

void LeaseCoordinator::on(WorkerIndex worker, const Leave& leave, Instant now, Outbox& out) {
  const WorkerLife life = attendance_.of(worker);
  if (life == WorkerLife::left || life == WorkerLife::finished) return;
  if (life == WorkerLife::closing) return on(worker, Close{true}, now, out);
  const WorkerLife next = leave.comes_back ? WorkerLife::away : WorkerLife::left;
  if (life == WorkerLife::absent || (is_here(life) && life != WorkerLife::away)) {
    const bool is_redone = leave.has_begun && (!leave.comes_back || leave.suspects > 0);
    if (is_redone) count_redone(worker);
    give_up_leases(worker, next, book_.take_back(worker, leave, out), now, out);
  }
  attendance_.become(worker, next);
  if (attendance_.here() == 0) awaits_the_absent(now);
  if (leave.comes_back) {
    cluster_.forget_speed(worker);
    file_costs_.forget(worker);
    accounts_[worker].usual_begin.reset();
    book_.failed_steps().forget(worker);
    cluster_.set_doubted(worker, false);
    accounts_[worker].longest_step = Duration::zero();
    accounts_[worker].spread = SpeedSpread();
    expect_word(worker, now);
  }
  complete_checkpoints_without_the_lost(now, out);
}

void LeaseCoordinator::on(WorkerIndex worker, const Checkpoint& checkpoint, Instant now,
                          Outbox& out) {
  const bool is_late = attendance_.of(worker) == WorkerLife::finished;
  const bool is_taken = takes_checkpoints_ || checkpoints_.has(checkpoint.tag);
  if (!options_.keeps_checkpoints || !is_taken || is_late) {
    send(worker, CheckpointAnswer{checkpoint.tag, CheckpointState::unrecorded}, out);
    return;
  }
  void_checkpoints(checkpoints_.call(worker, checkpoint.tag, finished_), worker, now, out);
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
  const auto is_live = [this](WorkerIndex worker) {
    return attendance_.is_here(worker) && attendance_.of(worker) != WorkerLife::away;
  };
  const auto done = [this] { return book_.done_work(); };
  auto complete = checkpoints_.take_complete(is_live, done, book_.pool().epoch_samples());
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

// ---- work for those who can do it

void LeaseCoordinator::tell_policy() {
  cluster_.visit_changed([this](WorkerIndex worker) { policy_->changed(cluster_, worker); });
}

void LeaseCoordinator::serve(Instant now, Outbox& out) {
  late_steps_.forget();
  if (!begun_) begin_if_enough();
  if (!begun_ || only_failures_) return tell_policy();
  if (!book_.failed_steps().groups().empty()) {
    tell_policy();  // it has to see that a lease is over before there is the next
    retry_failed_steps(now, out);
  }
  while (true) {
    tell_policy();
    cluster_.set_free_work(book_.free_work());
    const bool is_free = cluster_.free_work().samples > 0;
    if (const auto assignment = is_free ? policy_->assign(cluster_, now) : std::nullopt) {
      grant(assignment->worker, take(*assignment), {}, now, out);
      continue;
    }
    const std::optional<TrimRequest> trim =
        is_free ? policy_->trim_ahead(cluster_, now) : policy_->trim(cluster_, now);
    if (trim) {
      request_trim(*trim, out);
    } else {
      if (!is_free) copy_late_steps(now, out);
      return;
    }
  }
}

void LeaseCoordinator::grant(WorkerIndex worker, const FreePool::Piece& piece, const Origin& origin,
                             Instant now, Outbox& out) {
  const WorkerLoad& load = cluster_.worker(worker);
  EVENKEEL_CHECK(load.alive);
  if (attendance_.of(worker) == WorkerLife::held_off) {
    attendance_.become(worker, WorkerLife::working);
  }
  ++accounts_[worker].record.leases;
  ++job_.leases;
  const bool was_idle = load.held_leases == 0;
  if (was_idle) {
    cluster_.set_working_since(worker, now);
    cluster_.set_silent_since(worker, now);
  }
  const Duration kept_waiting = load.asking ? now - accounts_[worker].asked_at : Duration::zero();
  cluster_.set_asking(worker, false);
  const LeaseId id = origin.holder ? book_.grant_copy(worker, *origin.holder, piece)
                                   : book_.grant(worker, piece, origin.retry);
  if (was_idle) expect_word(worker, now);
  send(worker, Grant{id, piece.pass, piece.interval, kept_waiting, origin.retry.has_value()}, out);
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

void LeaseCoordinator::finish(Instant now, Outbox& out) {
  finished_ = true;
  deadlines_.begin_look(now);
  for (const WorkerIndex worker : accounts_.indices()) {
    if (!attendance_.is_here(worker)) continue;
    cluster_.set_silent_since(worker, now);
    send(worker, Finish{end()}, out);
    deadlines_.expect(now + patience(worker));
  }
}

void LeaseCoordinator::send(WorkerIndex worker, const LeaseMode::ToWorker& message, Outbox& out) {
  ++job_.messages;
  out.emplace_back(Send<LeaseMode>{rank_of(worker), message});
}

// ---- records

JobRecord LeaseCoordinator::job() const {
  JobRecord record = job_;
  // Of a job that goes on with another, the largest steps may have been done before.
  const bool whole = record.samples_done == record.samples && options_.done.empty();
  const auto last_end = [this](WorkerIndex worker) { return accounts_[worker].record.last_end; };
  record.bound_s =
      bound_.time_s(worked_cost_, record.last_end, whole, attendance_, cluster_, last_end);
  for (const WorkerAccount& account : accounts_) record.redone_samples += account.begun;
  return record;
}

WorkerRecord LeaseCoordinator::worker(Rank rank) const {
  const WorkerIndex worker = index_of(rank, options_.first_worker);
  WorkerRecord record = accounts_[worker].record;
  record.state = state_of(attendance_.of(worker));
  record.speed = record.busy > record.busy.zero() ? record.cost / to_seconds(record.busy) : 0;
  record.speed_noise = cluster_.worker(worker).model.noise();
  return record;
}

}  // namespace evenkeel
