#include "recorded_cluster.h"

#include <gtest/gtest.h>

#include <string>

#include "evenkeel/error.h"
#include "simulation/profile_estimate.h"

namespace evenkeel {
namespace {

constexpr Rank first(1);
constexpr Rank second(2);

WorkerProgress progress_at(Rank rank, double at_s, std::int64_t steps) {
  return {rank, instant_at(at_s), steps, 10.0 * static_cast<double>(steps),
          from_seconds(0.1 * static_cast<double>(steps))};
}

WorkerRecord worker_of(const WorkerProgress& progress) {
  WorkerRecord worker;
  worker.last_end = progress.last_end;
  worker.steps = progress.steps;
  worker.cost = progress.cost;
  worker.busy = progress.busy;
  return worker;
}

// Two workers on record, of 100 cost units per second.
class RecordedCluster : public testing::Test {
 protected:
  RecordedCluster() {
    for (const Rank rank : {first, second}) {
      for (const int at : {10, 20, 30, 50}) {
        progress_.push_back(progress_at(rank, at, 10LL * at));
      }
      run_.workers.push_back(worker_of(progress_.back()));
    }
    run_.hosts = {"a", "b"};
  }

  void happens(double at_s, Rank rank, EventKind kind) {
    run_.events.on_event(Event{instant_at(at_s), rank, kind, 0, 0, 0});
  }

  ClusterProfile recorded() const { return recorded_cluster(run_, progress_, "run.db"); }

  // Why there is no such profile; empty: there is one.
  std::string refusal() const {
    try {
      recorded();
    } catch (const UserError& error) {
      return error.what();
    }
    return "";
  }

  RecordedRun run_;
  std::vector<WorkerProgress> progress_;
};

TEST_F(RecordedCluster, HasTheSpeedsAndHostsOnRecord) {
  const ClusterProfile cluster = recorded();
  ASSERT_EQ(cluster.ranks.size(), 2U);
  EXPECT_EQ(cluster.ranks[0].host, "a");
  EXPECT_EQ(cluster.ranks[1].host, "b");
  for (const RankProfile& rank : cluster.ranks) {
    EXPECT_NEAR(rank.speed, 100, 1e-6);
    EXPECT_TRUE(rank.hangs.empty());
    EXPECT_FALSE(rank.dies_at);
  }
}

TEST_F(RecordedCluster, IsRefusedIfAWorkerDidNotSayOfEachStepWhereItsLocalWorkEnded) {
  run_.workers[1].untold_steps = 3;
  EXPECT_EQ(
      refusal(),
      "run.db: rank 2 did not say where local work ended in 3 of 500 steps, so that speeds are "
      "not known; run again with a trainer that says 'reached' before each all-reduce");
  run_.workers[0].untold_steps = 500;
  EXPECT_TRUE(refusal().starts_with(
      "run.db: ranks 1-2 did not say where local work ended in up to 500 of 500 steps, so that"))
      << refusal();
}

// It was lost at 45 s, for what it had not said since 30 s, and woke up at 48 s.
TEST_F(RecordedCluster, HasAHangWhereAWorkerWasLostAndCameBack) {
  happens(45, second, EventKind::lost);
  happens(48, second, EventKind::fenced);
  const ClusterProfile cluster = recorded();
  EXPECT_TRUE(cluster.ranks[0].hangs.empty());
  ASSERT_EQ(cluster.ranks[1].hangs.size(), 1U);
  EXPECT_EQ(cluster.ranks[1].hangs[0].from, instant_at(30));
  EXPECT_EQ(cluster.ranks[1].hangs[0].to, instant_at(48));
  EXPECT_FALSE(cluster.ranks[1].dies_at);
}

TEST_F(RecordedCluster, HasEveryHangByItself) {
  happens(15, second, EventKind::lost);
  happens(16, second, EventKind::fenced);
  happens(17, second, EventKind::lost);  // without a step in between
  happens(19, second, EventKind::fenced);
  const ClusterProfile cluster = recorded();
  ASSERT_EQ(cluster.ranks[1].hangs.size(), 2U);
  EXPECT_EQ(cluster.ranks[1].hangs[0].from, instant_at(10));
  EXPECT_EQ(cluster.ranks[1].hangs[0].to, instant_at(16));
  EXPECT_EQ(cluster.ranks[1].hangs[1].from, instant_at(16));
  EXPECT_EQ(cluster.ranks[1].hangs[1].to, instant_at(19));
  EXPECT_NO_THROW(parse_cluster_profile(cluster_profile_text(cluster), "c.json"));
}

TEST_F(RecordedCluster, HasADeathWhereAWorkerStayedLost) {
  happens(55, second, EventKind::lost);
  run_.workers[1].state = WorkerState::left;
  const ClusterProfile cluster = recorded();
  EXPECT_FALSE(cluster.ranks[0].dies_at);
  EXPECT_EQ(cluster.ranks[1].dies_at, instant_at(50));
  EXPECT_TRUE(cluster.ranks[1].hangs.empty());
}

TEST_F(RecordedCluster, GivesAWorkerThatDidNothingTheMeanOfTheOthers) {
  std::erase_if(progress_, [](const WorkerProgress& then) { return then.rank == second; });
  run_.workers[1] = WorkerRecord();
  EXPECT_NEAR(recorded().ranks[1].speed, 100, 1e-6);
}

TEST_F(RecordedCluster, IsRefusedIfNobodyDidAnything) {
  progress_.clear();
  run_.workers = {WorkerRecord(), WorkerRecord()};
  run_.state = "running";
  EXPECT_EQ(refusal(), "run.db: no worker has done a step of this job yet; look again later");
  run_.state = "ended";
  EXPECT_EQ(refusal(),
            "run.db: no worker has done a step of this job, so that speeds are not known; go on "
            "with it");
}

TEST_F(RecordedCluster, HasTheAllReduceOfStepMode) {
  for (WorkerRecord& worker : run_.workers) worker.comm = from_seconds(1);
  EXPECT_EQ(recorded().all_reduce.latency, Duration::zero());
  run_.steps.emplace();
  const ClusterProfile cluster = recorded();
  // 500 steps in a second.
  EXPECT_NEAR(to_seconds(cluster.all_reduce.time(2)), 0.002, 1e-6);
}

}  // namespace
}  // namespace evenkeel
