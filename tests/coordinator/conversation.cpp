#include "coordinator/conversation.h"

#include <fmt/format.h>

#include <array>
#include <string_view>
#include <type_traits>
#include <variant>

#include "dataset/samples.h"

namespace evenkeel {
namespace {

constexpr std::int64_t step_samples = 10;

std::string lease_text(LeaseId lease, Pass pass, Interval interval) {
  return fmt::format("lease {} of epoch {}, {} to {}", lease.value(), pass.epoch.value(),
                     interval.begin.value(), interval.end.value());
}

std::string text(const Grant& grant) { return lease_text(grant.lease, grant.pass, grant.interval); }
std::string text(const Trim& trim) {
  return fmt::format("trim {}, {} samples", trim.serial, trim.samples);
}
std::string text(const Fence& fence) { return fmt::format("fence up to {}", fence.last.value()); }
std::string text(const Closed& /*closed*/) { return "closed"; }
std::string text(const Finish& finish) {
  switch (finish.end) {
    case JobEnd::complete:
      return "finish";
    case JobEnd::incomplete:
      return "finish, incomplete";
    case JobEnd::given_up:
      return "given up";
  }
  return "";
}
std::string text(const Plan& plan) {
  return fmt::format("plan {} of steps {} to {}: {} after {}", plan.number, plan.first_step,
                     plan.end_step, plan.count, plan.before);
}

std::string text(const PlanMembers& members) {
  return fmt::format("{} numbers of plan {}", members.numbers, members.plan);
}
std::string text(const CheckpointAnswer& answer) {
  constexpr std::array<std::string_view, 3> states{"complete", "pending", "unrecorded"};
  return fmt::format("checkpoint '{}' {}", answer.tag.text(),
                     states[static_cast<std::size_t>(answer.state)]);
}
template <typename Of>
std::string text(const Send<Of>& send) {
  return fmt::format("rank {}: {}", send.to.value(),
                     std::visit([](const auto& m) { return text(m); }, send.message));
}
std::string text(const Span& span) {
  return fmt::format("span of rank {}: {}, {} s to {} s", span.rank.value(),
                     lease_text(span.lease, span.pass, span.interval), to_seconds(span.first_start),
                     to_seconds(span.last_end));
}
std::string text(const Event& event) {
  std::string who = fmt::format("event: rank {}", event.rank.value());
  switch (event.kind) {
    case EventKind::slower:
      return fmt::format("{} slower, {:.4g} to {:.4g}", who, event.before, event.after);
    case EventKind::faster:
      return fmt::format("{} faster, {:.4g} to {:.4g}", who, event.before, event.after);
    case EventKind::lost:
      return fmt::format("{} lost, {} samples", who, event.samples);
    case EventKind::fenced:
      return fmt::format("{} fenced, {} samples", who, event.samples);
    case EventKind::checkpoint:
      return fmt::format("{} checkpoint '{}'", who, event.tag.text());
    case EventKind::voided:
      return fmt::format("{} voids '{}'", who, event.tag.text());
    case EventKind::copied:
      return fmt::format("{} copies {} samples of rank {}", who, event.samples,
                         event.holder.value());
    case EventKind::tiles:
      return fmt::format("{} tiles of {}", who, event.samples);
  }
  return who;
}

std::string text(const CheckpointRecord& record) {
  std::string words = fmt::format("record of '{}':", record.tag.text());
  if (record.step >= 0) words += fmt::format(" step {}", record.step);
  if (record.done.whole_epochs > 0) words += fmt::format(" {} epochs", record.done.whole_epochs);
  for (const auto& [pass, set] : record.done.parts) {
    for (const Interval& interval : set.intervals()) {
      words += fmt::format(" {}:{}-{}", pass.epoch.value(), interval.begin.value(),
                           interval.end.value());
    }
  }
  if (record.waiting) words += fmt::format(", for rank {}", record.waiting->value());
  return words;
}
std::string text(const SetAside& set_aside) {
  return fmt::format("set aside: epoch {}, {} to {}", set_aside.pass.epoch.value(),
                     set_aside.interval.begin.value(), set_aside.interval.end.value());
}
std::string text(const UntoldWork& untold) {
  std::string words = "untold:";
  for (const Rank rank : untold.ranks) words += fmt::format(" {}", rank.value());
  return words;
}

std::string text(const ImpossibleTime& time) {
  return fmt::format("rank {}: {:.4g} s cannot be, {:.4g} s count", time.rank.value(),
                     time.reported_s, time.counted_s);
}

template <typename Outbox>
Words words(const Outbox& outbox) {
  Words words;
  for (const auto& output : outbox) {
    std::visit(
        [&](const auto& o) {
          using Output = std::decay_t<decltype(o)>;
          // A plan's record repeats what the workers are sent.
          if constexpr (!std::is_same_v<Output, PlanRecord>) words.push_back(text(o));
        },
        output);
  }
  return words;
}

}  // namespace

Words words_of(const CoordinatorOutbox<LeaseMode>& outbox) { return words(outbox); }
Words words_of(const CoordinatorOutbox<StepMode>& outbox) { return words(outbox); }

CoordinatorOptions options_of(PolicyKind policy, std::int32_t workers) {
  CoordinatorOptions options;
  options.workers = workers;
  options.step_samples = step_samples;
  options.order.shuffle = Shuffle::none;
  options.policy.kind = policy;
  return options;
}

Dataset dataset_of(std::int64_t samples) { return Dataset::cut(manifest_of({samples}), samples); }

Words Conversation::say(int rank, const LeaseMode::ToCoordinator& message, Duration at) {
  LeaseCoordinator::Outbox out;
  coordinator_.receive(Rank(rank), message, Instant(at), out);
  coordinator_.book().check_invariants();
  return words_of(out);
}

Words Conversation::wake(Duration at) {
  LeaseCoordinator::Outbox out;
  coordinator_.wake(Instant(at), out);
  coordinator_.book().check_invariants();
  return words_of(out);
}

std::string Conversation::protest(int rank, const LeaseMode::ToCoordinator& message) {
  LeaseCoordinator::Outbox out;
  try {
    coordinator_.receive(Rank(rank), message, Instant(), out);
  } catch (const ProtocolError& error) {
    return error.what();
  }
  return "";
}

std::optional<Duration> Conversation::next_wake() const {
  const std::optional<Instant> next = coordinator_.next_wake();
  if (!next) return std::nullopt;
  return next->time_since_epoch();
}

Report request() {
  Report report;
  report.wants_lease = true;
  return report;
}

Report progress(std::uint64_t lease, std::int64_t begin, std::int64_t end, Duration from,
                Duration to) {
  Report report;
  report.lease = LeaseId(lease);
  report.done = {Position(begin), Position(end)};
  report.steps = static_cast<std::int32_t>((end - begin + step_samples - 1) / step_samples);
  report.cost = static_cast<double>(end - begin);
  report.busy = to - from;
  report.first_start = Instant(from);
  report.last_end = Instant(to);
  return report;
}

Report progress_and_request(std::uint64_t lease, std::int64_t begin, std::int64_t end,
                            Duration from, Duration to) {
  Report report = progress(lease, begin, end, from, to);
  report.wants_lease = true;
  return report;
}

Failed failure(std::uint64_t lease, std::int64_t begin, std::int64_t end, Duration at) {
  return {LeaseId(lease), {Position(begin), Position(end)}, Instant(at)};
}

TrimAnswer answer(std::uint32_t serial, std::uint64_t kept, std::int64_t kept_end,
                  std::uint64_t last_seen) {
  return {serial, LeaseId(kept), Position(kept_end), LeaseId(last_seen)};
}

}  // namespace evenkeel
