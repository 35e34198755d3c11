#include "worker/lease_worker.h"

#include <algorithm>

#include "core/check.h"

namespace evenkeel {
namespace {

// A worker that has become slower must ask earlier at once; a faster one may wait.
constexpr double newest_longer_step_weight = 0.5;
constexpr double newest_shorter_step_weight = 0.25;
// Number of requests for which a long round trip is remembered, about.
constexpr double round_trip_decay = 0.9;
// Safety factor: requests go out this much earlier than the round trip demands.
constexpr double lead_margin = 1.25;

Duration scaled(Duration duration, double factor) {
  return from_seconds(to_seconds(duration) * factor);
}

// Rounded to the grid of step_samples, or the lease's end.
Position step_end(Position begin, Position lease_end, std::int64_t step_samples) {
  return std::min(lease_end, Position((begin.value() / step_samples + 1) * step_samples));
}

}  // namespace

LeaseWorker::LeaseWorker(const LeaseWorkerOptions& options) : options_(options) {
  EVENKEEL_CHECK(options.step_samples >= 1);
}

void LeaseWorker::receive(const LeaseMode::ToWorker& message, Instant now, Outbox& out) {
  // An answer would count as a sign of life, but to Finish.
  if (is_away_ && !std::holds_alternative<Finish>(message)) return;
  std::visit([&](const auto& m) { on(m, now, out); }, message);
}

void LeaseWorker::on(const Grant& grant, Instant now, Outbox& /*out*/) {
  if (asked_) {
    const Duration on_the_way = now - asked_at_ - grant.kept_waiting;
    round_trip_ = std::max(on_the_way, scaled(round_trip_, round_trip_decay));
    asked_ = false;
  }
  waits_.waited_for_grant += stop_waiting(now);
  last_seen_ = std::max(last_seen_, grant.lease);
  held_.push_back({grant.lease, grant.pass, grant.interval.begin, grant.interval.end, grant.alone});
}

void LeaseWorker::on(const Trim& trim, Instant /*now*/, Outbox& out) {
  give_back(trim.samples);
  TrimAnswer answer;
  answer.serial = trim.serial;
  answer.last_seen = last_seen_;
  if (held_.empty()) {
    answer.kept = begun_;
    answer.kept_end = begun_taken_;
  } else {
    answer.kept = held_.back().id;
    answer.kept_end = held_.back().end;
  }
  out.emplace_back(answer);
}

void LeaseWorker::on(const Fence& fence, Instant now, Outbox& /*out*/) {
  std::erase_if(held_, [&](const HeldLease& lease) { return lease.id <= fence.last; });
  if (begun_ <= fence.last) begun_ = LeaseId();
  // The coordinator assumes that a fenced worker has asked.
  asked_ = true;
  asked_at_ = now;
}

void LeaseWorker::on(const Finish& finish, Instant now, Outbox& out) {
  closed_ |= finish.end == JobEnd::given_up;  // or the coordinator is lost
  if (finished_) return;
  finished_ = true;
  end_ = finish.end;
  held_.clear();
  end_pause(now);
  waits_.waited_for_end = stop_waiting(now);
  if (unsent_.steps > 0 || unsent_.paused > Duration::zero()) report(now, out);
  out.emplace_back(waits_);
  if (is_away_) close(false, out);
}

void LeaseWorker::on(const Closed& /*closed*/, Instant now, Outbox& /*out*/) {
  closed_ = true;
  end_pause(now);
}

void LeaseWorker::on(const CheckpointAnswer& answer, Instant now, Outbox& /*out*/) {
  if (called_ != answer.tag) return;  // a trainer that has ended had called
  checkpoint_answer_ = answer.state;
  end_pause(now);
}

std::optional<LeasedStep> LeaseWorker::next(Instant now, Outbox& out) {
  end_pause(now);
  return take(now, out);
}

std::optional<LeasedStep> LeaseWorker::take(Instant now, Outbox& out) {
  if (finished_) return std::nullopt;
  if (held_.empty()) {
    if (!waiting_since_ && !paused_since_) waiting_since_ = now;
    if (!asked_) {
      ask(now, out);
    } else if (unsent_.steps > 0) {
      report(now, out);  // a trim has taken the rest: nothing else would send this
    }
    return std::nullopt;
  }
  if (works_alone()) return std::nullopt;
  HeldLease& lease = held_.front();
  const Interval interval{lease.taken, step_end(lease.taken, lease.end, options_.step_samples)};
  const LeasedStep step{lease.id, lease.pass, interval, now, lease.alone};
  lease.taken = interval.end;
  begun_ = lease.id;
  begun_taken_ = interval.end;
  alone_in_work_ = lease.alone;
  if (lease.taken == lease.end) held_.pop_front();
  if (in_work_++ == 0) paused_ = Duration::zero();  // so far it was before this step
  if (!asked_ && runs_out_soon()) ask(now, out);
  return step;
}

void LeaseWorker::done(const LeasedStep& step, double cost, std::optional<Duration> busy,
                       Instant now, Outbox& out) {
  end_pause(now);
  const Instant begun = std::max(step.taken_at, last_done_);
  const Duration worked = std::max(Duration::zero(), now - begun - paused_);
  last_done_ = now;
  paused_ = Duration::zero();
  if (--in_work_ == 0) alone_in_work_ = false;
  const double step_s = to_seconds(worked);
  const double weight = step_s > step_s_ ? newest_longer_step_weight : newest_shorter_step_weight;
  step_s_ = steps_done_ == 0 ? step_s : step_s_ + weight * (step_s - step_s_);
  ++steps_done_;

  if (unsent_.steps > 0 && unsent_.lease != step.lease) report(now, out);
  if (unsent_.steps == 0) {
    unsent_.lease = step.lease;
    unsent_.done.begin = step.interval.begin;
    unsent_.first_start = begun;
  }
  unsent_.done.end = step.interval.end;
  unsent_.steps += 1;
  unsent_.cost += cost;
  unsent_.busy += busy.value_or(worked);
  unsent_.last_end = now;

  const bool unmeasured = steps_done_ - 1 <= options_.warmup_steps;
  if (ran_dry(step) && !asked_ && !finished_) {
    ask(now, out);
  } else if (!holds(step.lease) || unmeasured || is_report_due(now)) {
    report(now, out);
  }
}

void LeaseWorker::failed(const LeasedStep& step, Instant now, Outbox& out) {
  end_pause(now);
  last_done_ = now;  // the time this took is not part of the next step
  paused_ = Duration::zero();
  if (--in_work_ == 0) alone_in_work_ = false;
  if (finished_) return;
  if (unsent_.steps > 0) report(now, out);  // everything done before it
  Failed failed{step.lease, step.interval, now};
  if (ran_dry(step) && !asked_) {
    failed.wants_lease = true;
    failed.lead = note_request(now);
  }
  out.emplace_back(failed);
  last_report_ = now;
}

void LeaseWorker::report_what_waits(Instant now, Outbox& out) {
  if (unsent_.steps > 0 && is_report_due(now)) report(now, out);
}

void LeaseWorker::show_life(Instant now, Outbox& out) {
  if (is_report_due(now) && !finished_) report(now, out);
}

bool LeaseWorker::is_report_due(Instant now) const {
  return !last_report_ || now - *last_report_ >= options_.report_interval;
}

void LeaseWorker::pause(Duration expected, Instant now, Outbox& out) {
  if (closed_ || is_away_) return;  // nobody waits for it
  end_pause(now);
  paused_since_ = now;
  out.emplace_back(Pause{expected});
}

bool LeaseWorker::call_checkpoint(const CheckpointTag& tag, Instant now, Outbox& out) {
  if (closed_ || is_away_) return false;
  end_pause(now);
  if (unsent_.steps > 0) report(now, out);
  out.emplace_back(Checkpoint{tag});
  called_ = tag;
  paused_since_ = now;
  return true;
}

void LeaseWorker::close(bool has_failed, Outbox& out) {
  if (!finished_ || std::exchange(closed_, true)) return;
  out.emplace_back(Close{has_failed});
}

void LeaseWorker::leave(const Leave& leave, Instant now, Outbox& out) {
  if (finished_) return;
  end_pause(now);
  if (unsent_.steps > 0) report(now, out);
  out.emplace_back(leave);
  finished_ = closed_ = !leave.comes_back;
  is_away_ = true;
  held_.clear();
  unsent_ = Report{};
}

// As at first, but for what has been waited and which leases were granted.
void LeaseWorker::come_back() {
  if (finished_) return;
  const Farewell waits = waits_;
  const LeaseId last_seen = last_seen_;
  *this = LeaseWorker(options_);
  waits_ = waits;
  last_seen_ = last_seen;
}

void LeaseWorker::end_pause(Instant now) {
  if (!paused_since_) return;
  const Duration paused = now - *paused_since_;
  paused_since_.reset();
  paused_ += paused;
  unsent_.paused += paused;
}

void LeaseWorker::give_back(std::int64_t samples) {
  while (!held_.empty() && samples > 0) {
    HeldLease& last = held_.back();
    const std::int64_t untaken = last.end - last.taken;
    if (samples < untaken) {
      // Round to the next grid point: steps stay whole, and no more is given back than was asked
      // for.
      const std::int64_t grid = options_.step_samples;
      const std::int64_t cut = (last.end.value() - samples + grid - 1) / grid * grid;
      last.end = std::min(last.end, Position(cut));
      return;
    }
    samples -= untaken;
    held_.pop_back();
  }
}

bool LeaseWorker::holds(LeaseId lease) const { return !held_.empty() && held_.front().id <= lease; }

// Whether the next step has to wait for those in work, as one of them is to be alone.
bool LeaseWorker::works_alone() const {
  return in_work_ > 0 && (alone_in_work_ || (!held_.empty() && held_.front().alone));
}

// Whether nothing is left to take, and the step that just ended was the last one taken.
bool LeaseWorker::ran_dry(const LeasedStep& last) const {
  return held_.empty() && begun_taken_ == last.interval.end;
}

// Whether a lease would come too late if requested only after the next step.
bool LeaseWorker::runs_out_soon() const {
  if (held_.empty()) return true;
  const double lead_s = to_seconds(lead());
  double left_s = step_s_;  // the step just taken
  for (const HeldLease& lease : held_) {
    const std::int64_t steps =
        (lease.end - lease.taken + options_.step_samples - 1) / options_.step_samples;
    left_s += static_cast<double>(steps) * step_s_;
    if (left_s > lead_s) return false;
  }
  return steps_done_ > 0;
}

Duration LeaseWorker::lead() const { return scaled(round_trip_, lead_margin); }

Duration LeaseWorker::stop_waiting(Instant now) {
  if (!waiting_since_) return Duration::zero();
  const Duration waited = now - *waiting_since_;
  waiting_since_.reset();
  return waited;
}

// Requests a lease, in one message with the unreported progress.
void LeaseWorker::ask(Instant now, Outbox& out) {
  unsent_.wants_lease = true;
  unsent_.lead = note_request(now);
  report(now, out);
}

// Returns the lead to report.
Duration LeaseWorker::note_request(Instant now) {
  asked_ = true;
  asked_at_ = now;
  return lead();
}

void LeaseWorker::report(Instant now, Outbox& out) {
  out.emplace_back(unsent_);
  unsent_ = Report{};
  last_report_ = now;
}

}  // namespace evenkeel
