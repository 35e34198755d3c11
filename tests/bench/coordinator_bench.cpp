// The coordinator at 10 to 100,000 workers: time, allocations and bytes.
//
// Workers report four times per lease and then ask for the next, as they do in a long job; a
// decision is one message received and everything that follows from it.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <string>
#include <vector>

#include "bench/allocations.h"
#include "coordinator/lease_coordinator.h"
#include "dataset/dataset.h"

namespace evenkeel {
namespace {

using namespace std::chrono_literals;

constexpr std::int64_t step_samples = 32;
constexpr std::int32_t reports_a_lease = 4;

// `samples`: of an epoch, a worker.
Dataset dataset_for(int workers, std::int64_t samples) {
  Manifest manifest;
  manifest.name = "bench";
  manifest.root = "/";
  constexpr int files = 1000;
  const std::int64_t file_samples = samples / files * workers;
  for (int file = 0; file < files; ++file) {
    manifest.files.add("f" + std::to_string(file), file_samples, FileTable::unknown_bytes,
                       static_cast<double>(file_samples));
  }
  return Dataset::cut(manifest, 1000 * file_samples);
}

// Answers grants as workers of one speed would, without a worker's machine in between.
class Workers {
 public:
  Workers(LeaseCoordinator& coordinator, int count)
      : coordinator_(coordinator), held_(static_cast<std::size_t>(count)) {
    Report request;
    request.wants_lease = true;
    for (int i = 0; i < count; ++i) say(i, request);
    // Everyone gets to know its speed, and leases grow to their full length.
    for (int round = 0; round < 16 * reports_a_lease; ++round) {
      for (int i = 0; i < count; ++i) report(i);
    }
  }

  // One message of the next worker in turn.
  void report_next() {
    report(next_);
    next_ = (next_ + 1) % static_cast<int>(held_.size());
  }

 private:
  struct Held {
    LeaseId lease;
    Interval left;
    std::int64_t a_report = 1;
  };

  void report(int index) {
    Held& held = held_[static_cast<std::size_t>(index)];
    if (held.left.empty()) return;
    Report message;
    message.lease = held.lease;
    const std::int64_t samples = std::min(held.left.samples(), held.a_report);
    message.done = {held.left.begin, held.left.begin + samples};
    held.left.begin = message.done.end;
    message.steps = static_cast<std::int32_t>((samples + step_samples - 1) / step_samples);
    message.cost = static_cast<double>(samples);
    message.busy = std::chrono::microseconds(10 * samples);
    message.first_start = now_;
    now_ += 1us;
    message.last_end = now_;
    message.wants_lease = held.left.empty();
    message.lead = 100us;
    say(index, message);
  }

  void say(int index, const Report& message) {
    coordinator_.receive(Rank(index + 1), message, now_, outbox_);
    for (const CoordinatorOutput<LeaseMode>& output : outbox_) {
      const auto* send = std::get_if<Send<LeaseMode>>(&output);
      if (send == nullptr) continue;
      const auto* grant = std::get_if<Grant>(&send->message);
      if (grant == nullptr) continue;
      Held& held = held_[static_cast<std::size_t>(send->to.value() - 1)];
      const std::int64_t steps = (grant->interval.samples() + step_samples - 1) / step_samples;
      const std::int64_t steps_a_report = (steps + reports_a_lease - 1) / reports_a_lease;
      held = {grant->lease, grant->interval, steps_a_report * step_samples};
    }
    outbox_.clear();
  }

  LeaseCoordinator& coordinator_;
  std::vector<Held> held_;
  LeaseCoordinator::Outbox outbox_;
  Instant now_{};
  int next_ = 0;
};

void decisions(benchmark::State& state, PolicyKind policy, std::int64_t samples,
               std::int32_t epochs) {
  const auto workers = static_cast<int>(state.range(0));
  const Dataset dataset = dataset_for(workers, samples);
  CoordinatorOptions options;
  options.workers = workers;
  options.epochs = epochs;
  options.step_samples = step_samples;
  options.order.shuffle = Shuffle::none;  // its arrays are the dataset's, not the workers'
  options.policy.kind = policy;
  const std::int64_t bytes_before = bytes_in_use;
  LeaseCoordinator coordinator(dataset, options);
  Workers cluster(coordinator, workers);
  const std::int64_t bytes = bytes_in_use - bytes_before;

  const std::int64_t allocations_before = allocations;
  while (state.KeepRunning()) cluster.report_next();
  state.counters["allocations"] = benchmark::Counter(
      static_cast<double>(allocations - allocations_before), benchmark::Counter::kAvgIterations);
  state.counters["bytes_a_worker"] = static_cast<double>(bytes) / workers;
}

// The end is never near: an epoch is long, or where chunks are parts of what is left, there are
// many.
constexpr std::int64_t long_epoch = 1'000'000'000'000;
constexpr std::int64_t short_epoch = 1'000'000;
constexpr std::int32_t many = 1'000'000;

BENCHMARK_CAPTURE(decisions, adaptive, PolicyKind::adaptive, long_epoch, 1)
    ->RangeMultiplier(10)
    ->Range(10, 100'000);
BENCHMARK_CAPTURE(decisions, load, PolicyKind::load, long_epoch, 1)->Arg(10'000);
BENCHMARK_CAPTURE(decisions, self, PolicyKind::self, long_epoch, 1)->Arg(10'000);
BENCHMARK_CAPTURE(decisions, fac2, PolicyKind::fac2, short_epoch, many)->Arg(10'000);
BENCHMARK_CAPTURE(decisions, awf_b, PolicyKind::awf_b, short_epoch, many)->Arg(10'000);
BENCHMARK_CAPTURE(decisions, awf_c, PolicyKind::awf_c, short_epoch, many)->Arg(10'000);
BENCHMARK_CAPTURE(decisions, af, PolicyKind::af, short_epoch, many)->Arg(10'000);

}  // namespace
}  // namespace evenkeel

BENCHMARK_MAIN();
