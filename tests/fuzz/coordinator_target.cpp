// What the coordinator makes of messages that the wire accepts, in whatever order and from whatever
// rank. The first byte is the kind of job; then come messages: the rank, the time since the one
// before, the kind of message, and its bytes from the fifth on.
#include <array>
#include <cstdint>
#include <optional>
#include <set>
#include <variant>

#include "coordinator/lease_coordinator.h"
#include "coordinator/step_coordinator.h"
#include "core/check.h"
#include "dataset/samples.h"
#include "fuzz/refusal.h"
#include "fuzz/target.h"
#include "protocol/wire.h"

namespace evenkeel {
namespace {

// Takes bytes off a text.
class Bytes {
 public:
  explicit Bytes(std::string_view rest) : rest_(rest) {}

  bool has(std::size_t count) const { return rest_.size() >= count; }
  std::uint8_t take() {
    const auto byte = static_cast<std::uint8_t>(rest_.front());
    rest_.remove_prefix(1);
    return byte;
  }

 private:
  std::string_view rest_;
};

constexpr Rank first_worker{1};
constexpr std::int32_t workers = 3;

// A hundred samples in steps of ten.
CoordinatorOptions job_of(std::uint8_t kind) {
  constexpr std::array<PolicyKind, 8> policies{
      PolicyKind::adaptive, PolicyKind::self,  PolicyKind::static_split, PolicyKind::performance,
      PolicyKind::tss,      PolicyKind::awf_b, PolicyKind::awf_c,        PolicyKind::af};
  const auto has = [&](int bit) { return (kind >> bit & 1) == 1; };
  CoordinatorOptions job;
  job.workers = workers;
  job.step_samples = 10;
  job.shard_samples = 10;
  job.policy.kind = policies[kind >> 1 & (has(0) ? 3 : 7)];
  job.epochs = has(6) ? 2 : 1;
  job.warmup_steps = has(7) ? 1 : 0;
  job.keeps_checkpoints = has(5);
  job.idempotent = !has(0) && has(4);
  if (!has(0)) return job;
  StepModeOptions step;
  step.line = {100, 10, 1, true, 30};
  step.least = 0;
  step.most = 10;
  step.by_cost = has(3);
  step.baseline = has(4);
  job.step = step;
  return job;
}

// What a rank says next; nothing if the wire refuses it, or there are too few bytes.
template <typename Of>
std::optional<typename Of::ToCoordinator> next_message(std::uint8_t kind, Bytes& bytes) {
  constexpr std::size_t header_bytes = 4;
  static const std::array<WireMessage, 6> messages{encode(Report{}),   encode(TrimAnswer{}),
                                                   encode(Farewell{}), encode(Pause{}),
                                                   encode(Leave{}),    encode(StepReport{})};
  WireMessage message = messages[kind % messages.size()];
  if (!bytes.has(message.size - header_bytes)) return std::nullopt;
  for (std::size_t i = header_bytes; i < message.size; ++i) {
    message.bytes[i] = std::byte{bytes.take()};
  }
  try {
    return decode<typename Of::ToCoordinator>(message.view());
  } catch (const WireError&) {
    return std::nullopt;
  }
}

// Workers accept what they are told.
template <typename Of>
void check_words(const CoordinatorOutbox<Of>& outbox) {
  for (const CoordinatorOutput<Of>& output : outbox) {
    if (const auto* send = std::get_if<Send<Of>>(&output)) {
      decode<typename Of::ToWorker>(encode(send->message).view());
    }
  }
}

// Lets the job hear all messages, and do without those that make no sense, as its host does.
// Whether all made sense.
template <typename CoordinatorOf>
bool converse(CoordinatorOf coordinator, Bytes& bytes) {
  using JobMode = typename CoordinatorOf::JobMode;
  constexpr int wakes = 6;  // this kind, and above: the clock alone
  Instant now{};
  CoordinatorOutbox<JobMode> out;
  std::set<Rank> at_fault;
  while (bytes.has(3)) {
    const Rank from(bytes.take() % 5);  // two of these are no workers
    const std::uint8_t time = bytes.take();
    now += time < 128 ? std::chrono::milliseconds(10) * time : std::chrono::seconds(8) * time;
    const std::uint8_t kind = bytes.take() % 8;
    out.clear();
    if (kind >= wakes) {
      coordinator.wake(now, out);
    } else if (const auto message = next_message<JobMode>(kind, bytes);
               message && !at_fault.contains(from)) {
      try {
        coordinator.receive(from, *message, now, out);
      } catch (const ProtocolError& error) {
        check_refusal(error.what(), "rank ");
        at_fault.insert(from);
        if (from >= first_worker && from.value() <= workers) {
          coordinator.receive(from, Leave{}, now, out);
        }
      }
    }
    check_words<JobMode>(out);
    if constexpr (JobMode::mode == Mode::lease) coordinator.book().check_invariants();
  }
  return at_fault.empty();
}

}  // namespace

bool accepts(std::string_view text) {
  static const Dataset dataset = Dataset::cut(manifest_of({60, 40}, {60, 80}), 10);
  if (text.empty()) return false;
  Bytes bytes(text);
  const CoordinatorOptions job = job_of(bytes.take());
  return job.step ? converse(StepCoordinator(dataset, job), bytes)
                  : converse(LeaseCoordinator(dataset, job), bytes);
}

}  // namespace evenkeel
