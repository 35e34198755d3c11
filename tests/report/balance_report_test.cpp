#include "report/balance_report.h"

#include <gtest/gtest.h>

#include <array>
#include <chrono>
#include <cstddef>
#include <limits>
#include <string>
#include <vector>

#include "coordinator/lease_coordinator.h"
#include "dataset/dataset.h"

namespace evenkeel {
namespace {

Dataset small_dataset() {
  Manifest manifest;
  manifest.name = "speech";
  manifest.root = "/data";
  manifest.cost_unit = "seconds";
  manifest.files.add("a", 60, FileTable::unknown_bytes, 100);
  manifest.files.add("b", 40, FileTable::unknown_bytes, 100);
  return Dataset::cut(manifest, 50);
}

WorkerRecord worker(std::int64_t samples, double cost, double last_end_s) {
  WorkerRecord record;
  record.state = WorkerState::finished;
  record.samples = samples;
  record.cost = cost;
  record.speed = cost / 10;
  record.last_end = instant_at(last_end_s);
  return record;
}

// Two epochs, three workers from rank 1 on, done after 20 s; the limit is 16 s.
class MakeBalanceReport : public ::testing::Test {
 protected:
  MakeBalanceReport() {
    options_.workers = 3;
    options_.epochs = 2;
    options_.step_samples = 8;
    options_.order.seed = 5;
    options_.policy.kind = PolicyKind::weighted;
    job_.samples = job_.samples_done = 200;
    job_.cost = job_.cost_done = 400;
    job_.messages = 42;
    job_.last_end = instant_at(20);
    workers_ = {worker(100, 200, 20), worker(80, 160, 16), worker(20, 40, 18)};
  }

  BalanceReport make(double bound_s = 16) const {
    return make_balance_report(describe(dataset_, options_), job_, workers_, {"x", "y", "x"},
                               events_, bound_s);
  }

  Dataset dataset_ = small_dataset();
  CoordinatorOptions options_;
  JobRecord job_;
  std::vector<WorkerRecord> workers_;
  KeptEvents events_;
};

TEST_F(MakeBalanceReport, DescribesTheJob) {
  events_.on_event({instant_at(3), Rank(2), EventKind::slower, 2, 1});
  const BalanceReport report = make();
  EXPECT_EQ(report.description.mode, "lease");
  EXPECT_EQ(report.description.policy, "weighted");
  EXPECT_TRUE(report.complete);
  EXPECT_EQ(report.description.dataset_name, "speech");
  EXPECT_EQ(report.description.files, 2);
  EXPECT_EQ(report.description.shards, dataset_.shards());
  EXPECT_EQ(report.description.samples, 100);
  EXPECT_EQ(report.description.cost, 200);
  EXPECT_EQ(report.description.cost_unit, "seconds");
  EXPECT_EQ(report.description.step_samples, 8);
  EXPECT_EQ(report.description.seed, 5U);
  EXPECT_EQ(report.description.epochs, 2);
  EXPECT_EQ(report.job.messages, 42);
  EXPECT_EQ(report.makespan_s, 20);
  EXPECT_EQ(report.bound_s, 16);
  ASSERT_EQ(report.events.size(), 1U);
  EXPECT_EQ(report.events[0].rank, Rank(2));
}

TEST_F(MakeBalanceReport, IsCompleteOnlyIfEverySampleIsDone) {
  job_.samples_done = 199;
  EXPECT_FALSE(make().complete);
}

TEST_F(MakeBalanceReport, LastsUntilItsEndIfItIsNotComplete) {
  workers_[0].waited_for_others = std::chrono::seconds(23);
  EXPECT_EQ(make().makespan_s, 20) << "of a complete job";
  job_.samples_done = 199;
  BalanceReport report = make();
  EXPECT_EQ(report.makespan_s, 23) << "a rank has waited until then";
  EXPECT_EQ(report.worked_s, 20);
  EXPECT_EQ(report.ratio, 1.25) << "of the work that was done";
  events_.on_event({instant_at(80), Rank(2), EventKind::lost});
  report = make();
  EXPECT_EQ(report.makespan_s, 80);
  job_.last_end = instant_at(90);  // as its host has it
  report = make();
  EXPECT_EQ(report.makespan_s, 90);
  EXPECT_EQ(report.worked_s, 20);
}

// The first has hung until 50 s, and the second while it was granted something.
TEST_F(MakeBalanceReport, CountsNoWaitAfterTheEndOfACompleteJob) {
  workers_[0].busy = std::chrono::seconds(12);
  workers_[0].paused = std::chrono::seconds(1);
  workers_[0].waited_for_coordinator = std::chrono::seconds(3);
  workers_[0].waited_for_others = std::chrono::seconds(34);
  workers_[1].busy = std::chrono::seconds(16);
  workers_[1].waited_for_coordinator = std::chrono::seconds(34);
  workers_[1].waited_for_others = std::chrono::seconds(1);
  workers_[2].busy = std::chrono::seconds(21);  // as its clock has it
  workers_[2].waited_for_others = std::chrono::seconds(1);
  const BalanceReport report = make();
  const auto waits = [&](std::size_t rank) {
    const RankReport& of = report.ranks[rank];
    return std::array{to_seconds(of.waited_for_coordinator), to_seconds(of.waited_for_others)};
  };
  EXPECT_EQ(waits(0), (std::array{3.0, 4.0}));
  EXPECT_EQ(waits(1), (std::array{4.0, 0.0}));
  EXPECT_EQ(waits(2), (std::array{0.0, 0.0}));
  EXPECT_EQ(report.nodes[0].uneven_s, 4);
  job_.samples_done = 199;
  EXPECT_EQ(make().ranks[0].waited_for_others, std::chrono::seconds(34)) << "it has gone on";
}

TEST_F(MakeBalanceReport, TellsOfNoSilenceAfterTheEndThatCostNothing) {
  events_.on_event({instant_at(15), Rank(1), EventKind::lost});
  events_.on_event({instant_at(25), Rank(2), EventKind::lost});
  events_.on_event({instant_at(26), Rank(2), EventKind::fenced});
  events_.on_event({instant_at(27), Rank(3), EventKind::fenced, 0, 0, 8});
  events_.on_event({instant_at(28), Rank(0), EventKind::checkpoint});
  const BalanceReport report = make();
  ASSERT_EQ(report.events.size(), 3U);
  EXPECT_EQ(report.events[0].time, instant_at(15));
  EXPECT_EQ(report.events[1].time, instant_at(27)) << "somebody's work was wasted";
  EXPECT_EQ(report.events[2].time, instant_at(28));
  job_.samples_done = 199;
  EXPECT_EQ(make().events.size(), 5U);
}

TEST_F(MakeBalanceReport, DividesTheRestOfTheTime) {
  workers_[0].busy = std::chrono::seconds(10);
  workers_[0].starting = std::chrono::seconds(4);
  workers_[1].busy = std::chrono::seconds(12);
  workers_[1].starting = std::chrono::seconds(3);
  workers_[1].state = WorkerState::lost;  // after 16 s
  workers_[2].busy = std::chrono::seconds(19);
  workers_[2].starting = std::chrono::seconds(3);
  for (WorkerRecord& worker : workers_) worker.steps = 5;
  BalanceReport report = make();
  report.ranks.emplace_back().waited_for_coordinator = std::chrono::seconds(2);
  const auto rest = [&](std::size_t rank) {
    const RestOfTime time = report.rest_of_time(report.ranks[rank]);
    return std::array{time.ended_s, time.starting_s, time.between_s};
  };
  EXPECT_EQ(rest(0), (std::array{0.0, 4.0, 6.0}));
  EXPECT_EQ(rest(1), (std::array{4.0, 3.0, 1.0}));
  EXPECT_EQ(rest(2), (std::array{0.0, 1.0, 0.0})) << "no more than there is";
  EXPECT_EQ(rest(3), (std::array{0.0, 18.0, 0.0})) << "it has not begun";
}

TEST_F(MakeBalanceReport, DividesMakespanByBound) {
  EXPECT_EQ(make(16).ratio, 1.25);
  EXPECT_EQ(make(0).ratio, 0);
  EXPECT_EQ(make(std::numeric_limits<double>::infinity()).ratio, 0);
}

TEST_F(MakeBalanceReport, DoesNotJudgeJobsUnderASecond) {
  EXPECT_TRUE(make().judged);
  job_.last_end = instant_at(1);
  EXPECT_TRUE(make().judged);
  job_.last_end = instant_at(0.999);
  EXPECT_FALSE(make().judged);
}

TEST_F(MakeBalanceReport, ComparesTheLatestFinishWithTheMean) {
  EXPECT_DOUBLE_EQ(make().imbalance, (20 - 18) / 20.0);
}

TEST_F(MakeBalanceReport, LeavesTheIdleAndTheLostOutOfTheImbalance) {
  workers_[1] = WorkerRecord{};
  EXPECT_DOUBLE_EQ(make().imbalance, (20 - 19) / 20.0);
  workers_[2].state = WorkerState::lost;
  EXPECT_DOUBLE_EQ(make().imbalance, 0);
}

TEST_F(MakeBalanceReport, HasNoImbalanceWithoutWork) {
  job_ = JobRecord{};
  workers_ = std::vector<WorkerRecord>(3);
  const BalanceReport report = make();
  EXPECT_EQ(report.imbalance, 0);
  EXPECT_EQ(report.ratio, 0);
  EXPECT_EQ(report.ranks[0].share, 0);
}

TEST_F(MakeBalanceReport, DescribesEachRank) {
  WorkerRecord& record = workers_[2];
  record.speed_noise = 0.25;
  record.steps = 3;
  record.leases = 4;
  record.trims = 5;
  record.busy = std::chrono::milliseconds(1'500);
  record.waited_for_coordinator = std::chrono::milliseconds(250);
  record.waited_for_others = std::chrono::milliseconds(125);
  const RankReport rank = make().ranks.at(2);
  EXPECT_EQ(rank.rank, Rank(3));
  EXPECT_EQ(rank.host, "x");
  EXPECT_EQ(rank.state, WorkerState::finished);
  EXPECT_EQ(rank.samples, 20);
  EXPECT_EQ(rank.cost, 40);
  EXPECT_EQ(rank.share, 0.1);
  EXPECT_EQ(rank.speed, 4);
  EXPECT_EQ(rank.speed_noise, 0.25);
  EXPECT_EQ(rank.steps, 3);
  EXPECT_EQ(rank.leases, 4);
  EXPECT_EQ(rank.trims, 5);
  EXPECT_EQ(rank.compute_s(), 1.5);
  EXPECT_EQ(to_seconds(rank.waited_for_coordinator), 0.25);
  EXPECT_EQ(to_seconds(rank.waited_for_others), 0.125);
  EXPECT_EQ(to_seconds(rank.last_end), 18);
}

TEST_F(MakeBalanceReport, AddsUpTheRanksOfEachNode) {
  workers_[0].busy = workers_[2].busy = std::chrono::seconds(8);
  workers_[0].waited_for_others = std::chrono::seconds(2);
  const std::vector<NodeReport> nodes = make().nodes;
  ASSERT_EQ(nodes.size(), 2U);
  EXPECT_EQ(nodes[0].host, "x");
  EXPECT_EQ(nodes[0].ranks, 2);
  EXPECT_EQ(nodes[0].cost, 240);
  EXPECT_EQ(nodes[0].share, 0.6);
  EXPECT_EQ(nodes[0].speed, 24);
  EXPECT_EQ(nodes[0].compute_s, 16);
  EXPECT_EQ(nodes[0].uneven_s, 2);
  EXPECT_EQ(nodes[1].host, "y");
  EXPECT_EQ(nodes[1].ranks, 1);
}

TEST_F(MakeBalanceReport, DividesTheTimeOfEachRankAsFarAsThatIsKnown) {
  for (WorkerRecord& worker : workers_) worker.steps = 10;
  workers_[0].busy = from_seconds(5);
  workers_[0].data = from_seconds(2);
  workers_[1].untold_steps = 4;
  workers_[1].busy = from_seconds(5);
  workers_[1].undivided = from_seconds(4);
  workers_[1].data = from_seconds(2);
  workers_[2].untold_steps = 10;
  workers_[2].undivided = from_seconds(9);
  workers_[2].data = from_seconds(2);
  const BalanceReport report = make();
  EXPECT_EQ(report.ranks[0].local_time, LocalTime::told);
  EXPECT_EQ(report.ranks[0].compute_s(), 3);
  EXPECT_EQ(to_seconds(report.ranks[0].undivided), 0);
  EXPECT_EQ(report.ranks[1].local_time, LocalTime::told_in_part);
  EXPECT_EQ(report.ranks[1].compute_s(), 3);
  EXPECT_EQ(to_seconds(report.ranks[1].undivided), 4);
  EXPECT_EQ(report.ranks[2].local_time, LocalTime::not_told);
  EXPECT_EQ(report.ranks[2].compute_s(), 0);
  EXPECT_EQ(to_seconds(report.ranks[2].undivided), 7) << "without loading, of which it has told";
  EXPECT_FALSE(report.nodes[0].all_told);
  EXPECT_TRUE(report.nodes[1].all_told);
}

TEST_F(MakeBalanceReport, CannotTellWaitingIfNoStepOfSeveralWasTold) {
  EXPECT_FALSE(make().cannot_tell_waiting()) << "in lease mode";
  const auto made = [this](std::int64_t steps, std::int64_t untold) {
    job_.steps = steps;
    return make_balance_report(describe(dataset_, options_), job_, workers_, {"x", "y", "x"},
                               events_, 0, StepRecord{.untold_steps = untold});
  };
  EXPECT_TRUE(made(7, 7).cannot_tell_waiting());
  EXPECT_FALSE(made(7, 6).cannot_tell_waiting());
  EXPECT_FALSE(made(0, 0).cannot_tell_waiting()) << "there is nothing to tell";
}

}  // namespace
}  // namespace evenkeel
