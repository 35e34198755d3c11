#include "session/worker_host.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <stdexcept>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include "session/end_messages.h"
#include "session/worker_link.h"
#include "transport/idle_wait.h"
#include "worker/lease_worker.h"
#include "worker/message_looks.h"
#include "worker/step_worker.h"

namespace evenkeel {
namespace {

LeaseWorker make_machine(const JobTerms& terms, std::type_identity<LeaseMode> /*mode*/) {
  return LeaseWorker(terms.worker);
}

StepWorker make_machine(const JobTerms& terms, std::type_identity<StepMode> /*mode*/) {
  return StepWorker({*terms.line, terms.worker.report_interval});
}

HostedStep hosted(const LeasedStep& leased, WorkerLink& link) {
  const EpochOrder& order = link.order_of(leased.pass);
  HostedStep step;
  step.lease = leased.lease;
  step.is_retry = leased.is_retry;
  step.pass = leased.pass;
  step.interval = leased.interval;
  step.samples = step.global_samples = leased.interval.samples();
  step.cost = order.true_cost(leased.interval);
  order.extents(leased.interval, step.extents);
  step.taken_at = link.clock().now();
  return step;
}

HostedStep hosted(const PlannedStep& planned, WorkerLink& link) {
  const EpochOrder& order = link.order_of(planned.pass);
  HostedStep step;
  step.taken_at = link.clock().now();
  step.number = planned.number;
  step.pass = planned.pass;
  step.interval = planned.own.size() == 1 ? planned.own.front() : planned.batch;
  step.samples = planned.samples();
  step.global_samples = planned.batch.samples();
  for (const Interval& own : planned.own) {
    step.cost += order.true_cost(own);
    order.extents(own, step.extents);
  }
  return step;
}

LeasedStep leased(const HostedStep& step) {
  return {step.lease, step.pass, step.interval, step.taken_at};
}

constexpr Duration longest_pause = std::chrono::hours(365 * 24);

// Clocks of two processes may differ by so much, and by a tenth.
constexpr Duration measuring_error = std::chrono::milliseconds(1);

std::string doubt_text(std::string_view what, Duration said, Duration passed) {
  return fmt::format(
      "a step that was taken {:.3g} s ago is said to have taken {:.3g} s of {}; give seconds: "
      "evenkeel's clock counts in place of times that cannot be",
      to_seconds(passed), to_seconds(said), what);
}

// The host of either mode's machine. The few mode-dependent places ask for the mode.
template <typename Of>
class HostOf final : public WorkerHost {
  static constexpr bool leases = Of::mode == Mode::lease;

 public:
  explicit HostOf(WorkerLink& link)
      : link_(link),
        rank_(link.transport().communicator().rank()),
        worker_(make_machine(link.terms(), std::type_identity<Of>())) {}

  std::optional<HostedStep> take() override {
    const Instant begin = now();
    if (!leases || looks_.is_due(worker_.has_step(), begin)) {
      receive_all(begin);
      if constexpr (leases) looks_.looked(begin, now());
    }
    const auto step = worker_.take(now(), outbox_);
    send();
    if (!step) return std::nullopt;
    return hosted(*step, link_);
  }

  bool has_step() override {
    receive_all(now());
    send();
    return worker_.has_step();
  }

  bool over() const override { return worker_.finished(); }
  JobEnd end() const override { return worker_.end(); }

  void loaded(std::int64_t step) override {
    if constexpr (!leases) {
      require_in_work(step, "loaded");
      worker_.loaded(now());
    }
  }

  void reached(std::int64_t step) override {
    if constexpr (!leases) {
      require_in_work(step, "reached");
      worker_.reached(now());
    }
  }

  void stand_in(std::int64_t step, std::int32_t samples) override {
    if constexpr (!leases) {
      require_in_work(step, "stand_in");
      worker_.stand_in(samples);
    }
  }

  void done(const HostedStep& step, const MeasuredStep& said) override {
    const MeasuredStep measured = believed(step, said);
    if constexpr (leases) {
      worker_.done(leased(step), step.cost, measured.local, now(), outbox_);
    } else {
      require_in_work(step.number, "done");
      receive_all(now());
      const Instant end = now();
      if (measured.stand_in > 0) worker_.stand_in(measured.stand_in);
      if (measured.data) worker_.loaded(worker_.phase_begin() + *measured.data);
      if (measured.all_reduce) worker_.reached(end - *measured.all_reduce);
      worker_.done(step.cost, measured.local, end, outbox_);
    }
    send();
  }

  void failed(const HostedStep& step) override {
    if constexpr (leases) {
      worker_.failed(leased(step), now(), outbox_);
      send();
    } else {
      require_in_work(step.number, "failed");
      leave({});
    }
  }

  void pause(Duration expected) override {
    const Duration counted = std::clamp(expected, Duration::zero(), longest_pause);
    if (counted != expected && !std::exchange(has_doubted_, true)) {
      tell(fmt::format("a pause of {:.3g} s is announced; give seconds: {:.3g} s count",
                       to_seconds(expected), to_seconds(counted)));
    }
    worker_.pause(counted, now(), outbox_);
    send();
  }

  void resume() override { worker_.resume(now()); }

  void report_what_waits() override {
    if constexpr (leases) {
      worker_.report_what_waits(now(), outbox_);
      send();
    }
  }

  void show_life() override {
    worker_.show_life(now(), outbox_);
    send();
  }

  bool call_checkpoint(const CheckpointTag& tag) override {
    receive_all(now());  // the job may have closed
    const bool is_called = worker_.call_checkpoint(tag, now(), outbox_);
    send();
    return is_called;
  }

  std::optional<CheckpointState> take_checkpoint_answer() override {
    receive_all(now());
    send();
    if (const auto answer = worker_.take_checkpoint_answer()) {
      worker_.resume(now());
      return answer;
    }
    if (worker_.has_closed()) return CheckpointState::unrecorded;
    return std::nullopt;
  }

  void close(bool has_failed) override {
    worker_.close(has_failed, outbox_);
    send();
  }

  void leave(const Leave& leave) override {
    if constexpr (leases) {
      worker_.leave(leave, now(), outbox_);
    } else {
      worker_.leave(now(), outbox_);
    }
    send();
    if (!leave.comes_back) link_.finish();
  }

  void come_back() override {
    if constexpr (leases) worker_.come_back();
  }

 private:
  Instant now() const { return link_.clock().now(); }

  void receive_all(Instant at) {
    try {
      while (const auto message = link_.receive<typename Of::ToWorker>(at)) {
        if constexpr (leases) {
          worker_.receive(*message, at, outbox_);
        } else {
          worker_.receive(*message);
        }
      }
    } catch (const UnreadableMessage& fault) {  // others may be able to go on
      tell(fmt::format("{}; this worker ends", fault.what()));
      leave({});
    }
  }

  void tell(const std::string& text) const { say(fmt::format("rank {}: {}", rank_.value(), text)); }

  // Times that a trainer gives of a step, unless they cannot be: it has given them in another unit,
  // or its clock was set.
  MeasuredStep believed(const HostedStep& step, MeasuredStep said) {
    const Duration passed = now() - step.taken_at;
    const std::array<std::pair<const char*, std::optional<Duration>*>, 3> times{
        {{"local work", &said.local}, {"loading", &said.data}, {"all-reduce", &said.all_reduce}}};
    for (const auto& [what, time] : times) {
      if (!*time) continue;
      if (**time < Duration::zero() || **time - passed > passed / 10 + measuring_error) {
        if (!std::exchange(has_doubted_, true)) tell(doubt_text(what, **time, passed));
        return {};
      }
      *time = std::min(**time, passed);
    }
    return said;
  }

  void send() {
    link_.send(outbox_);
    if (worker_.has_closed()) link_.finish();
  }

  void require_in_work(std::int64_t step, std::string_view what) const {
    if (step == worker_.steps_done()) return;
    throw std::logic_error(fmt::format(
        "evenkeel: {}(step {}), but the earliest step that is not done is step {}; steps are done "
        "in the order in which they were taken",
        what, step, worker_.steps_done()));
  }

  WorkerLink& link_;
  Rank rank_;
  std::conditional_t<leases, LeaseWorker, StepWorker> worker_;
  WorkerOutbox<Of> outbox_;
  MessageLooks looks_;
  bool has_doubted_ = false;  // a time that cannot be was named
};

}  // namespace

std::optional<HostedStep> WorkerHost::next() {
  resume();
  IdleWait wait(IdleWait::patient);
  for (;;) {
    std::optional<HostedStep> step = take();
    if (step || over()) return step;
    wait.pause();
  }
}

CheckpointState WorkerHost::checkpoint(const CheckpointTag& tag) {
  if (!call_checkpoint(tag)) return CheckpointState::unrecorded;
  IdleWait wait(IdleWait::patient);
  for (;;) {
    if (const auto answer = take_checkpoint_answer()) return *answer;
    wait.pause();
  }
}

std::unique_ptr<WorkerHost> make_worker_host(WorkerLink& link) {
  if (link.terms().mode() == Mode::step) return std::make_unique<HostOf<StepMode>>(link);
  return std::make_unique<HostOf<LeaseMode>>(link);
}

}  // namespace evenkeel
