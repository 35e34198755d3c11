#include "protocol/wire.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "core/random.h"

namespace evenkeel {
namespace {

std::string hex(std::span<const std::byte> bytes) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string text;
  for (const std::byte byte : bytes) {
    text += digits[std::to_integer<std::size_t>(byte >> 4)];
    text += digits[std::to_integer<std::size_t>(byte & std::byte{15})];
  }
  return text;
}

// Encoded bytes are equal exactly if the messages are: every field is written in full.
template <typename Message>
std::string hex(const Message& message) {
  return hex(encode(message).view());
}

std::int64_t count_of(Random& random) {
  return static_cast<std::int64_t>(random.next() >> random.below(63) >> 1);
}
Interval interval_of(Random& random) {
  const std::int64_t a = count_of(random);
  const std::int64_t b = count_of(random);
  return {Position(std::min(a, b)), Position(std::max(a, b))};
}
Duration duration_of(Random& random) {
  return Duration(count_of(random) & ((std::int64_t{1} << 61) - 1));
}

Report report_of(Random& random) {
  const Duration first = duration_of(random) - duration_of(random);
  return {.lease = LeaseId(random.next()),
          .done = interval_of(random),
          .steps = static_cast<std::int32_t>(random.below(1U << 31)),
          .cost = std::ldexp(random.uniform(), static_cast<int>(random.below(2000)) - 1000),
          .busy = duration_of(random),
          .paused = duration_of(random),
          .first_start = Instant(first),
          .last_end = Instant(std::max(first, duration_of(random))),
          .wants_lease = random.below(2) == 1,
          .lead = duration_of(random)};
}

// Seconds up to the limit of a step's times.
float seconds_of(Random& random) {
  return static_cast<float>(std::ldexp(random.uniform(), 29 - static_cast<int>(random.below(60))));
}

StepReport step_report_of(Random& random) {
  StepReport report;
  report.first_step = count_of(random);
  report.steps = static_cast<std::int32_t>(random.below(StepReport::most_steps + 1));
  for (StepTimes& times : report.times) {
    times = {seconds_of(random),
             seconds_of(random),
             seconds_of(random),
             seconds_of(random),
             seconds_of(random),
             random.below(2) == 1,
             static_cast<std::int32_t>(random.below(100))};
  }
  report.cost = static_cast<double>(seconds_of(random));
  report.data = duration_of(random);
  report.waited_for_plan = duration_of(random);
  report.paused = duration_of(random);
  report.last_end = Instant(duration_of(random) - duration_of(random));
  report.wants_plan = random.below(2) == 1;
  report.planned_until = count_of(random);
  report.lead_steps = 1 + static_cast<std::int32_t>(random.below(StepReport::most_lead_steps));
  return report;
}

Plan plan_of(Random& random) {
  const Interval steps = interval_of(random);
  return {.number = static_cast<std::uint32_t>(1 + random.below(0xffffffff)),
          .first_step = steps.begin.value() / 2,
          .end_step = steps.begin.value() / 2 + 1 + steps.samples() / 2,
          .before = count_of(random),
          .count = count_of(random),
          .has_members = random.below(2) == 1};
}

PlanMembers members_of(Random& random) {
  PlanMembers members;
  members.plan = static_cast<std::uint32_t>(1 + random.below(0xffffffff));
  members.numbers = static_cast<std::int32_t>(random.below(PlanMembers::most_numbers + 1));
  for (std::uint32_t& number : members.list) number = static_cast<std::uint32_t>(random.next());
  return members;
}

CheckpointTag tag_of(Random& random) {
  std::string text(1 + random.below(CheckpointTag::most_bytes), ' ');
  for (char& c : text) c = static_cast<char>(random.next());
  return CheckpointTag::from(text).value();
}

Failed failed_of(Random& random) {
  const Position begin(count_of(random) / 2);
  return {.lease = LeaseId(random.next() | 1),
          .interval = {begin, begin + 1 + count_of(random) / 2},
          .ended_at = Instant(duration_of(random) - duration_of(random)),
          .wants_lease = random.below(2) == 1,
          .lead = duration_of(random)};
}

// All that is ever said.
using AnyMessage =
    std::variant<Report, TrimAnswer, Farewell, Pause, StepReport, Leave, Checkpoint, Failed, Grant,
                 Trim, Fence, Finish, PlanMembers, Plan, CheckpointAnswer, Close, Closed>;

AnyMessage message_of(Random& random) {
  switch (random.below(17)) {
    case 0:
      return report_of(random);
    case 1:
      return step_report_of(random);
    case 2:
      return Pause{duration_of(random)};
    case 3:
      return TrimAnswer{.serial = static_cast<std::uint32_t>(random.next()),
                        .kept = LeaseId(random.next()),
                        .kept_end = Position(count_of(random)),
                        .last_seen = LeaseId(random.next())};
    case 4:
      return Farewell{duration_of(random), duration_of(random)};
    case 5:
      return Leave{static_cast<std::int32_t>(random.below(1U << 31)), random.below(2) == 1,
                   random.below(2) == 1};
    case 6:
      return Checkpoint{tag_of(random), count_of(random) - 1};
    case 7:
      return failed_of(random);
    case 8:
      return Grant{.lease = LeaseId(random.next() | 1),
                   .pass = pass_of(static_cast<std::int32_t>(random.below(1U << 31))),
                   .interval = interval_of(random),
                   .kept_waiting = duration_of(random),
                   .alone = random.below(2) == 1};
    case 9:
      return Trim{.serial = static_cast<std::uint32_t>(random.next()), .samples = count_of(random)};
    case 10:
      return Fence{LeaseId(random.next())};
    case 11:
      return plan_of(random);
    case 12:
      return members_of(random);
    case 13:
      return CheckpointAnswer{tag_of(random), static_cast<CheckpointState>(random.below(3))};
    case 14:
      return Close{random.below(2) == 1};
    case 15:
      return Closed{};
    default:
      return Finish{static_cast<JobEnd>(random.below(3))};
  }
}

void expect_in_range(const StepReport& report) {
  EXPECT_GE(report.first_step, 0);
  EXPECT_GE(report.steps, 0);
  EXPECT_LE(report.steps, 16);
  for (const StepTimes& times : report.times) {
    for (const float seconds : {times.local_s, times.reduce_s, times.ended_s, times.paused_s}) {
      EXPECT_TRUE(seconds >= 0 && seconds <= 1e9F) << seconds;
    }
    EXPECT_TRUE(std::isfinite(times.cost) && times.cost >= 0) << times.cost;
    EXPECT_GE(times.stand_in, 0);
  }
  EXPECT_TRUE(std::isfinite(report.cost) && report.cost >= 0);
  EXPECT_GE(report.data.count(), 0);
  EXPECT_GE(report.waited_for_plan.count(), 0);
  EXPECT_GE(report.paused.count(), 0);
  EXPECT_LT(std::abs(to_seconds(report.last_end)), 3e9);
  EXPECT_GE(report.planned_until, 0);
  EXPECT_GE(report.lead_steps, 1);
  EXPECT_LE(report.lead_steps, 1'000'000);
}

// What decode must never let through.
void expect_in_range(const Report& report) {
  EXPECT_GE(report.done.begin.value(), 0);
  EXPECT_LE(report.done.begin, report.done.end);
  EXPECT_GE(report.steps, 0);
  EXPECT_TRUE(std::isfinite(report.cost) && report.cost >= 0);
  EXPECT_GE(report.busy.count(), 0);
  EXPECT_GE(report.paused.count(), 0);
  EXPECT_GE(report.lead.count(), 0);
  EXPECT_LE(report.first_start, report.last_end);
  EXPECT_LT(std::abs(to_seconds(report.first_start)), 3e9);
  EXPECT_LT(std::abs(to_seconds(report.last_end)), 3e9);
}
void expect_in_range(const TrimAnswer& answer) { EXPECT_GE(answer.kept_end.value(), 0); }
void expect_in_range(const Farewell& farewell) {
  EXPECT_GE(farewell.waited_for_grant.count(), 0);
  EXPECT_GE(farewell.waited_for_end.count(), 0);
}
void expect_in_range(const Pause& pause) {
  EXPECT_GE(pause.expected.count(), 0);
  EXPECT_LT(to_seconds(pause.expected), 3e9);
}
void expect_in_range(const Checkpoint& checkpoint) {
  EXPECT_GE(checkpoint.step, -1);
  EXPECT_GE(checkpoint.tag.text().size(), 1U);
}
void expect_in_range(const Failed& failed) {
  EXPECT_NE(failed.lease, LeaseId());
  EXPECT_GE(failed.interval.begin.value(), 0);
  EXPECT_LT(failed.interval.begin, failed.interval.end);
  EXPECT_LT(std::abs(to_seconds(failed.ended_at)), 3e9);
  EXPECT_GE(failed.lead.count(), 0);
}
void expect_in_range(const Grant& grant) {
  EXPECT_NE(grant.lease, LeaseId());
  EXPECT_GE(grant.pass.epoch.value(), 0);
  EXPECT_GE(grant.interval.begin.value(), 0);
  EXPECT_LE(grant.interval.begin, grant.interval.end);
  EXPECT_GE(grant.kept_waiting.count(), 0);
}
void expect_in_range(const Trim& trim) { EXPECT_GE(trim.samples, 0); }
void expect_in_range(const Plan& plan) {
  EXPECT_GE(plan.number, 1U);
  EXPECT_GE(plan.first_step, 0);
  EXPECT_LT(plan.first_step, plan.end_step);
  EXPECT_GE(plan.before, 0);
  EXPECT_GE(plan.count, 0);
}
void expect_in_range(const PlanMembers& members) {
  EXPECT_GE(members.plan, 1U);
  EXPECT_GE(members.numbers, 0);
  EXPECT_LE(members.numbers, 64);
}
void expect_in_range(const Finish& finish) { EXPECT_LE(finish.end, JobEnd::given_up); }
void expect_in_range(const CheckpointAnswer& answer) {
  EXPECT_GE(answer.tag.text().size(), 1U);
  EXPECT_LE(answer.state, CheckpointState::unrecorded);
}
void expect_in_range(const Leave& leave) { EXPECT_GE(leave.suspects, 0); }
void expect_in_range(const Close& /*close*/) {}
void expect_in_range(const Closed& /*closed*/) {}
void expect_in_range(const Fence& /*fence*/) {}

// Decodes what may be garbage: refused, or a message in range whose encoding is those very bytes.
template <typename Messages>
bool is_one_of(std::span<const std::byte> bytes) {
  std::optional<Messages> messages;
  try {
    messages = decode<Messages>(bytes);
  } catch (const WireError& error) {
    EXPECT_STRNE(error.what(), "");
    return false;
  }
  std::visit([](const auto& message) { expect_in_range(message); }, *messages);
  EXPECT_EQ(hex(*messages), hex(bytes));
  return true;
}

// Whether it is a message of any mode, in any direction.
bool accepts(std::span<const std::byte> bytes) {
  const bool to_coordinator = static_cast<int>(is_one_of<LeaseMode::ToCoordinator>(bytes)) |
                              static_cast<int>(is_one_of<StepMode::ToCoordinator>(bytes));
  const bool to_worker = static_cast<int>(is_one_of<LeaseMode::ToWorker>(bytes)) |
                         static_cast<int>(is_one_of<StepMode::ToWorker>(bytes));
  EXPECT_FALSE(to_coordinator && to_worker);
  return to_coordinator || to_worker;
}

TEST(Wire, FormatIsPinned) {
  EXPECT_EQ(hex(Report{.lease = LeaseId(0x0102030405060708),
                       .done = {Position(16), Position(0x1122)},
                       .steps = 3,
                       .cost = 1.5,
                       .busy = Duration(255),
                       .paused = Duration(2),
                       .first_start = Instant(Duration(-2)),
                       .last_end = Instant(Duration(256)),
                       .wants_lease = true,
                       .lead = Duration(7)}),
            "454b0101"
            "0807060504030201"
            "1000000000000000"
            "2211000000000000"
            "03000000"
            "000000000000f83f"
            "ff00000000000000"
            "0200000000000000"
            "feffffffffffffff"
            "0001000000000000"
            "01"
            "0700000000000000");
  EXPECT_EQ(hex(TrimAnswer{
                .serial = 9, .kept = LeaseId(1), .kept_end = Position(2), .last_seen = LeaseId(3)}),
            "454b0102"
            "09000000"
            "0100000000000000"
            "0200000000000000"
            "0300000000000000");
  EXPECT_EQ(hex(Farewell{Duration(1), Duration(2)}),
            "454b0103"
            "0100000000000000"
            "0200000000000000");
  EXPECT_EQ(hex(Grant{.lease = LeaseId(5),
                      .pass = pass_of(1),
                      .interval = {Position(32), Position(64)},
                      .kept_waiting = Duration(3),
                      .alone = true}),
            "454b0141"
            "0500000000000000"
            "00000000"
            "01000000"
            "2000000000000000"
            "4000000000000000"
            "0300000000000000"
            "01");
  EXPECT_EQ(hex(Trim{.serial = 4, .samples = 96}),
            "454b0142"
            "04000000"
            "6000000000000000");
  EXPECT_EQ(hex(Fence{LeaseId(6)}),
            "454b0143"
            "0600000000000000");
  EXPECT_EQ(hex(Leave{2, true, false}),
            "454b0106"
            "02000000"
            "01"
            "00");
  EXPECT_EQ(hex(Close{true}), "454b010901");
  EXPECT_EQ(hex(Closed{}), "454b0148");
  const CheckpointTag tag = CheckpointTag::from("AB").value();
  const std::string tag_bytes = "024142" + std::string(std::size_t{62} * 2, '0');
  EXPECT_EQ(hex(Checkpoint{tag, 3}), "454b0107" + tag_bytes + "0300000000000000");
  EXPECT_EQ(hex(CheckpointAnswer{tag, CheckpointState::unrecorded}), "454b0147" + tag_bytes + "02");
  EXPECT_EQ(hex(Failed{
                LeaseId(5), {Position(32), Position(64)}, Instant(Duration(3)), true, Duration(4)}),
            "454b0108"
            "0500000000000000"
            "2000000000000000"
            "4000000000000000"
            "0300000000000000"
            "01"
            "0400000000000000");
  EXPECT_EQ(hex(Finish{}), "454b014400");
  EXPECT_EQ(hex(Finish{JobEnd::incomplete}), "454b014401");
  EXPECT_EQ(hex(Finish{JobEnd::given_up}), "454b014402");
}

TEST(Wire, FormatOfStepModeIsPinned) {
  StepReport report;
  report.first_step = 0x0102;
  report.steps = 2;
  report.times[0] = {1, 0.5F, 2, 0.25F, 0.125F};
  report.times[1].local_told = false;
  report.times[15] = {4, 8, 16, 32, 64};
  report.times[15].stand_in = 0x0506;
  report.cost = 1.5;
  report.data = Duration(3);
  report.waited_for_plan = Duration(4);
  report.paused = Duration(5);
  report.last_end = Instant(Duration(-2));
  report.wants_plan = true;
  report.planned_until = 6;
  report.lead_steps = 7;
  const std::string nothing(std::size_t{20} * 2, '0');
  const std::string no_stand_in(std::size_t{4} * 2, '0');
  const std::string idle_step = nothing + "01" + no_stand_in;
  std::string idle_steps = nothing + "00" + no_stand_in;
  for (int i = 0; i < 13; ++i) idle_steps += idle_step;
  EXPECT_EQ(hex(report),
            "454b0105"
            "0201000000000000"
            "02000000"
            "0000803f"
            "0000003f"
            "00000040"
            "0000803e"
            "0000003e"
            "01" +
                no_stand_in + idle_steps +
                "00008040"
                "00000041"
                "00008041"
                "00000042"
                "00008042"
                "01"
                "06050000"
                "000000000000f83f"
                "0300000000000000"
                "0400000000000000"
                "0500000000000000"
                "feffffffffffffff"
                "01"
                "0600000000000000"
                "07000000");
  EXPECT_EQ(hex(Pause{Duration(258)}),
            "454b0104"
            "0201000000000000");
  EXPECT_EQ(
      hex(Plan{.number = 0x01020304, .first_step = 5, .end_step = 6, .before = 7, .count = 8}),
      "454b0145"
      "04030201"
      "0500000000000000"
      "0600000000000000"
      "0700000000000000"
      "0800000000000000"
      "00");
  PlanMembers members;
  members.plan = 0x01020304;
  members.numbers = 2;
  members.list = {5, 6};
  EXPECT_EQ(hex(members),
            "454b0146"
            "04030201"
            "02000000"
            "05000000"
            "06000000" +
                std::string(std::size_t{62} * 4 * 2, '0'));
}

TEST(Wire, HasRoomForTheLongestMessage) {
  EXPECT_EQ(encode(StepReport{}).size, 469U);
  EXPECT_LE(WireMessage::capacity, wire_limit);
}

TEST(Wire, RoundTripsEveryMessage) {
  Random random(1);
  for (int i = 0; i < 40000; ++i) {
    EXPECT_TRUE(accepts(encode(message_of(random)).view())) << i;
  }
}

TEST(Wire, KeepsEveryFieldOfEveryMessage) {
  const auto report = std::get<Report>(
      decode<LeaseMode::ToCoordinator>(encode(Report{.lease = LeaseId(1),
                                                     .done = {Position(2), Position(3)},
                                                     .steps = 4,
                                                     .cost = 5,
                                                     .busy = Duration(6),
                                                     .paused = Duration(10),
                                                     .first_start = Instant(Duration(7)),
                                                     .last_end = Instant(Duration(8)),
                                                     .wants_lease = true,
                                                     .lead = Duration(9)})
                                           .view()));
  EXPECT_EQ(report.lease, LeaseId(1));
  EXPECT_EQ(report.done, (Interval{Position(2), Position(3)}));
  EXPECT_EQ(report.steps, 4);
  EXPECT_EQ(report.cost, 5);
  EXPECT_EQ(report.busy, Duration(6));
  EXPECT_EQ(report.paused, Duration(10));
  EXPECT_EQ(report.first_start, Instant(Duration(7)));
  EXPECT_EQ(report.last_end, Instant(Duration(8)));
  EXPECT_TRUE(report.wants_lease);
  EXPECT_EQ(report.lead, Duration(9));

  const auto answer = std::get<TrimAnswer>(decode<LeaseMode::ToCoordinator>(
      encode(TrimAnswer{1, LeaseId(2), Position(3), LeaseId(4)}).view()));
  EXPECT_EQ(answer.serial, 1U);
  EXPECT_EQ(answer.kept, LeaseId(2));
  EXPECT_EQ(answer.kept_end, Position(3));
  EXPECT_EQ(answer.last_seen, LeaseId(4));
}

TEST(Wire, KeepsEveryFieldOfAStepReport) {
  StepReport sent;
  sent.first_step = 1;
  sent.steps = 16;
  for (std::size_t i = 0; i < sent.times.size(); ++i) {
    const auto number = static_cast<float>(10 * i);
    sent.times[i] = {number,
                     number + 1,
                     number + 2,
                     number + 3,
                     number + 4,
                     i % 3 == 0,
                     static_cast<std::int32_t>(i)};
  }
  sent.cost = 2;
  sent.data = Duration(3);
  sent.waited_for_plan = Duration(4);
  sent.paused = Duration(5);
  sent.last_end = Instant(Duration(6));
  sent.wants_plan = true;
  sent.planned_until = 7;
  sent.lead_steps = 8;
  const auto report = std::get<StepReport>(decode<StepMode::ToCoordinator>(encode(sent).view()));
  EXPECT_EQ(report.first_step, 1);
  EXPECT_EQ(report.steps, 16);
  for (std::size_t i = 0; i < report.times.size(); ++i) {
    const auto number = static_cast<float>(10 * i);
    EXPECT_EQ(report.times[i].local_s, number);
    EXPECT_EQ(report.times[i].reduce_s, number + 1);
    EXPECT_EQ(report.times[i].cost, number + 2);
    EXPECT_EQ(report.times[i].ended_s, number + 3);
    EXPECT_EQ(report.times[i].paused_s, number + 4);
    EXPECT_EQ(report.times[i].local_told, i % 3 == 0);
    EXPECT_EQ(report.times[i].stand_in, i);
  }
  EXPECT_EQ(report.cost, 2);
  EXPECT_EQ(report.data, Duration(3));
  EXPECT_EQ(report.waited_for_plan, Duration(4));
  EXPECT_EQ(report.paused, Duration(5));
  EXPECT_EQ(report.last_end, Instant(Duration(6)));
  EXPECT_TRUE(report.wants_plan);
  EXPECT_EQ(report.planned_until, 7);
  EXPECT_EQ(report.lead_steps, 8);
}

TEST(Wire, KeepsEveryFieldOfAPlan) {
  const auto plan = std::get<Plan>(decode<StepMode::ToWorker>(encode(Plan{1, 2, 3, 4, 5}).view()));
  EXPECT_EQ(plan.number, 1U);
  EXPECT_EQ(plan.first_step, 2);
  EXPECT_EQ(plan.end_step, 3);
  EXPECT_EQ(plan.before, 4);
  EXPECT_EQ(plan.count, 5);
}

TEST(Wire, RefusesEveryOtherLength) {
  Random random(2);
  for (int i = 0; i < 60; ++i) {
    const WireMessage message = encode(message_of(random));
    std::vector<std::byte> bytes(message.view().begin(), message.view().end());
    bytes.resize(wire_limit);
    for (std::size_t size = 0; size <= bytes.size(); ++size) {
      if (size == message.size) continue;
      EXPECT_FALSE(accepts(std::span(bytes).first(size)));
    }
  }
}

TEST(Wire, MutationsAreRefusedOrStayInRange) {
  Random random(3);
  std::int64_t refused = 0;
  for (int i = 0; i < 1000; ++i) {
    const WireMessage message = encode(message_of(random));
    for (std::size_t bit = 0; bit < 8 * message.size; ++bit) {
      WireMessage mutant = message;
      mutant.bytes[bit / 8] ^= std::byte{1} << (bit % 8);
      refused += accepts(mutant.view()) ? 0 : 1;
    }
  }
  EXPECT_GT(refused, 0);
}

TEST(Wire, RandomBytesAreRefusedOrStayInRange) {
  Random random(4);
  for (int i = 0; i < 200000; ++i) {
    WireMessage noise;
    noise.size = random.below(WireMessage::capacity + 1);
    for (std::byte& byte : noise.bytes) byte = std::byte{static_cast<std::uint8_t>(random.next())};
    if (i % 2 == 0) {  // past the preamble, so that the fields are reached
      const WireMessage model = encode(message_of(random));
      std::copy_n(model.bytes.begin(), 4, noise.bytes.begin());
      noise.size = model.size;
    }
    accepts(noise.view());
  }
}

TEST(LifeSign, IsNotAMessage) {
  EXPECT_EQ(hex(encode(LifeSign::call).view()), "454b017f");
  EXPECT_EQ(life_sign(encode(LifeSign::call).view()), LifeSign::call);
  EXPECT_EQ(life_sign(encode(LifeSign::answer).view()), LifeSign::answer);
  EXPECT_EQ(life_sign(encode(Leave{}).view()), std::nullopt);
  EXPECT_THROW(decode<LeaseMode::ToCoordinator>(encode(LifeSign::call).view()), WireError);
}

}  // namespace
}  // namespace evenkeel
