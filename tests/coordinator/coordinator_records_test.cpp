#include <gtest/gtest.h>

#include <chrono>

#include "balance/speed_model.h"
#include "coordinator/conversation.h"

namespace evenkeel {
namespace {

using namespace std::chrono_literals;

constexpr PolicyKind self = PolicyKind::self;
constexpr PolicyKind static_split = PolicyKind::static_split;

TEST(WorkerRecord, AddsUpWhatAWorkerReports) {
  const Dataset dataset = dataset_of(60);
  CoordinatorOptions options = options_of(static_split, 2);
  options.epochs = 2;
  Conversation talk(dataset, options);
  talk.say(1, request(), 0s);
  talk.say(2, request(), 0s);
  talk.say(1, progress(1, 0, 20, 0s, 2s), 2s);
  Report rest = progress_and_request(1, 20, 30, 3s, 7s);
  rest.busy = 3s;
  talk.say(1, rest, 7s);
  const WorkerRecord record = talk.worker(1);
  EXPECT_EQ(record.state, WorkerState::working);
  EXPECT_EQ(record.samples, 30);
  EXPECT_EQ(record.cost, 30);
  EXPECT_EQ(record.steps, 3);
  EXPECT_EQ(record.leases, 2);
  EXPECT_EQ(record.busy, Duration(5s));
  EXPECT_EQ(record.last_end, Instant(7s));
  EXPECT_DOUBLE_EQ(record.speed, 6);
  EXPECT_EQ(talk.worker(2).speed, 0);
}

TEST(WorkerRecord, AddsUpThePauses) {
  const Dataset dataset = dataset_of(60);
  Conversation talk(dataset, options_of(static_split, 1));
  Report asking = request();
  asking.paused = 5s;
  talk.say(1, asking, 5s);
  Report working = progress(1, 0, 10, 5s, 8s);
  working.paused = 1s;
  talk.say(1, working, 8s);
  EXPECT_EQ(talk.worker(1).paused, Duration(6s));
}

TEST(WorkerRecord, KeepsAPauseToldWithWorkThatIsWasted) {
  const Dataset dataset = dataset_of(60);
  CoordinatorOptions options = options_of(self, 1);
  options.lease_deadline = 2s;
  Conversation talk(dataset, options);
  talk.say(1, request(), 0s);
  talk.wake(2s);
  Report late = progress(1, 0, 10, 0s, 1s);
  late.paused = 2s;
  talk.say(1, late, 3s);
  EXPECT_EQ(talk.coordinator().job().wasted_samples, 10);
  EXPECT_EQ(talk.worker(1).paused, Duration(2s));
}

TEST(WorkerRecord, KnowsTheNoise) {
  const Dataset dataset = dataset_of(600);
  CoordinatorOptions options = options_of(static_split, 1);
  options.warmup_steps = 0;
  Conversation talk(dataset, options);
  talk.say(1, request(), 0s);
  talk.say(1, progress(1, 0, 10, 0ms, 1000ms), 1s);
  EXPECT_EQ(talk.worker(1).speed_noise, 0);
  talk.say(1, progress(1, 10, 20, 1000ms, 2080ms), 2080ms);
  EXPECT_NEAR(talk.worker(1).speed_noise, 0.08 / 4, 1e-9);
}

TEST(JobRecord, CountsWhatThereIsToDo) {
  const Dataset dataset = dataset_of(60);
  CoordinatorOptions options = options_of(self, 1);
  options.epochs = 3;
  const LeaseCoordinator coordinator(dataset, options);
  EXPECT_EQ(coordinator.job().samples, 180);
  EXPECT_EQ(coordinator.job().cost, 180);
  EXPECT_EQ(coordinator.job().samples_done, 0);
  EXPECT_EQ(coordinator.job().bound_s, 0);
}

TEST(JobRecord, AddsUpTheWorkers) {
  const Dataset dataset = dataset_of(20);
  Conversation talk(dataset, options_of(self, 2));
  talk.say(1, request(), 0s);
  talk.say(2, request(), 0s);
  talk.say(2, progress(2, 10, 20, 0s, 2s), 2s);
  talk.say(1, progress(1, 0, 10, 0s, 1s), 2s);
  const JobRecord job = talk.coordinator().job();
  EXPECT_EQ(job.samples_done, 20);
  EXPECT_EQ(job.cost_done, 20);
  EXPECT_EQ(job.steps, 2);
  EXPECT_EQ(job.leases, 2);
  EXPECT_EQ(job.last_end, Instant(2s));
  EXPECT_EQ(job.messages, 4 + 2 + 2);  // two grants, two finishes
}

TEST(JobRecord, BoundsTheMakespanOfASingleWorker) {
  const Dataset dataset = dataset_of(30);
  Conversation talk(dataset, options_of(static_split, 1));
  talk.say(1, request(), 0s);
  talk.say(1, progress(1, 0, 30, 0s, 3s), 3s);
  EXPECT_NEAR(talk.coordinator().job().bound_s, 3, 0.01);
}

// Ten samples a second each; the second loads its libraries for three seconds.
TEST(JobRecord, BoundsTheMakespanByWhenWorkersHadStarted) {
  const Dataset dataset = dataset_of(40);
  CoordinatorOptions options = options_of(self, 2);
  options.warmup_steps = 0;
  Conversation talk(dataset, options);
  talk.say(1, request(), 0s);
  talk.say(2, request(), 0s);
  talk.say(1, progress_and_request(1, 0, 10, 1s, 2s), 2s);
  talk.say(1, progress_and_request(3, 20, 30, 2s, 3s), 3s);
  talk.say(1, progress_and_request(4, 30, 40, 3s, 4s), 4s);
  Report late = progress(2, 10, 20, 0s, 4s);
  late.busy = 1s;
  talk.say(2, late, 4s);
  EXPECT_EQ(talk.worker(1).starting, Duration(1s));
  EXPECT_EQ(talk.worker(2).starting, Duration(3s));
  EXPECT_NEAR(talk.coordinator().job().bound_s, 4, 0.01);
}

// Ten samples a second each; one idles from 1 s to 3 s.
TEST(JobRecord, BoundsTheMakespanAsIfNobodyHadWaited) {
  const Dataset dataset = dataset_of(40);
  CoordinatorOptions options = options_of(self, 2);
  options.warmup_steps = 0;
  Conversation talk(dataset, options);
  talk.say(1, request(), 0s);
  for (int lease = 2; lease <= 4; ++lease) talk.say(2, request(), 0s);
  talk.say(1, progress(1, 0, 10, 0s, 1s), 1s);
  for (std::int64_t lease = 2; lease <= 4; ++lease) {
    const auto id = static_cast<std::uint64_t>(lease);
    talk.say(2, progress(id, 10 * lease - 10, 10 * lease, (lease - 2) * 1s, (lease - 1) * 1s),
             (lease - 1) * 1s);
  }
  EXPECT_NEAR(talk.coordinator().job().bound_s, 2, 0.01);
}

// Half of the work is one sample, which nobody can divide.
TEST(JobRecord, BoundsTheMakespanByItsLargestStep) {
  Manifest manifest;
  manifest.root = "/";
  manifest.files.add("a", 1, FileTable::unknown_bytes, 60);
  manifest.files.add("b", 2, FileTable::unknown_bytes, 60);
  const Dataset dataset = Dataset::cut(manifest, 1);
  CoordinatorOptions options = options_of(self, 3);
  options.step_samples = 1;
  options.warmup_steps = 0;
  Conversation talk(dataset, options);
  for (int rank = 1; rank <= 3; ++rank) talk.say(rank, request(), 0s);
  const auto say_done = [&](std::int64_t rank, double cost, Duration end) {
    Report report = progress(static_cast<std::uint64_t>(rank), rank - 1, rank, 0s, end);
    report.cost = cost;
    talk.say(static_cast<int>(rank), report, end);
  };
  say_done(2, 30, 1s);
  say_done(3, 30, 2s);
  EXPECT_NEAR(talk.coordinator().job().bound_s, 60 / 45.0, 0.02) << "of what is done";
  say_done(1, 60, 3s);
  // 120 at speeds of 30, 20 and 15 would take 1.85 s, but 60 take the fastest 2 s.
  EXPECT_NEAR(talk.coordinator().job().bound_s, 2, 1e-9);
}

TEST(JobRecord, ExpectsNothingOfTheLost) {
  const Dataset dataset = dataset_of(40);
  CoordinatorOptions options = options_of(static_split, 2);
  options.warmup_steps = 0;
  options.lease_deadline = 2s;
  Conversation talk(dataset, options);
  talk.say(1, request(), 0s);
  talk.say(2, request(), 0s);
  talk.say(1, progress(1, 0, 10, 0s, 1s), 1s);
  talk.say(2, progress(2, 20, 30, 0s, 1s), 1s);
  talk.say(2, progress_and_request(2, 30, 40, 1s, 2s), 2s);
  talk.wake(3s);
  talk.say(2, progress(3, 10, 20, 3s, 4s), 4s);
  EXPECT_NEAR(talk.coordinator().job().bound_s, 3, 0.01);  // 20 in the first second, then 10
}

// Ten samples a second for five seconds; then, after ten seconds without work, one step at another
// speed. While it did not work, the worker would have done ten a second.
TEST(JobRecord, TakesAWorkerThatDidNotWorkForAsFastAsUsual) {
  for (const Duration odd : {Duration(100ms), Duration(5s)}) {
    const Dataset dataset = dataset_of(100);
    CoordinatorOptions options = options_of(static_split, 1);
    options.warmup_steps = 0;
    Conversation talk(dataset, options);
    talk.say(1, request(), 0s);
    for (std::int64_t i = 0; i < 5; ++i) {
      talk.say(1, progress(1, 10 * i, 10 * i + 10, i * 1s, (i + 1) * 1s), (i + 1) * 1s);
    }
    talk.say(1, progress(1, 50, 60, 15s, 15s + odd), 15s + odd);
    const double capacity = 10 * 10 + 10;  // in the time since the steps before
    const double bound_s = 5 + 10 / capacity * (10 + to_seconds(odd));
    EXPECT_NEAR(talk.coordinator().job().bound_s, bound_s, 0.02) << to_seconds(odd);
  }
}

TEST(JobRecord, DoesNotBelieveAStepOfNoTime) {
  const Dataset dataset = dataset_of(30);
  Conversation talk(dataset, options_of(static_split, 1));
  talk.say(1, request(), 0s);
  Report at_once = progress(1, 0, 10, 0s, 1s);
  at_once.busy = 0s;
  talk.say(1, at_once, 1s);
  talk.say(1, progress(1, 10, 30, 1s, 3s), 3s);
  EXPECT_GT(talk.coordinator().job().bound_s, 1);
}

// A worker that does one step of ten samples after the other, and whether the changes of its speed
// are believed.
class ChangeOfSpeed : public testing::Test {
 protected:
  ChangeOfSpeed() { talk.say(1, request(), 0s); }

  Words step(Duration length) {
    if (model.observe(1, 10, to_seconds(length))) ++believed;
    const Report report = progress(1, done, done + 10, now, now + length);
    now += length;
    done += 10;
    return talk.say(1, report, now);
  }

  static CoordinatorOptions options() {
    CoordinatorOptions options = options_of(static_split, 1);
    options.warmup_steps = 0;
    return options;
  }

  const Dataset dataset = dataset_of(2000);
  Conversation talk{dataset, options()};
  SpeedModel model;
  int believed = 0;
  Duration now{};
  std::int64_t done = 0;
};

TEST_F(ChangeOfSpeed, IsTold) {
  for (int i = 0; i < 5; ++i) EXPECT_EQ(step(1s), Words{});
  for (int i = 0; i < 2; ++i) EXPECT_EQ(step(2s), Words{});
  EXPECT_EQ(step(2s), Words{"event: rank 1 slower, 10 to 5"});
  for (int i = 0; i < 2; ++i) EXPECT_EQ(step(1s), Words{});
  EXPECT_EQ(step(1s), Words{"event: rank 1 faster, 5 to 10"});
}

TEST_F(ChangeOfSpeed, IsToldOnlyIfItStandsOutFromTheSpreadOfTheWorker) {
  for (int i = 0; i < 20; ++i) EXPECT_EQ(step(i % 2 == 0 ? 1s : 1300ms), Words{});
  ASSERT_EQ(believed, 0);
  for (int i = 0; i < 3; ++i) EXPECT_EQ(step(1750ms), Words{});
  EXPECT_EQ(believed, 1);
  for (int i = 0; i < 2; ++i) EXPECT_EQ(step(5s), Words{});
  EXPECT_EQ(step(5s), Words{"event: rank 1 slower, 8.294 to 2"});
}

TEST(Event, IsNotMadeOfTheWarmUp) {
  const Dataset dataset = dataset_of(2000);
  CoordinatorOptions options = options_of(static_split, 1);
  options.warmup_steps = 1;
  Conversation talk(dataset, options);
  talk.say(1, request(), 0s);
  talk.say(1, progress(1, 0, 10, 0s, 100s), 100s);
  for (std::int64_t i = 1; i <= 5; ++i) {
    EXPECT_EQ(talk.say(1, progress(1, 10 * i, 10 * i + 10, (99 + i) * 1s, (100 + i) * 1s),
                       (100 + i) * 1s),
              Words{});
  }
}

}  // namespace
}  // namespace evenkeel
