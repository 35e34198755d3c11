#include "protocol/wire.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <concepts>
#include <cstdint>
#include <cstring>
#include <string_view>
#include <type_traits>
#include <variant>

#include "core/check.h"

namespace evenkeel {
namespace {

constexpr std::array<std::uint8_t, 3> preamble{'E', 'K', 1};  // the last is the version
constexpr std::size_t header_bytes = preamble.size() + 1;

// Instants stay this close to 0, so that sums and differences of a few cannot overflow.
constexpr Duration time_limit{std::int64_t{1} << 61};  // 73 years
constexpr float step_limit_s = 1e9F;

// ---- each message's type byte, name and fields; each field list serves both directions

template <typename Message>
struct Traits;
template <>
struct Traits<Report> {
  static constexpr std::uint8_t type = 1;
  static constexpr std::string_view name = "report";
};
template <>
struct Traits<TrimAnswer> {
  static constexpr std::uint8_t type = 2;
  static constexpr std::string_view name = "trim answer";
};
template <>
struct Traits<Farewell> {
  static constexpr std::uint8_t type = 3;
  static constexpr std::string_view name = "farewell";
};
template <>
struct Traits<Pause> {
  static constexpr std::uint8_t type = 4;
  static constexpr std::string_view name = "pause";
};
template <>
struct Traits<StepReport> {
  static constexpr std::uint8_t type = 5;
  static constexpr std::string_view name = "step report";
};
template <>
struct Traits<Leave> {
  static constexpr std::uint8_t type = 6;
  static constexpr std::string_view name = "leave";
};
template <>
struct Traits<Checkpoint> {
  static constexpr std::uint8_t type = 7;
  static constexpr std::string_view name = "checkpoint";
};
template <>
struct Traits<Failed> {
  static constexpr std::uint8_t type = 8;
  static constexpr std::string_view name = "failed step";
};
template <>
struct Traits<Close> {
  static constexpr std::uint8_t type = 9;
  static constexpr std::string_view name = "close";
};
template <>
struct Traits<Grant> {
  static constexpr std::uint8_t type = 65;
  static constexpr std::string_view name = "grant";
};
template <>
struct Traits<Trim> {
  static constexpr std::uint8_t type = 66;
  static constexpr std::string_view name = "trim";
};
template <>
struct Traits<Fence> {
  static constexpr std::uint8_t type = 67;
  static constexpr std::string_view name = "fence";
};
template <>
struct Traits<Finish> {
  static constexpr std::uint8_t type = 68;
  static constexpr std::string_view name = "finish";
};

template <>
struct Traits<PlanMembers> {
  static constexpr std::uint8_t type = 70;
  static constexpr std::string_view name = "list of plan members";
};
template <>
struct Traits<Plan> {
  static constexpr std::uint8_t type = 69;
  static constexpr std::string_view name = "plan";
};

template <>
struct Traits<CheckpointAnswer> {
  static constexpr std::uint8_t type = 71;
  static constexpr std::string_view name = "checkpoint answer";
};

template <>
struct Traits<Closed> {
  static constexpr std::uint8_t type = 72;
  static constexpr std::string_view name = "closed";
};

template <typename T, typename Message>
concept Like = std::same_as<std::remove_const_t<T>, Message>;

void fields(auto&& visit, Like<Report> auto& m) {
  visit(m.lease, m.done, m.steps, m.cost, m.busy, m.paused, m.first_start, m.last_end,
        m.wants_lease, m.lead);
}
void fields(auto&& visit, Like<TrimAnswer> auto& m) {
  visit(m.serial, m.kept, m.kept_end, m.last_seen);
}
void fields(auto&& visit, Like<Farewell> auto& m) { visit(m.waited_for_grant, m.waited_for_end); }
void fields(auto&& visit, Like<Pause> auto& m) { visit(m.expected); }
void fields(auto&& visit, Like<StepTimes> auto& m) {
  visit(m.local_s, m.reduce_s, m.cost, m.ended_s, m.paused_s, m.local_told, m.stand_in);
}
void fields(auto&& visit, Like<StepReport> auto& m) {
  visit(m.first_step, m.steps);
  for (auto& times : m.times) fields(visit, times);
  visit(m.cost, m.data, m.waited_for_plan, m.paused, m.last_end, m.wants_plan, m.planned_until,
        m.lead_steps);
}
void fields(auto&& visit, Like<Grant> auto& m) {
  visit(m.lease, m.pass, m.interval, m.kept_waiting, m.alone);
}
void fields(auto&& visit, Like<Trim> auto& m) { visit(m.serial, m.samples); }
void fields(auto&& visit, Like<Fence> auto& m) { visit(m.last); }
void fields(auto&& visit, Like<Leave> auto& m) { visit(m.suspects, m.comes_back, m.has_begun); }
void fields(auto&& visit, Like<Close> auto& m) { visit(m.has_failed); }
void fields(auto&& visit, Like<Closed> auto&) { visit(); }
void fields(auto&& visit, Like<Failed> auto& m) {
  visit(m.lease, m.interval, m.ended_at, m.wants_lease, m.lead);
}
void fields(auto&& visit, Like<Finish> auto& m) { visit(m.end); }
void fields(auto&& visit, Like<Checkpoint> auto& m) { visit(m.tag, m.step); }
void fields(auto&& visit, Like<CheckpointAnswer> auto& m) { visit(m.tag, m.state); }
void fields(auto&& visit, Like<PlanMembers> auto& m) {
  visit(m.plan, m.numbers);
  for (auto& number : m.list) visit(number);
}
void fields(auto&& visit, Like<Plan> auto& m) {
  visit(m.number, m.first_step, m.end_step, m.before, m.count, m.has_members);
}

// ---- bytes

static_assert(std::endian::native == std::endian::little, "numbers are copied as they lie");

// Appends fields to a message whose size is told at the end.
class Encoder {
 public:
  Encoder(WireMessage& message, std::uint8_t type) : bytes_(message.bytes) {
    for (const std::uint8_t byte : preamble) put(byte);
    put(type);
  }

  void operator()(const auto&... field) { (put(field), ...); }

  std::size_t size() const { return size_; }

 private:
  template <std::integral Number>
  void put(Number number) {
    EVENKEEL_CHECK(size_ + sizeof number <= bytes_.size());
    std::memcpy(bytes_.data() + size_, &number, sizeof number);
    size_ += sizeof number;
  }
  void put(JobEnd end) { put(static_cast<std::uint8_t>(end)); }
  void put(double number) { put(std::bit_cast<std::uint64_t>(number)); }
  void put(float number) { put(std::bit_cast<std::uint32_t>(number)); }
  template <typename Tag, typename Value>
  void put(Identity<Tag, Value> identity) {
    put(identity.value());
  }
  void put(Position position) { put(position.value()); }
  void put(Duration duration) { put(std::int64_t{duration.count()}); }
  void put(Instant instant) { put(instant.time_since_epoch()); }
  void put(CheckpointState state) { put(static_cast<std::uint8_t>(state)); }
  void put(const CheckpointTag& tag) {
    put(static_cast<std::uint8_t>(tag.text().size()));
    for (std::size_t i = 0; i < CheckpointTag::most_bytes; ++i) {
      put(static_cast<std::uint8_t>(i < tag.text().size() ? tag.text()[i] : '\0'));
    }
  }
  void put(const Interval& interval) { (*this)(interval.begin, interval.end); }
  void put(const Pass& pass) { (*this)(pass.dataset, pass.epoch); }

  std::span<std::byte, WireMessage::capacity> bytes_;
  std::size_t size_ = 0;
};

// Reads fields from bytes that are as long as all of them.
class Decoder {
 public:
  explicit Decoder(std::span<const std::byte> bytes) : next_(bytes.data() + header_bytes) {}

  void operator()(auto&... field) { (take(field), ...); }

  const std::byte* next() const { return next_; }

 private:
  template <std::integral Number>
  void take(Number& number) {
    std::memcpy(&number, next_, sizeof number);
    next_ += sizeof number;
  }
  void take(bool& flag) {
    const auto byte = taken<std::uint8_t>();
    if (byte > 1) throw WireError(fmt::format("a flag of {}; it is 0 or 1", byte));
    flag = byte == 1;
  }
  void take(JobEnd& end) { end = static_cast<JobEnd>(taken<std::uint8_t>()); }
  void take(double& number) { number = std::bit_cast<double>(taken<std::uint64_t>()); }
  void take(float& number) { number = std::bit_cast<float>(taken<std::uint32_t>()); }
  template <typename Tag, typename Value>
  void take(Identity<Tag, Value>& identity) {
    identity = Identity<Tag, Value>(taken<Value>());
  }
  void take(Position& position) { position = Position(taken<std::int64_t>()); }
  void take(Duration& duration) { duration = Duration(taken<std::int64_t>()); }
  void take(Instant& instant) { instant = Instant(Duration(taken<std::int64_t>())); }
  void take(CheckpointState& state) {
    const auto byte = taken<std::uint8_t>();
    if (byte > static_cast<std::uint8_t>(CheckpointState::unrecorded)) {
      throw WireError(fmt::format("a checkpoint in state {}, unknown here", byte));
    }
    state = static_cast<CheckpointState>(byte);
  }
  void take(CheckpointTag& tag) {
    const auto size = taken<std::uint8_t>();
    std::array<char, CheckpointTag::most_bytes> text{};
    for (char& c : text) c = static_cast<char>(taken<std::uint8_t>());
    const auto end = text.begin() + std::min<std::ptrdiff_t>(size, text.size());
    const bool is_padded = std::all_of(end, text.end(), [](char c) { return c == '\0'; });
    if (size < 1 || size > text.size() || !is_padded) {
      throw WireError(
          fmt::format("a tag of {} bytes; it has 1 to {}, and zeros", size, text.size()));
    }
    tag = *CheckpointTag::from({text.data(), size});
  }
  void take(Interval& interval) { (*this)(interval.begin, interval.end); }
  void take(Pass& pass) { (*this)(pass.dataset, pass.epoch); }

  template <typename Number>
  Number taken() {
    Number number{};
    take(number);
    return number;
  }

  const std::byte* next_;
};

// ---- ranges

[[noreturn]] void fail_range(std::string_view field) {
  throw WireError(fmt::format("{} is out of range", field));
}

inline void require_in_range(bool in_range, std::string_view field) {
  if (!in_range) fail_range(field);
}

// A count that may be 0.
bool valid(double number) { return std::isfinite(number) && number >= 0; }
bool valid(float number) { return std::isfinite(number) && number >= 0; }
bool valid(const Interval& interval) {
  return interval.begin.value() >= 0 && interval.begin <= interval.end;
}
bool valid(Duration duration) { return duration >= Duration::zero() && duration <= time_limit; }
bool valid(Instant instant) {
  return instant.time_since_epoch() >= -time_limit && instant.time_since_epoch() <= time_limit;
}

void check_ranges(const Report& report) {
  require_in_range(valid(report.done), "done");
  require_in_range(report.steps >= 0, "steps");
  require_in_range(valid(report.cost), "cost");
  require_in_range(valid(report.busy), "busy");
  require_in_range(valid(report.paused), "paused");
  require_in_range(valid(report.first_start), "first_start");
  require_in_range(valid(report.last_end) && report.first_start <= report.last_end, "last_end");
  require_in_range(valid(report.lead), "lead");
}
void check_ranges(const TrimAnswer& answer) {
  require_in_range(answer.kept_end.value() >= 0, "kept_end");
}
void check_ranges(const Farewell& farewell) {
  require_in_range(valid(farewell.waited_for_grant), "waited_for_grant");
  require_in_range(valid(farewell.waited_for_end), "waited_for_end");
}
void check_ranges(const Pause& pause) { require_in_range(valid(pause.expected), "expected"); }
void check_ranges(const StepReport& report) {
  constexpr auto most_steps = static_cast<std::int32_t>(StepReport::most_steps);
  require_in_range(report.first_step >= 0, "first_step");
  require_in_range(0 <= report.steps && report.steps <= most_steps, "steps");
  for (const StepTimes& times : report.times) {
    require_in_range(valid(times.local_s) && times.local_s <= step_limit_s, "local_s");
    require_in_range(valid(times.reduce_s) && times.reduce_s <= step_limit_s, "reduce_s");
    require_in_range(valid(times.cost), "cost");
    require_in_range(valid(times.ended_s) && times.ended_s <= step_limit_s, "ended_s");
    require_in_range(valid(times.paused_s) && times.paused_s <= step_limit_s, "paused_s");
    require_in_range(times.stand_in >= 0, "stand_in");
  }
  require_in_range(valid(report.cost), "cost");
  require_in_range(valid(report.data), "data");
  require_in_range(valid(report.waited_for_plan), "waited_for_plan");
  require_in_range(valid(report.paused), "paused");
  require_in_range(valid(report.last_end), "last_end");
  require_in_range(report.planned_until >= 0, "planned_until");
  require_in_range(1 <= report.lead_steps && report.lead_steps <= StepReport::most_lead_steps,
                   "lead_steps");
}
void check_ranges(const Leave& leave) { require_in_range(leave.suspects >= 0, "suspects"); }
void check_ranges(const Close&) {}
void check_ranges(const Closed&) {}
void check_ranges(const Checkpoint& checkpoint) { require_in_range(checkpoint.step >= -1, "step"); }
void check_ranges(const CheckpointAnswer&) {}
void check_ranges(const Failed& failed) {
  require_in_range(failed.lease != LeaseId(), "lease");
  require_in_range(valid(failed.interval) && !failed.interval.empty(), "interval");
  require_in_range(valid(failed.ended_at), "ended_at");
  require_in_range(valid(failed.lead), "lead");
}
void check_ranges(const Grant& grant) {
  require_in_range(grant.lease != LeaseId(), "lease");
  require_in_range(grant.pass.dataset == DatasetIndex(), "dataset");
  require_in_range(grant.pass.epoch.value() >= 0, "epoch");
  require_in_range(valid(grant.interval), "interval");
  require_in_range(valid(grant.kept_waiting), "kept_waiting");
}
void check_ranges(const Trim& trim) { require_in_range(trim.samples >= 0, "samples"); }
void check_ranges(const Fence&) {}
void check_ranges(const Finish& finish) { require_in_range(finish.end <= JobEnd::given_up, "end"); }
void check_ranges(const PlanMembers& members) {
  constexpr auto most_numbers = static_cast<std::int32_t>(PlanMembers::most_numbers);
  require_in_range(members.plan >= 1, "plan");
  require_in_range(0 <= members.numbers && members.numbers <= most_numbers, "numbers");
}
void check_ranges(const Plan& plan) {
  require_in_range(plan.number >= 1, "number");
  require_in_range(0 <= plan.first_step && plan.first_step < plan.end_step, "end_step");
  require_in_range(plan.before >= 0, "before");
  require_in_range(plan.count >= 0, "count");
}

// ---- messages

template <typename Message>
void decode_one(std::span<const std::byte> bytes, Message& message) {
  static const std::size_t expected = encode(Message{}).size;
  if (bytes.size() != expected) {
    throw WireError(
        fmt::format("a {} of {} bytes; it has {}", Traits<Message>::name, bytes.size(), expected));
  }
  try {
    Decoder decoder(bytes);
    fields(decoder, message);
    EVENKEEL_CHECK(decoder.next() == bytes.data() + bytes.size());
    check_ranges(message);
  } catch (const WireError& error) {
    throw WireError(fmt::format("a {}: {}", Traits<Message>::name, error.what()));
  }
}

std::uint8_t checked_type(std::span<const std::byte> bytes) {
  if (bytes.size() < header_bytes) {
    throw WireError(fmt::format("{} bytes, too few for a message", bytes.size()));
  }
  const auto at = [&](std::size_t i) { return std::to_integer<std::uint8_t>(bytes[i]); };
  if (at(0) != preamble[0] || at(1) != preamble[1]) throw WireError("not an evenkeel message");
  if (at(2) != preamble[2]) {
    throw WireError(fmt::format(
        "a message in version {} of the format, here {}; start one build of evenkeel on all ranks",
        at(2), preamble[2]));
  }
  return at(3);
}

template <typename... Messages>
std::variant<Messages...> decode_any(std::span<const std::byte> bytes,
                                     std::type_identity<std::variant<Messages...>>) {
  const std::uint8_t type = checked_type(bytes);
  std::variant<Messages...> decoded;
  const auto is_one = [&]<typename Message>(std::type_identity<Message>) {
    if (type != Traits<Message>::type) return false;
    decode_one(bytes, decoded.template emplace<Message>());
    return true;
  };
  const bool known = (is_one(std::type_identity<Messages>()) || ...);
  if (!known) throw WireError(fmt::format("a message of type {}, unknown here", type));
  return decoded;
}

}  // namespace

template <typename Message>
WireMessage encode(const Message& message) {
  WireMessage encoded;
  Encoder encoder(encoded, Traits<Message>::type);
  fields(encoder, message);
  encoded.size = encoder.size();
  return encoded;
}

WireMessage encode(LifeSign sign) {
  WireMessage encoded;
  encoded.size = Encoder(encoded, static_cast<std::uint8_t>(sign)).size();
  return encoded;
}

std::optional<LifeSign> life_sign(std::span<const std::byte> bytes) {
  static_assert(life_sign_bytes == header_bytes);
  if (bytes.size() != header_bytes) return std::nullopt;
  for (const LifeSign sign : {LifeSign::call, LifeSign::answer}) {
    const WireMessage message = encode(sign);
    if (std::ranges::equal(bytes, message.view())) return sign;
  }
  return std::nullopt;
}

std::string wire_version() {
  std::uint32_t digest = 2'166'136'261;  // FNV-1a
  const auto add = [&](std::size_t number) {
    digest = (digest ^ std::uint32_t(number)) * 16'777'619;
  };
  const auto add_all = [&]<typename... Messages>(std::type_identity<std::variant<Messages...>>) {
    ((add(Traits<Messages>::type), add(encode(Messages{}).size)), ...);
  };
  add_all(std::type_identity<LeaseMode::ToCoordinator>());
  add_all(std::type_identity<LeaseMode::ToWorker>());
  add_all(std::type_identity<StepMode::ToCoordinator>());
  add_all(std::type_identity<StepMode::ToWorker>());
  return fmt::format("{}-{:08x}", preamble.back(), digest);
}

template <typename Messages>
Messages decode(std::span<const std::byte> bytes) {
  return decode_any(bytes, std::type_identity<Messages>());
}

template WireMessage encode(const Report& message);
template WireMessage encode(const TrimAnswer& message);
template WireMessage encode(const Farewell& message);
template WireMessage encode(const Pause& message);
template WireMessage encode(const StepReport& message);
template WireMessage encode(const Leave& message);
template WireMessage encode(const Close& message);
template WireMessage encode(const Checkpoint& message);
template WireMessage encode(const Failed& message);
template WireMessage encode(const Grant& message);
template WireMessage encode(const Trim& message);
template WireMessage encode(const Fence& message);
template WireMessage encode(const Finish& message);
template WireMessage encode(const PlanMembers& message);
template WireMessage encode(const Plan& message);
template WireMessage encode(const CheckpointAnswer& message);
template WireMessage encode(const Closed& message);

template LeaseMode::ToCoordinator decode(std::span<const std::byte> bytes);
template LeaseMode::ToWorker decode(std::span<const std::byte> bytes);
template StepMode::ToCoordinator decode(std::span<const std::byte> bytes);
template StepMode::ToWorker decode(std::span<const std::byte> bytes);

}  // namespace evenkeel
