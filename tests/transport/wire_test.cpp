#include "transport/wire.h"

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

WorkerMessage worker_message_of(Random& random) {
  switch (random.below(3)) {
    case 0:
      return report_of(random);
    case 1:
      return TrimAnswer{.serial = static_cast<std::uint32_t>(random.next()),
                        .kept = LeaseId(random.next()),
                        .kept_end = Position(count_of(random)),
                        .last_seen = LeaseId(random.next())};
    default:
      return Farewell{duration_of(random), duration_of(random)};
  }
}

CoordinatorMessage coordinator_message_of(Random& random) {
  switch (random.below(4)) {
    case 0:
      return Grant{.lease = LeaseId(random.next() | 1),
                   .epoch = Epoch(static_cast<std::int32_t>(random.below(1U << 31))),
                   .interval = interval_of(random),
                   .kept_waiting = duration_of(random)};
    case 1:
      return Trim{.serial = static_cast<std::uint32_t>(random.next()), .samples = count_of(random)};
    case 2:
      return Fence{LeaseId(random.next())};
    default:
      return Finish{};
  }
}

// What decode must never let through.
void expect_in_range(const WorkerMessage& message) {
  if (const auto* report = std::get_if<Report>(&message)) {
    EXPECT_GE(report->done.begin.value(), 0);
    EXPECT_LE(report->done.begin, report->done.end);
    EXPECT_GE(report->steps, 0);
    EXPECT_TRUE(std::isfinite(report->cost) && report->cost >= 0);
    EXPECT_GE(report->busy.count(), 0);
    EXPECT_GE(report->paused.count(), 0);
    EXPECT_GE(report->lead.count(), 0);
    EXPECT_LE(report->first_start, report->last_end);
    EXPECT_LT(std::abs(to_seconds(report->first_start)), 3e9);
    EXPECT_LT(std::abs(to_seconds(report->last_end)), 3e9);
  } else if (const auto* answer = std::get_if<TrimAnswer>(&message)) {
    EXPECT_GE(answer->kept_end.value(), 0);
  } else if (const auto* farewell = std::get_if<Farewell>(&message)) {
    EXPECT_GE(farewell->waited_for_grant.count(), 0);
    EXPECT_GE(farewell->waited_for_end.count(), 0);
  }
}
void expect_in_range(const CoordinatorMessage& message) {
  if (const auto* grant = std::get_if<Grant>(&message)) {
    EXPECT_NE(grant->lease, LeaseId());
    EXPECT_GE(grant->epoch.value(), 0);
    EXPECT_GE(grant->interval.begin.value(), 0);
    EXPECT_LE(grant->interval.begin, grant->interval.end);
    EXPECT_GE(grant->kept_waiting.count(), 0);
  } else if (const auto* trim = std::get_if<Trim>(&message)) {
    EXPECT_GE(trim->samples, 0);
  }
}

// Decodes what may be garbage: refused, or a message in range whose encoding is those very bytes.
template <typename Message>
bool accepts(std::span<const std::byte> bytes) {
  std::optional<Message> message;
  try {
    message = decode<Message>(bytes);
  } catch (const WireError& error) {
    EXPECT_STRNE(error.what(), "");
    return false;
  }
  expect_in_range(*message);
  EXPECT_EQ(hex(*message), hex(bytes));
  return true;
}

template <typename Message>
std::string refusal(std::span<const std::byte> bytes) {
  try {
    decode<Message>(bytes);
  } catch (const WireError& error) {
    return error.what();
  }
  return "";
}

template <typename Message>
std::string refusal(const Message& message) {
  return refusal<Message>(encode(message).view());
}

TEST(Wire, FormatIsPinned) {
  EXPECT_EQ(hex(WorkerMessage(Report{.lease = LeaseId(0x0102030405060708),
                                     .done = {Position(16), Position(0x1122)},
                                     .steps = 3,
                                     .cost = 1.5,
                                     .busy = Duration(255),
                                     .paused = Duration(2),
                                     .first_start = Instant(Duration(-2)),
                                     .last_end = Instant(Duration(256)),
                                     .wants_lease = true,
                                     .lead = Duration(7)})),
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
  EXPECT_EQ(
      hex(WorkerMessage(TrimAnswer{
          .serial = 9, .kept = LeaseId(1), .kept_end = Position(2), .last_seen = LeaseId(3)})),
      "454b0102"
      "09000000"
      "0100000000000000"
      "0200000000000000"
      "0300000000000000");
  EXPECT_EQ(hex(WorkerMessage(Farewell{Duration(1), Duration(2)})),
            "454b0103"
            "0100000000000000"
            "0200000000000000");
  EXPECT_EQ(hex(CoordinatorMessage(Grant{.lease = LeaseId(5),
                                         .epoch = Epoch(1),
                                         .interval = {Position(32), Position(64)},
                                         .kept_waiting = Duration(3)})),
            "454b0141"
            "0500000000000000"
            "01000000"
            "2000000000000000"
            "4000000000000000"
            "0300000000000000");
  EXPECT_EQ(hex(CoordinatorMessage(Trim{.serial = 4, .samples = 96})),
            "454b0142"
            "04000000"
            "6000000000000000");
  EXPECT_EQ(hex(CoordinatorMessage(Fence{LeaseId(6)})),
            "454b0143"
            "0600000000000000");
  EXPECT_EQ(hex(CoordinatorMessage(Finish{})), "454b0144");
}

TEST(Wire, EveryMessageComesBackAsItWas) {
  Random random(1);
  for (int i = 0; i < 20000; ++i) {
    EXPECT_TRUE(accepts<WorkerMessage>(encode(worker_message_of(random)).view())) << i;
    EXPECT_TRUE(accepts<CoordinatorMessage>(encode(coordinator_message_of(random)).view())) << i;
  }
}

TEST(Wire, KeepsEveryFieldOfEveryMessage) {
  const auto report = std::get<Report>(
      decode<WorkerMessage>(encode(WorkerMessage(Report{.lease = LeaseId(1),
                                                        .done = {Position(2), Position(3)},
                                                        .steps = 4,
                                                        .cost = 5,
                                                        .busy = Duration(6),
                                                        .first_start = Instant(Duration(7)),
                                                        .last_end = Instant(Duration(8)),
                                                        .wants_lease = true,
                                                        .lead = Duration(9)}))
                                .view()));
  EXPECT_EQ(report.lease, LeaseId(1));
  EXPECT_EQ(report.done, (Interval{Position(2), Position(3)}));
  EXPECT_EQ(report.steps, 4);
  EXPECT_EQ(report.cost, 5);
  EXPECT_EQ(report.busy, Duration(6));
  EXPECT_EQ(report.first_start, Instant(Duration(7)));
  EXPECT_EQ(report.last_end, Instant(Duration(8)));
  EXPECT_TRUE(report.wants_lease);
  EXPECT_EQ(report.lead, Duration(9));

  const auto answer = std::get<TrimAnswer>(decode<WorkerMessage>(
      encode(WorkerMessage(TrimAnswer{1, LeaseId(2), Position(3), LeaseId(4)})).view()));
  EXPECT_EQ(answer.serial, 1U);
  EXPECT_EQ(answer.kept, LeaseId(2));
  EXPECT_EQ(answer.kept_end, Position(3));
  EXPECT_EQ(answer.last_seen, LeaseId(4));
}

TEST(Wire, RefusesEveryOtherLength) {
  Random random(2);
  for (int i = 0; i < 30; ++i) {
    for (const WireMessage& message :
         {encode(worker_message_of(random)), encode(coordinator_message_of(random))}) {
      std::vector<std::byte> bytes(message.view().begin(), message.view().end());
      bytes.resize(wire_limit);
      for (std::size_t size = 0; size <= bytes.size(); ++size) {
        if (size == message.size) continue;
        EXPECT_FALSE(accepts<WorkerMessage>(std::span(bytes).first(size)));
        EXPECT_FALSE(accepts<CoordinatorMessage>(std::span(bytes).first(size)));
      }
    }
  }
}

TEST(Wire, MutationsAreRefusedOrStayInRange) {
  Random random(3);
  std::int64_t refused = 0;
  for (int i = 0; i < 500; ++i) {
    const WireMessage original = encode(worker_message_of(random));
    const WireMessage command = encode(coordinator_message_of(random));
    for (const WireMessage& message : {original, command}) {
      for (std::size_t bit = 0; bit < 8 * message.size; ++bit) {
        WireMessage mutant = message;
        mutant.bytes[bit / 8] ^= std::byte{1} << (bit % 8);
        refused += !accepts<WorkerMessage>(mutant.view());
        refused += !accepts<CoordinatorMessage>(mutant.view());
      }
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
      const WireMessage model =
          i % 4 == 0 ? encode(worker_message_of(random)) : encode(coordinator_message_of(random));
      std::copy_n(model.bytes.begin(), 4, noise.bytes.begin());
      noise.size = model.size;
    }
    accepts<WorkerMessage>(noise.view());
    accepts<CoordinatorMessage>(noise.view());
  }
}

TEST(Wire, RefusesFieldsOutOfRange) {
  const auto with = [](auto change) {
    Report report;
    change(report);
    return refusal(WorkerMessage(report));
  };
  const Duration century = std::chrono::hours(24 * 365 * 100);

  EXPECT_EQ(with([](Report&) {}), "");
  EXPECT_EQ(with([](Report& r) {
              r.done = {Position(-1), Position(1)};
            }),
            "a report: done is out of range");
  EXPECT_EQ(with([](Report& r) {
              r.done = {Position(2), Position(1)};
            }),
            "a report: done is out of range");
  EXPECT_EQ(with([](Report& r) { r.steps = -1; }), "a report: steps is out of range");
  EXPECT_EQ(with([](Report& r) { r.cost = -0.5; }), "a report: cost is out of range");
  EXPECT_EQ(with([](Report& r) { r.cost = std::numeric_limits<double>::quiet_NaN(); }),
            "a report: cost is out of range");
  EXPECT_EQ(with([](Report& r) { r.cost = std::numeric_limits<double>::infinity(); }),
            "a report: cost is out of range");
  EXPECT_EQ(with([](Report& r) { r.busy = Duration(-1); }), "a report: busy is out of range");
  EXPECT_EQ(with([&](Report& r) { r.busy = century; }), "a report: busy is out of range");
  EXPECT_EQ(with([](Report& r) { r.lead = Duration(-1); }), "a report: lead is out of range");
  EXPECT_EQ(with([](Report& r) { r.first_start = Instant(Duration::min()); }),
            "a report: first_start is out of range");
  EXPECT_EQ(with([&](Report& r) { r.last_end = Instant(century); }),
            "a report: last_end is out of range");
  EXPECT_EQ(with([](Report& r) { r.first_start = Instant(Duration(1)); }),
            "a report: last_end is out of range");

  EXPECT_EQ(refusal(WorkerMessage(TrimAnswer{0, LeaseId(), Position(-1), LeaseId()})),
            "a trim answer: kept_end is out of range");
  EXPECT_EQ(refusal(WorkerMessage(Farewell{Duration(-1), {}})),
            "a farewell: waited_for_grant is out of range");
  EXPECT_EQ(refusal(WorkerMessage(Farewell{{}, Duration(-1)})),
            "a farewell: waited_for_end is out of range");
  EXPECT_EQ(refusal(CoordinatorMessage(Grant{})), "a grant: lease is out of range");
  EXPECT_EQ(refusal(CoordinatorMessage(Grant{LeaseId(1), Epoch(-1), {}})),
            "a grant: epoch is out of range");
  EXPECT_EQ(refusal(CoordinatorMessage(Grant{LeaseId(1), Epoch(0), {Position(1), Position(0)}})),
            "a grant: interval is out of range");
  EXPECT_EQ(refusal(CoordinatorMessage(Grant{LeaseId(1), Epoch(0), {}, Duration(-1)})),
            "a grant: kept_waiting is out of range");
  EXPECT_EQ(refusal(CoordinatorMessage(Trim{.serial = 0, .samples = -1})),
            "a trim: samples is out of range");
}

TEST(Wire, SaysWhatIsWrongWithTheBytes) {
  WireMessage message = encode(WorkerMessage(Report{}));
  EXPECT_EQ(refusal<WorkerMessage>(message.view().first(3)), "3 bytes, too few for a message");
  EXPECT_EQ(refusal<WorkerMessage>(message.view().first(80)), "a report of 80 bytes; it has 81");
  EXPECT_EQ(refusal<CoordinatorMessage>(message.view()), "a message of type 1, unknown here");

  WireMessage flag = message;
  flag.bytes[72] = std::byte{2};
  EXPECT_EQ(refusal<WorkerMessage>(flag.view()), "a report: a flag of 2; it is 0 or 1");

  WireMessage version = message;
  version.bytes[2] = std::byte{9};
  EXPECT_EQ(
      refusal<WorkerMessage>(version.view()),
      "a message in version 9 of the format, here 1; start one build of evenkeel on all ranks");

  message.bytes[0] = std::byte{'X'};
  EXPECT_EQ(refusal<WorkerMessage>(message.view()), "not an evenkeel message");
}

}  // namespace
}  // namespace evenkeel
