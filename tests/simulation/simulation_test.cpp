#include "simulation/simulation.h"
#include "balance/policy_table.h"
#include "core/option_values.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "simulation/device.h"

namespace evenkeel {
namespace {

using namespace std::chrono_literals;

// One file, one cost unit per sample.
Dataset dataset_of(std::int64_t samples) {
  Manifest manifest;
  manifest.name = "test";
  manifest.root = "/data";
  manifest.files.add("0", samples, FileTable::unknown_bytes, static_cast<double>(samples));
  return Dataset::cut(manifest, samples);
}

RankProfile at_speed(double speed) {
  RankProfile profile;
  profile.speed = speed;
  return profile;
}

CoordinatorOptions options_for(const ClusterProfile& cluster, PolicyKind policy) {
  CoordinatorOptions options;
  options.workers = static_cast<std::int32_t>(cluster.ranks.size());
  options.step_samples = 10;
  options.policy.kind = policy;
  return options;
}

using Row = std::tuple<int, std::int64_t, std::int64_t, int, Instant, Instant>;

// All that can be seen of a job while it runs.
class Witness final : public SimulationObserver {
 public:
  void on_step(Rank rank, Pass pass, Interval at, Instant start, Instant end,
               bool failed) override {
    if (failed) return;
    steps.emplace_back(pass.epoch.value(), at.begin.value(), at.end.value(), rank.value(), start,
                       end);
  }
  void on_span(const Span& span) override {
    spans.emplace_back(span.pass.epoch.value(), span.interval.begin.value(),
                       span.interval.end.value(), span.rank.value(), span.first_start,
                       span.last_end);
  }
  void on_coordinator(const LeaseCoordinator& coordinator) override {
    coordinator.book().check_invariants();
    ++turns;
  }

  std::vector<Row> steps;
  std::vector<Row> spans;
  int turns = 0;
};

using EventRow = std::tuple<Instant, Rank, EventKind, double, double, std::int64_t>;

std::vector<EventRow> rows_of(const std::vector<Event>& events) {
  std::vector<EventRow> rows;
  rows.reserve(events.size());
  for (const Event& e : events) {
    rows.emplace_back(e.time, e.rank, e.kind, e.before, e.after, e.samples);
  }
  return rows;
}

std::int64_t count_of(EventKind kind, const SimulationResult& result) {
  return std::count_if(result.events.list().begin(), result.events.list().end(),
                       [&](const Event& event) { return event.kind == kind; });
}

// One worker does the only step, and no schedule could do better.
TEST(Simulation, BoundsAJobOfOneStepByTheFastestWorker) {
  const Dataset dataset = dataset_of(7);
  const ClusterProfile cluster{0ns, {at_speed(10), at_speed(10), at_speed(10), at_speed(10)}};
  const SimulationResult result =
      simulate(dataset, cluster, options_for(cluster, PolicyKind::self), 0);
  EXPECT_NEAR(result.makespan_s, 0.7, 1e-9);
  EXPECT_NEAR(result.bound_s, 0.7, 1e-9);
}

TEST(Simulation, RunsAJobToItsEnd) {
  const Dataset dataset = dataset_of(40);
  const ClusterProfile cluster{0ns, {at_speed(10), at_speed(10)}};
  Witness witness;
  const SimulationResult result =
      simulate(dataset, cluster, options_for(cluster, PolicyKind::static_split), 0, &witness);
  EXPECT_TRUE(result.complete);
  EXPECT_DOUBLE_EQ(result.makespan_s, 2);
  EXPECT_DOUBLE_EQ(result.bound_s, 2);
  EXPECT_DOUBLE_EQ(result.slowest_step_s, 1);
  EXPECT_EQ(result.job.samples_done, 40);
  ASSERT_EQ(result.workers.size(), 2u);
  EXPECT_EQ(result.workers[1].steps, 2);
  EXPECT_EQ(result.workers[1].state, WorkerState::finished);
  EXPECT_EQ(witness.steps, (std::vector<Row>{{0, 0, 10, 1, Instant(0s), Instant(1s)},
                                             {0, 20, 30, 2, Instant(0s), Instant(1s)},
                                             {0, 10, 20, 1, Instant(1s), Instant(2s)},
                                             {0, 30, 40, 2, Instant(1s), Instant(2s)}}));
  EXPECT_EQ(witness.spans, (std::vector<Row>{{0, 0, 20, 1, Instant(0s), Instant(2s)},
                                             {0, 20, 40, 2, Instant(0s), Instant(2s)}}));
  EXPECT_GT(witness.turns, 0);
}

// A round trip before the first step; the others are asked for ahead.
TEST(Simulation, DelaysEveryMessageByTheLatency) {
  const Dataset dataset = dataset_of(30);
  const ClusterProfile cluster{100ms, {at_speed(10)}};
  EXPECT_DOUBLE_EQ(simulate(dataset, cluster, options_for(cluster, PolicyKind::self), 0).makespan_s,
                   3.2);
}

// The step of [10, 20) begins only once it is known to be granted: 2.5 s after it was asked for.
TEST(Simulation, MakesAWorkerWaitForALongRoundTrip) {
  const Dataset dataset = dataset_of(20);
  const ClusterProfile cluster{1250ms, {at_speed(10)}};
  EXPECT_DOUBLE_EQ(simulate(dataset, cluster, options_for(cluster, PolicyKind::self), 0).makespan_s,
                   2.5 + 2.5 + 1);
}

// Real ranks do not begin all at once: those who are early must not ask ahead for what is left.
TEST(Simulation, LeavesAStepToThoseWhoComeLater) {
  ClusterProfile cluster;
  cluster.ranks.assign(8, at_speed(1));
  for (std::size_t i = 3; i < 8; ++i) cluster.ranks[i].hangs = {{instant_at(0), instant_at(1)}};
  const Dataset dataset = dataset_of(80);  // eight steps of ten seconds
  const SimulationResult result =
      simulate(dataset, cluster, options_for(cluster, PolicyKind::adaptive), 1);
  EXPECT_NEAR(result.makespan_s, 11, 0.01);
}

TEST(Simulation, ReplaysExactlyFromTheSeed) {
  const Dataset dataset = dataset_of(5000);
  ClusterProfile cluster{1ms, {at_speed(400), at_speed(100), at_speed(200), at_speed(100)}};
  for (RankProfile& rank : cluster.ranks) rank.noise = 0.1;
  cluster.ranks[0].phases = {{Instant(2s), 50}};
  cluster.ranks[1].hangs = {{Instant(1s), Instant(9s)}};
  cluster.ranks[2].dies_at = Instant(3s);
  CoordinatorOptions options = options_for(cluster, PolicyKind::adaptive);
  options.epochs = 2;

  Witness first;
  const SimulationResult result = simulate(dataset, cluster, options, 7, &first);
  EXPECT_TRUE(result.complete);
  EXPECT_EQ(count_of(EventKind::lost, result), 2);
  EXPECT_EQ(count_of(EventKind::fenced, result), 1);
  EXPECT_GE(count_of(EventKind::slower, result), 1);

  Witness again;
  const SimulationResult replayed = simulate(dataset, cluster, options, 7, &again);
  EXPECT_EQ(again.steps, first.steps);
  EXPECT_EQ(again.spans, first.spans);
  EXPECT_EQ(again.turns, first.turns);
  EXPECT_EQ(rows_of(replayed.events.list()), rows_of(result.events.list()));

  Witness other;
  simulate(dataset, cluster, options, 8, &other);
  EXPECT_NE(other.steps, first.steps);
}

TEST(Simulation, DrawsEachWorkersNoiseFromAStreamOfItsOwn) {
  const Dataset dataset = dataset_of(20);
  ClusterProfile cluster{0ns, {at_speed(10), at_speed(10)}};
  for (RankProfile& rank : cluster.ranks) rank.noise = 0.1;
  const SimulationResult result =
      simulate(dataset, cluster, options_for(cluster, PolicyKind::static_split), 0);
  EXPECT_NE(result.workers[0].busy, result.workers[1].busy);
}

TEST(Simulation, EndsWhenEverybodyIsDead) {
  const Dataset dataset = dataset_of(100);
  ClusterProfile cluster{1ms, {at_speed(10), at_speed(10)}};
  for (RankProfile& rank : cluster.ranks) rank.dies_at = Instant(2500ms);
  const SimulationResult result =
      simulate(dataset, cluster, options_for(cluster, PolicyKind::adaptive), 0);
  EXPECT_FALSE(result.complete);
  EXPECT_EQ(result.deaths, 2);
  EXPECT_EQ(count_of(EventKind::lost, result), 2);
  EXPECT_EQ(result.job.samples_done, 40);
  EXPECT_GE(result.makespan_s, 2 + 5) << "until they were lost";
  EXPECT_EQ(result.workers[0].state, WorkerState::lost);
}

TEST(Simulation, LosesAndFencesAWorkerThatHangsInAStep) {
  const Dataset dataset = dataset_of(80);
  ClusterProfile cluster{1ms, {at_speed(10), at_speed(10)}};
  cluster.ranks[0].hangs = {{Instant(500ms), Instant(5s)}};
  CoordinatorOptions options = options_for(cluster, PolicyKind::static_split);
  options.lease_deadline = 3s;
  const SimulationResult result = simulate(dataset, cluster, options, 0);
  EXPECT_TRUE(result.complete);
  EXPECT_EQ(result.hangs, 1);
  EXPECT_EQ(result.deaths, 0);
  EXPECT_EQ(result.job.redone_samples, 0) << "it comes back, and tells";
  EXPECT_EQ(result.job.wasted_samples, 20);  // and the step that it began before it was told
  EXPECT_EQ(result.workers[1].samples, 80);
  EXPECT_EQ(count_of(EventKind::fenced, result), 1);
}

// What arrives during a hang, here two grants, is delivered at its end.
TEST(Simulation, DeliversNothingToAHangingWorker) {
  const Dataset dataset = dataset_of(20);
  ClusterProfile cluster{100ms, {at_speed(10)}};
  cluster.ranks[0].hangs = {{Instant(50ms), Instant(2s)}};
  const SimulationResult result =
      simulate(dataset, cluster, options_for(cluster, PolicyKind::round_robin), 0);
  EXPECT_EQ(result.hangs, 1);
  EXPECT_DOUBLE_EQ(result.makespan_s, 4);
  EXPECT_EQ(result.workers[0].waited_for_coordinator, Duration(2s));
}

TEST(Simulation, SendsAReportBeforeTheHangThatFollows) {
  const Dataset dataset = dataset_of(20);
  ClusterProfile cluster{100ms, {at_speed(10)}};
  cluster.ranks[0].hangs = {{Instant(1200ms), Instant(10s)}};
  CoordinatorOptions options = options_for(cluster, PolicyKind::static_split);
  options.lease_deadline = 3s;
  const SimulationResult result = simulate(dataset, cluster, options, 0);
  EXPECT_TRUE(result.complete);
  ASSERT_FALSE(result.events.list().empty());
  EXPECT_EQ(result.events.list()[0].kind, EventKind::lost);
  EXPECT_EQ(result.events.list()[0].samples, 10);
}

TEST(Simulation, GivesEveryStepItsTrueCost) {
  Manifest manifest;
  manifest.name = "test";
  manifest.root = "/data";
  for (int file = 0; file < 10; ++file) {
    manifest.files.add(std::to_string(file), 10, FileTable::unknown_bytes, 10.0 * (file + 1));
  }
  const Dataset dataset = Dataset::cut(manifest, 10);
  const ClusterProfile cluster{1ms, {at_speed(10), at_speed(10)}};
  CoordinatorOptions options = options_for(cluster, PolicyKind::self);
  options.epochs = 3;
  Witness witness;
  simulate(dataset, cluster, options, 0, &witness);
  ASSERT_EQ(witness.steps.size(), 30u);
  for (const auto& [epoch, begin, end, rank, from, to] : witness.steps) {
    const EpochOrder order(dataset, options.order, Epoch(epoch));
    EXPECT_DOUBLE_EQ(to_seconds(to - from), order.true_cost({Position(begin), Position(end)}) / 10);
  }
}

// It dies before its first grants arrive, two at once.
TEST(Simulation, LetsAWorkerDieOnceBetweenSteps) {
  const Dataset dataset = dataset_of(40);
  ClusterProfile cluster{100ms, {at_speed(10), at_speed(10)}};
  cluster.ranks[0].dies_at = Instant(150ms);
  CoordinatorOptions options = options_for(cluster, PolicyKind::round_robin);
  options.lease_deadline = 3s;
  Witness witness;
  const SimulationResult result = simulate(dataset, cluster, options, 0, &witness);
  EXPECT_TRUE(result.complete);
  EXPECT_EQ(result.deaths, 1);
  EXPECT_EQ(result.workers[0].state, WorkerState::lost);
  EXPECT_EQ(result.workers[0].leases, 2);
  EXPECT_EQ(witness.steps.size(), 4u);
}

// Nobody is looked at a million times per step.
TEST(Simulation, SimulatesStepsOfDaysQuickly) {
  const Dataset dataset = dataset_of(4000);
  ClusterProfile cluster{50us, {at_speed(1e-4), at_speed(1e-4), at_speed(1e-4), at_speed(3e-5)}};
  for (RankProfile& rank : cluster.ranks) rank.noise = 0.1;
  cluster.ranks[1].hangs = {{Instant(5'000'000s), Instant(6'000'000s)}};
  Witness witness;
  const SimulationResult result =
      simulate(dataset, cluster, options_for(cluster, PolicyKind::adaptive), 0, &witness);
  EXPECT_TRUE(result.complete);
  EXPECT_GT(result.makespan_s, 1e7);
  EXPECT_LT(result.makespan_s, 1.1 * result.bound_s);
  EXPECT_LT(result.job.messages, 4000);
  EXPECT_LT(witness.turns, 4000);
}

// Instants reach a little further.
TEST(Simulation, EndsWhereVirtualTimeEnds) {
  const Dataset dataset = dataset_of(400);
  for (const PolicyKind kind : all_values<PolicyKind>()) {
    const ClusterProfile cluster{1'000'000'000s, {at_speed(10), at_speed(1e-100), at_speed(1e-8)}};
    CoordinatorOptions options = options_for(cluster, kind);
    options.epochs = 3;
    const SimulationResult result = simulate(dataset, cluster, options, 0);
    EXPECT_FALSE(result.complete);
    EXPECT_LT(result.job.messages, 5000) << name_of(kind);
    EXPECT_LE(result.makespan_s, to_seconds(end_of_time));
  }
}

TEST(Simulation, EndsIfAllWorkersAreSilent) {
  const Dataset dataset = dataset_of(40);
  ClusterProfile cluster{100ms, {at_speed(10), at_speed(10)}};
  for (RankProfile& rank : cluster.ranks) rank.dies_at = Instant(0s);
  const SimulationResult result =
      simulate(dataset, cluster, options_for(cluster, PolicyKind::adaptive), 0);
  EXPECT_FALSE(result.complete);
  EXPECT_EQ(count_of(EventKind::lost, result), 2);
}

TEST(Simulation, SetsAsideWhatFailsOnEveryWorker) {
  const Dataset dataset = dataset_of(100);
  ClusterProfile cluster{0ns, {at_speed(10), at_speed(10), at_speed(10), at_speed(10)}};
  cluster.poison = 0.3;
  for (const PolicyKind policy : all_values<PolicyKind>()) {
    Witness witness;
    const SimulationResult result =
        simulate(dataset, cluster, options_for(cluster, policy), 0, &witness);
    std::int64_t poisoned = 0;
    for (std::int64_t begin = 0; begin < 100; begin += 10) {
      if (cluster.poisons(pass_of(0), Position(begin))) ++poisoned;
    }
    ASSERT_GT(poisoned, 0);
    EXPECT_FALSE(result.complete);
    EXPECT_EQ(result.job.set_aside_samples, 10 * poisoned);
    EXPECT_EQ(result.job.samples_done, 100 - 10 * poisoned);
    EXPECT_EQ(result.failures, 3 * poisoned);
    EXPECT_EQ(result.set_aside.by_pass().at(pass_of(0)).samples(), 10 * poisoned);
    for (const WorkerRecord& worker : result.workers) {
      EXPECT_EQ(worker.state, WorkerState::finished);
      EXPECT_LE(worker.failed_steps, poisoned);  // none of them twice
    }
  }
}

// A node that cannot read the data, say: it costs no more than its own work.
TEST(Simulation, WorksAroundAWorkerThatFailsEveryStep) {
  const Dataset dataset = dataset_of(3000);
  ClusterProfile cluster{0ns, {at_speed(100), at_speed(100), at_speed(100), at_speed(1e6)}};
  cluster.ranks[3].fails = 1;
  for (const PolicyKind policy : all_values<PolicyKind>()) {
    const SimulationResult result =
        simulate(dataset, cluster, options_for(cluster, policy), 0, nullptr);
    EXPECT_TRUE(result.complete) << name_of(policy);
    EXPECT_LE(result.makespan_s, 10.2) << name_of(policy);
    EXPECT_GT(result.workers[3].failed_steps, 0);
    EXPECT_EQ(result.workers[3].samples, 0);
  }
}

TEST(Simulation, LosesNothingIfMostWorkersFailEveryStep) {
  const Dataset dataset = dataset_of(3000);
  ClusterProfile cluster{0ns, {at_speed(100), at_speed(1e6), at_speed(1e6), at_speed(1e6)}};
  for (std::size_t rank = 1; rank < 4; ++rank) cluster.ranks[rank].fails = 1;
  const SimulationResult result =
      simulate(dataset, cluster, options_for(cluster, PolicyKind::adaptive), 0, nullptr);
  EXPECT_EQ(result.job.set_aside_samples, 0);
  EXPECT_TRUE(result.complete);
}

// The others are silent past their deadlines, and come back: a pause of a file system, say.
TEST(Simulation, DoesNotBlameStepsWhileTheAbleAreSilent) {
  const Dataset dataset = dataset_of(16'000);
  ClusterProfile cluster{0ns, {at_speed(40'000), at_speed(100), at_speed(100), at_speed(100)}};
  cluster.ranks[0].fails = 1;
  for (std::size_t rank = 1; rank < 4; ++rank) {
    cluster.ranks[rank].hangs = {{Instant(20s), Instant(35s)}};
  }
  for (const PolicyKind policy : all_values<PolicyKind>()) {
    const SimulationResult result = simulate(dataset, cluster, options_for(cluster, policy), 0);
    EXPECT_TRUE(result.complete) << name_of(policy);
    EXPECT_EQ(result.job.set_aside_samples, 0) << name_of(policy);
    EXPECT_EQ(count_of(EventKind::lost, result), 3) << name_of(policy);
  }
}

TEST(Simulation, EndsAndSetsNothingAsideIfNobodyCanDoAnything) {
  const Dataset dataset = dataset_of(100);
  ClusterProfile cluster{0ns, {at_speed(10), at_speed(20)}};
  cluster.poison = 1;
  const SimulationResult result =
      simulate(dataset, cluster, options_for(cluster, PolicyKind::adaptive), 0, nullptr);
  EXPECT_FALSE(result.complete);
  EXPECT_TRUE(result.only_failures);
  EXPECT_EQ(result.job.set_aside_samples, 0);
  EXPECT_LE(result.failures, 30);
}

TEST(Simulation, EndsWithinTwoMinutesIfNobodyCanDoAnything) {
  const Dataset dataset = dataset_of(1'000'000);
  ClusterProfile cluster{0ns, {at_speed(1000), at_speed(1000), at_speed(1000)}};
  cluster.poison = 1;
  for (const PolicyKind policy : all_values<PolicyKind>()) {
    const SimulationResult result = simulate(dataset, cluster, options_for(cluster, policy), 0);
    EXPECT_TRUE(result.only_failures) << name_of(policy);
    EXPECT_EQ(result.job.set_aside_samples, 0) << name_of(policy);
    EXPECT_LE(result.makespan_s, 120) << name_of(policy);
  }
}

TEST(Simulation, GoesOnWithTrainersThatAreStartedAgain) {
  const Dataset dataset = dataset_of(1000);
  ClusterProfile cluster{0ns, {at_speed(10), at_speed(10)}};
  for (RankProfile& rank : cluster.ranks) {
    rank.restarts = {
        {Instant(2s), Instant(3s)}, {Instant(9s), Instant(11s)}, {Instant(15s), Instant(16s)}};
  }
  for (const PolicyKind policy : all_values<PolicyKind>()) {
    const SimulationResult result = simulate(dataset, cluster, options_for(cluster, policy), 0);
    EXPECT_TRUE(result.complete) << name_of(policy);
    EXPECT_EQ(result.restarts, 6) << name_of(policy);
    EXPECT_EQ(result.job.samples_done, 1000) << name_of(policy);
    EXPECT_EQ(result.job.set_aside_samples, 0) << name_of(policy);
    EXPECT_LT(result.makespan_s, 90) << name_of(policy);
  }
}

// As in a job over MPI: who does not come is not missed, and who comes late gets work.
TEST(Simulation, BeginsWithSomeOfItsWorkers) {
  const Dataset dataset = dataset_of(1000);
  ClusterProfile cluster{0ns, {at_speed(10), at_speed(10), at_speed(10), at_speed(10)}};
  cluster.ranks[1].hangs = {{Instant(), Instant(3s)}};
  cluster.ranks[2].hangs = {{Instant(), Instant(20s)}};
  cluster.ranks[3].dies_at = Instant();
  for (const PolicyKind policy : all_values<PolicyKind>()) {
    CoordinatorOptions options = options_for(cluster, policy);
    options.start_with = 2;
    const SimulationResult result = simulate(dataset, cluster, options, 0);
    EXPECT_TRUE(result.complete) << name_of(policy);
    EXPECT_EQ(result.workers[0].starting, Duration(3s)) << name_of(policy);
    EXPECT_EQ(result.workers[1].starting, Duration(3s)) << name_of(policy);
    EXPECT_GE(result.workers[2].starting, Duration(20s)) << name_of(policy);
    EXPECT_GT(result.workers[2].samples, 0) << name_of(policy);
    EXPECT_EQ(result.workers[3].state, WorkerState::absent) << name_of(policy);
    EXPECT_LT(result.makespan_s, 100) << name_of(policy);
  }
}

TEST(Simulation, GoesOnWithoutAWorkerThatLeaves) {
  const Dataset dataset = dataset_of(100);
  ClusterProfile cluster{0ns, {at_speed(10), at_speed(10)}};
  cluster.ranks[1].leaves_at = Instant(2s);
  const SimulationResult result =
      simulate(dataset, cluster, options_for(cluster, PolicyKind::adaptive), 0, nullptr);
  EXPECT_TRUE(result.complete);
  EXPECT_EQ(result.departures, 1);
  EXPECT_EQ(result.workers[1].state, WorkerState::left);
}

}  // namespace
}  // namespace evenkeel
