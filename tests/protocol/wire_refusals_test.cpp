#include <gtest/gtest.h>

#include <chrono>
#include <limits>

#include "protocol/wire.h"
#include "protocol/wire_refusal.h"

namespace evenkeel {
namespace {

TEST(Wire, RefusesFieldsOutOfRange) {
  const auto with = [](auto change) {
    Report report;
    change(report);
    return refusal(report);
  };
  const Duration century = std::chrono::hours(24 * 365 * 100);
  const Interval negative{Position(-1), Position(1)};
  const Interval reversed{Position(2), Position(1)};

  EXPECT_EQ(with([](Report&) {}), "");
  EXPECT_EQ(with([&](Report& r) { r.done = negative; }), "a report: done is out of range");
  EXPECT_EQ(with([&](Report& r) { r.done = reversed; }), "a report: done is out of range");
  EXPECT_EQ(with([](Report& r) { r.steps = -1; }), "a report: steps is out of range");
  EXPECT_EQ(with([](Report& r) { r.cost = -0.5; }), "a report: cost is out of range");
  EXPECT_EQ(with([](Report& r) { r.cost = std::numeric_limits<double>::quiet_NaN(); }),
            "a report: cost is out of range");
  EXPECT_EQ(with([](Report& r) { r.cost = std::numeric_limits<double>::infinity(); }),
            "a report: cost is out of range");
  EXPECT_EQ(with([](Report& r) { r.busy = Duration(-1); }), "a report: busy is out of range");
  EXPECT_EQ(with([&](Report& r) { r.busy = century; }), "a report: busy is out of range");
  EXPECT_EQ(with([](Report& r) { r.paused = Duration(-1); }), "a report: paused is out of range");
  EXPECT_EQ(with([](Report& r) { r.lead = Duration(-1); }), "a report: lead is out of range");
  EXPECT_EQ(with([](Report& r) { r.first_start = Instant(Duration::min()); }),
            "a report: first_start is out of range");
  EXPECT_EQ(with([&](Report& r) { r.last_end = Instant(century); }),
            "a report: last_end is out of range");
  EXPECT_EQ(with([](Report& r) { r.first_start = Instant(Duration(1)); }),
            "a report: last_end is out of range");

  EXPECT_EQ(refusal(TrimAnswer{0, LeaseId(), Position(-1), LeaseId()}),
            "a trim answer: kept_end is out of range");
  EXPECT_EQ(refusal(Farewell{Duration(-1), {}}), "a farewell: waited_for_grant is out of range");
  EXPECT_EQ(refusal(Farewell{{}, Duration(-1)}), "a farewell: waited_for_end is out of range");
  const auto failed = [](Failed message) { return refusal(message); };
  const Interval step{Position(0), Position(1)};
  EXPECT_EQ(failed({LeaseId(1), step, {}}), "");
  EXPECT_EQ(failed({LeaseId(), step, {}}), "a failed step: lease is out of range");
  EXPECT_EQ(failed({LeaseId(1), {}, {}}), "a failed step: interval is out of range");
  EXPECT_EQ(failed({LeaseId(1), {Position(-1), Position(1)}, {}}),
            "a failed step: interval is out of range");
  EXPECT_EQ(failed({LeaseId(1), {Position(2), Position(1)}, {}}),
            "a failed step: interval is out of range");
  EXPECT_EQ(failed({LeaseId(1), step, {}, true, Duration(-1)}),
            "a failed step: lead is out of range");
  EXPECT_EQ(failed({LeaseId(1), step, Instant(century)}),
            "a failed step: ended_at is out of range");
  EXPECT_EQ(refusal(Finish{static_cast<JobEnd>(3)}), "a finish: end is out of range");
  EXPECT_EQ(refusal(Grant{}), "a grant: lease is out of range");
  EXPECT_EQ(refusal(Grant{LeaseId(1), pass_of(-1), {}}), "a grant: epoch is out of range");
  EXPECT_EQ(refusal(Grant{LeaseId(1), pass_of(0), {Position(1), Position(0)}}),
            "a grant: interval is out of range");
  EXPECT_EQ(refusal(Grant{LeaseId(1), pass_of(0), {}, Duration(-1)}),
            "a grant: kept_waiting is out of range");
  EXPECT_EQ(refusal(Trim{.serial = 0, .samples = -1}), "a trim: samples is out of range");
}

TEST(Wire, RefusesStepReportsOutOfRange) {
  const auto with = [](auto change) {
    StepReport report;
    change(report);
    return refusal(report);
  };
  const auto with_last_times = [&](auto change) {  // though the report is of no steps
    return with([&](StepReport& r) { change(r.times.back()); });
  };
  constexpr float nan = std::numeric_limits<float>::quiet_NaN();
  constexpr float infinity = std::numeric_limits<float>::infinity();
  const Duration century = std::chrono::hours(24 * 365 * 100);

  EXPECT_EQ(with([](StepReport&) {}), "");
  EXPECT_EQ(with([](StepReport& r) { r.steps = 16; }), "");
  EXPECT_EQ(with([](StepReport& r) { r.lead_steps = 1'000'000; }), "");
  EXPECT_EQ(with_last_times([](StepTimes& t) { t = {1e9F, 1e9F, 1e30F, 1e9F, 1e9F}; }), "");
  EXPECT_EQ(with([](StepReport& r) { r.first_step = -1; }),
            "a step report: first_step is out of range");
  EXPECT_EQ(with([](StepReport& r) { r.steps = -1; }), "a step report: steps is out of range");
  EXPECT_EQ(with([](StepReport& r) { r.steps = 17; }), "a step report: steps is out of range");
  for (const float seconds : {-1.0F, 1.001e9F, infinity, nan}) {
    EXPECT_EQ(with_last_times([&](StepTimes& t) { t.local_s = seconds; }),
              "a step report: local_s is out of range");
    EXPECT_EQ(with_last_times([&](StepTimes& t) { t.reduce_s = seconds; }),
              "a step report: reduce_s is out of range");
    EXPECT_EQ(with_last_times([&](StepTimes& t) { t.ended_s = seconds; }),
              "a step report: ended_s is out of range");
    EXPECT_EQ(with_last_times([&](StepTimes& t) { t.paused_s = seconds; }),
              "a step report: paused_s is out of range");
  }
  EXPECT_EQ(with_last_times([](StepTimes& t) { t.stand_in = -1; }),
            "a step report: stand_in is out of range");
  for (const float cost : {-1.0F, infinity, nan}) {
    EXPECT_EQ(with_last_times([&](StepTimes& t) { t.cost = cost; }),
              "a step report: cost is out of range");
    EXPECT_EQ(with([&](StepReport& r) { r.cost = static_cast<double>(cost); }),
              "a step report: cost is out of range");
  }
  for (const Duration duration : {Duration(-1), century}) {
    EXPECT_EQ(with([&](StepReport& r) { r.data = duration; }),
              "a step report: data is out of range");
    EXPECT_EQ(with([&](StepReport& r) { r.waited_for_plan = duration; }),
              "a step report: waited_for_plan is out of range");
    EXPECT_EQ(with([&](StepReport& r) { r.paused = duration; }),
              "a step report: paused is out of range");
    EXPECT_EQ(refusal(Pause{duration}), "a pause: expected is out of range");
  }
  for (const Duration end : {-century, century}) {
    EXPECT_EQ(with([&](StepReport& r) { r.last_end = Instant(end); }),
              "a step report: last_end is out of range");
  }
  EXPECT_EQ(with([](StepReport& r) { r.planned_until = -1; }),
            "a step report: planned_until is out of range");
  for (const std::int32_t steps : {-1, 0, 1'000'001}) {
    EXPECT_EQ(with([&](StepReport& r) { r.lead_steps = steps; }),
              "a step report: lead_steps is out of range");
  }
}

TEST(Wire, RefusesPlansOutOfRange) {
  const auto refused = [](const Plan& plan) { return refusal(plan); };
  EXPECT_EQ(refused({1, 0, 1, 0, 0}), "");
  EXPECT_EQ(refused({0, 0, 1, 0, 0}), "a plan: number is out of range");
  EXPECT_EQ(refused({1, -1, 1, 0, 0}), "a plan: end_step is out of range");
  EXPECT_EQ(refused({1, 4, 4, 0, 0}), "a plan: end_step is out of range");
  EXPECT_EQ(refused({1, 4, 3, 0, 0}), "a plan: end_step is out of range");
  EXPECT_EQ(refused({1, 0, 1, -1, 0}), "a plan: before is out of range");
  EXPECT_EQ(refused({1, 0, 1, 0, -1}), "a plan: count is out of range");
}

TEST(Wire, RefusesMembersOutOfRange) {
  const auto refused = [](std::uint32_t plan, std::int32_t numbers) {
    return refusal(PlanMembers{plan, numbers, {}});
  };
  EXPECT_EQ(refused(1, 0), "");
  EXPECT_EQ(refused(1, 64), "");
  EXPECT_EQ(refused(0, 1), "a list of plan members: plan is out of range");
  EXPECT_EQ(refused(1, -1), "a list of plan members: numbers is out of range");
  EXPECT_EQ(refused(1, 65), "a list of plan members: numbers is out of range");
}

TEST(Wire, RefusesInvalidTags) {
  const CheckpointTag tag = CheckpointTag::from("AB").value();
  const WireMessage message = encode(Checkpoint{tag, 3});
  const auto refused_with = [&](std::size_t at, int byte) {
    WireMessage changed = message;
    changed.bytes[at] = static_cast<std::byte>(byte);
    return refusal_by<LeaseMode::ToCoordinator>(changed.view());
  };
  EXPECT_EQ(refusal_by<LeaseMode::ToCoordinator>(message.view()), "");
  EXPECT_EQ(refused_with(4, 0), "a checkpoint: a tag of 0 bytes; it has 1 to 64, and zeros");
  EXPECT_EQ(refused_with(4, 1), "a checkpoint: a tag of 1 bytes; it has 1 to 64, and zeros");
  EXPECT_EQ(refused_with(4, 65), "a checkpoint: a tag of 65 bytes; it has 1 to 64, and zeros");
  EXPECT_EQ(refused_with(68, 1), "a checkpoint: a tag of 2 bytes; it has 1 to 64, and zeros");
  EXPECT_EQ(refusal(Checkpoint{tag, -2}), "a checkpoint: step is out of range");

  WireMessage answer = encode(CheckpointAnswer{tag, CheckpointState::pending});
  answer.bytes[answer.size - 1] = std::byte{3};
  EXPECT_EQ(refusal_by<LeaseMode::ToWorker>(answer.view()),
            "a checkpoint answer: a checkpoint in state 3, unknown here");
}

TEST(Wire, SaysWhatIsWrongWithTheBytes) {
  WireMessage message = encode(Report{});
  EXPECT_EQ(refusal_by<LeaseMode::ToCoordinator>(message.view().first(3)),
            "3 bytes, too few for a message");
  EXPECT_EQ(refusal_by<LeaseMode::ToCoordinator>(message.view().first(80)),
            "a report of 80 bytes; it has 81");
  EXPECT_EQ(refusal_by<LeaseMode::ToWorker>(message.view()), "a message of type 1, unknown here");

  WireMessage flag = message;
  flag.bytes[72] = std::byte{2};
  EXPECT_EQ(refusal_by<LeaseMode::ToCoordinator>(flag.view()),
            "a report: a flag of 2; it is 0 or 1");

  WireMessage version = message;
  version.bytes[2] = std::byte{9};
  EXPECT_EQ(
      refusal_by<LeaseMode::ToCoordinator>(version.view()),
      "a message in version 9 of the format, here 1; start one build of evenkeel on all ranks");

  message.bytes[0] = std::byte{'X'};
  EXPECT_EQ(refusal_by<LeaseMode::ToCoordinator>(message.view()), "not an evenkeel message");
}

TEST(Wire, RefusesMessagesOfTheOtherMode) {
  const WireMessage leases = encode(Report{});
  EXPECT_EQ(refusal_by<LeaseMode::ToCoordinator>(leases.view()), "");
  EXPECT_EQ(refusal_by<StepMode::ToCoordinator>(leases.view()),
            "a message of type 1, unknown here");
  const WireMessage steps = encode(StepReport{});
  EXPECT_EQ(refusal_by<StepMode::ToCoordinator>(steps.view()), "");
  EXPECT_EQ(refusal_by<LeaseMode::ToCoordinator>(steps.view()),
            "a message of type 5, unknown here");
  const WireMessage fence = encode(Fence{});
  EXPECT_EQ(refusal_by<LeaseMode::ToWorker>(fence.view()), "");
  EXPECT_EQ(refusal_by<StepMode::ToWorker>(fence.view()), "a message of type 67, unknown here");
}

}  // namespace
}  // namespace evenkeel
