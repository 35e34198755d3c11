#include "worker/trainer.h"

#include <fmt/format.h>

#include <variant>

namespace evenkeel {
namespace {

using namespace std::chrono_literals;

std::string text(const Report& report) {
  if (report.steps == 0) return "request";
  return fmt::format("lease {}: {} to {}, {} steps{}", report.lease.value(),
                     report.done.begin.value(), report.done.end.value(), report.steps,
                     report.wants_lease ? ", request" : "");
}
std::string text(const TrimAnswer& answer) {
  return fmt::format("trim {}: keeps lease {} to {}, has seen {}", answer.serial,
                     answer.kept.value(), answer.kept_end.value(), answer.last_seen.value());
}
std::string text(const Farewell& farewell) {
  return fmt::format("farewell: {} s for grants, {} s for the end",
                     to_seconds(farewell.waited_for_grant), to_seconds(farewell.waited_for_end));
}
std::string text(const Pause& pause) {
  return fmt::format("pause of {} s", to_seconds(pause.expected));
}
std::string text(const Leave& leave) { return leave.comes_back ? "leave, to come back" : "leave"; }
std::string text(const Close&) { return "close"; }
std::string text(const Checkpoint& checkpoint) {
  return fmt::format("checkpoint '{}' at {}", checkpoint.tag.text(), checkpoint.step);
}
std::string text(const Failed& failed) {
  return fmt::format("lease {}: {} to {} failed at {} s{}", failed.lease.value(),
                     failed.interval.begin.value(), failed.interval.end.value(),
                     to_seconds(failed.ended_at), failed.wants_lease ? ", request" : "");
}

}  // namespace

LeaseWorkerOptions options() {
  LeaseWorkerOptions options;
  options.step_samples = 10;
  options.warmup_steps = 0;
  options.report_interval = 1s;
  return options;
}

void Trainer::grant(std::uint64_t lease, std::int64_t begin, std::int64_t end, Duration at,
                    Pass pass, Duration kept_waiting) {
  receive(Grant{LeaseId(lease), pass, {Position(begin), Position(end)}, kept_waiting}, at);
}

Words Trainer::trim(std::uint32_t serial, std::int64_t samples) {
  receive(Trim{serial, samples}, {});
  return words();
}

void Trainer::fence(std::uint64_t last, Duration at) { receive(Fence{LeaseId(last)}, at); }

Words Trainer::finish(Duration at) {
  receive(Finish{}, at);
  return words();
}

Words Trainer::call_checkpoint(std::string_view tag, Duration at) {
  outbox_.clear();
  is_called_ = worker_.call_checkpoint(CheckpointTag::from(tag).value(), Instant(at), outbox_);
  return words();
}

Words Trainer::leave(Duration at, const Leave& leave) {
  outbox_.clear();
  worker_.leave(leave, Instant(at), outbox_);
  return words();
}

Words Trainer::show_life(Duration at) {
  outbox_.clear();
  worker_.show_life(Instant(at), outbox_);
  return words();
}

Words Trainer::take(Duration at) {
  outbox_.clear();
  const std::optional<LeasedStep> step = worker_.next(Instant(at), outbox_);
  last_taken_ = "none";
  if (step) {
    in_work_.push_back(*step);
    last_taken_ =
        fmt::format("lease {} of epoch {}: {} to {}", step->lease.value(), step->pass.epoch.value(),
                    step->interval.begin.value(), step->interval.end.value());
  }
  return words();
}

Words Trainer::done(Duration at) {
  outbox_.clear();
  const LeasedStep step = in_work_.front();
  in_work_.erase(in_work_.begin());
  worker_.done(step, static_cast<double>(step.interval.samples()), Instant(at) - step.taken_at,
               Instant(at), outbox_);
  return words();
}

Words Trainer::failed(Duration at) {
  outbox_.clear();
  const LeasedStep step = in_work_.front();
  in_work_.erase(in_work_.begin());
  worker_.failed(step, Instant(at), outbox_);
  return words();
}

Words Trainer::step(Duration from, Duration to) {
  Words said = take(from);
  for (std::string& word : done(to)) said.push_back(std::move(word));
  return said;
}

void Trainer::receive(const LeaseMode::ToWorker& message, Duration at) {
  outbox_.clear();
  worker_.receive(message, Instant(at), outbox_);
}

Words Trainer::words() const {
  Words words;
  for (const LeaseMode::ToCoordinator& message : outbox_) {
    words.push_back(std::visit([](const auto& m) { return text(m); }, message));
  }
  return words;
}

}  // namespace evenkeel
