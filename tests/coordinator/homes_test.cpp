#include "coordinator/homes.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "coordinator/away_factor.h"
#include "coordinator/free_pool.h"
#include "dataset/samples.h"

namespace evenkeel {
namespace {

using Hosts = std::vector<std::string>;

Interval interval(std::int64_t begin, std::int64_t end) { return {Position(begin), Position(end)}; }

// Files of 20 samples on these hosts; "" names none.
Dataset dataset_on(const std::vector<Hosts>& hosts) {
  Manifest manifest = manifest_of(std::vector<std::int64_t>(hosts.size(), 20));
  for (std::size_t file = 0; file < hosts.size(); ++file) {
    for (const std::string& host : hosts[file]) {
      manifest.hosts.add(static_cast<std::int64_t>(file), host);
    }
  }
  return Dataset::cut(manifest, 20);
}

FreePool pool_of(const Dataset& dataset, const Homes& homes, std::int32_t epochs = 1) {
  OrderOptions order;
  order.shuffle = Shuffle::none;
  return {dataset, order, epochs, EpochOverlap::allowed, 10, {}, FreePool::none_is_dear, homes};
}

std::vector<std::int32_t> file_homes(const Homes& homes) {
  std::vector<std::int32_t> result;
  for (const Homes::File& file : homes.files) result.push_back(file.home);
  return result;
}

TEST(Homes, AreTheHostsOfTheJobThatHoldFiles) {
  const Dataset dataset = dataset_on({{"a"}, {"b", "x"}, {"x"}, {}, {"b"}});
  const Homes homes = homes_of(dataset, {"b", "c", "a", "b"});
  EXPECT_EQ(homes.hosts, (Hosts{"b", "a"}));
  EXPECT_EQ(homes.workers, (std::vector<std::int32_t>{2, 1}));
  EXPECT_EQ(homes.of_worker, (PerWorker<std::int32_t>{0, Homes::none, 1, 0}));
  EXPECT_EQ(file_homes(homes), (std::vector<std::int32_t>{1, 0, 0}));
  EXPECT_EQ(homes_text(dataset, homes, Shuffle::shards), "");
}

TEST(Homes, ShareWhatSeveralHold) {
  const std::vector<Hosts> everywhere(6, Hosts{"a", "b"});
  const Homes homes = homes_of(dataset_on(everywhere), {"a", "a", "b"});
  EXPECT_EQ(std::ranges::count(file_homes(homes), 0), 4) << "two workers are there";
}

TEST(Homes, AreNoneIfNoHostIsOfTheJob) {
  const Dataset dataset = dataset_on({{"x"}, {"y"}});
  const Homes homes = homes_of(dataset, {"a", "b"});
  EXPECT_TRUE(homes.empty());
  EXPECT_TRUE(homes.of_worker.empty());
  EXPECT_EQ(homes_text(dataset, homes, Shuffle::shards),
            "the hosts of files are not used: no worker is on a host that the manifest names, such "
            "as x");
  EXPECT_EQ(homes_text(dataset_on({{}}), homes, Shuffle::shards), "") << "it names none";
}

TEST(Homes, AreOfNoUseWhereSamplesOfFilesAreMixed) {
  const Dataset dataset = dataset_on({{"a"}});
  const Homes homes = homes_of(dataset, {"a"});
  EXPECT_EQ(homes_text(dataset, homes, Shuffle::none), "");
  EXPECT_EQ(homes_text(dataset, homes, Shuffle::full),
            "the hosts of files are not used: --shuffle full mixes the samples of files; --shuffle "
            "shards or none does not");
  EXPECT_EQ(homes_text(dataset_on({{}}), homes, Shuffle::full), "") << "it names none";
}

std::string text_of(std::int64_t files, std::int64_t shard_samples) {
  Manifest manifest = manifest_of(std::vector<std::int64_t>(static_cast<std::size_t>(files), 2));
  manifest.hosts.add(0, "a");
  const Dataset dataset = Dataset::cut(manifest, shard_samples);
  return homes_text(dataset, homes_of(dataset, {"a"}), Shuffle::shards);
}

TEST(Homes, AreNotOfTooManyFilesAndShards) {
  EXPECT_EQ(text_of(65'535, 1'000'000), "");
  EXPECT_EQ(text_of(65'536, 1'000'000),
            "the hosts of files are not used: 65,536 files are too many; put the samples into "
            "fewer than 65,536");
  EXPECT_EQ(text_of(40'000, 2),
            "the hosts of files are not used: 40,000 shards and 40,000 files are more than 65,536 "
            "together; a larger --shard-samples makes fewer shards");
}

TEST(FreePoolWithHomes, GivesEachWorkerItsOwnFirst) {
  const Dataset dataset = dataset_on({{"a"}, {"b"}, {}, {"b"}});
  const Homes homes = homes_of(dataset, {"a", "b"});
  FreePool pool = pool_of(dataset, homes);
  const auto next = [&](std::int32_t home) { return pool.take_near(home, 100, {}, 1); };
  EXPECT_EQ(next(1).interval, interval(20, 40));
  EXPECT_EQ(next(1).interval, interval(60, 80));
  EXPECT_EQ(next(Homes::none).interval, interval(40, 60)) << "what is the same to all";
  const FreePool::Piece far = pool.take_near(1, 20, {}, 2);
  EXPECT_EQ(far.interval, interval(0, 10)) << "half of what was asked for";
  EXPECT_TRUE(far.is_away);
  const FreePool::Piece own = next(0);
  EXPECT_EQ(own.interval, interval(10, 20));
  EXPECT_FALSE(own.is_away);
  EXPECT_EQ(pool.view().samples, 0);
}

TEST(FreePoolWithHomes, TakesFromTheHomeWithTheMostPerWorker) {
  const Dataset dataset = dataset_on({{"a"}, {"b"}, {"b"}, {"c"}});
  FreePool pool = pool_of(dataset, homes_of(dataset, {"a", "b", "b", "b", "c", "d"}));
  EXPECT_EQ(pool.take_near(Homes::none, 20, {}, 1).interval, interval(0, 20));
  EXPECT_EQ(pool.take_near(0, 20, {}, 1).interval, interval(60, 80));
}

TEST(FreePoolWithHomes, TakesBackWhereItBelongs) {
  const Dataset dataset = dataset_on({{"a"}, {"b"}});
  FreePool pool = pool_of(dataset, homes_of(dataset, {"a", "b"}), 2);
  EXPECT_EQ(pool.view().at_home[0], 20);
  const FreePool::Piece piece = pool.take_near(0, 20, {}, 1);
  EXPECT_EQ(pool.view().at_home[0], 0);
  pool.put_back(piece.pass, interval(10, 20));
  EXPECT_EQ(pool.view().at_home[0], 10);
  EXPECT_EQ(pool.view().cost, 30 + 40);
  EXPECT_EQ(pool.free_intervals(pass_of(0)).size(), 2U);
}

// A step of two files belongs to the home of its first sample.
TEST(FreePoolWithHomes, KeepsStepsWhole) {
  Manifest manifest = manifest_of({15, 25});
  manifest.hosts.add(0, "a");
  manifest.hosts.add(1, "b");
  const Dataset dataset = Dataset::cut(manifest, 25);
  FreePool pool = pool_of(dataset, homes_of(dataset, {"a", "b"}));
  EXPECT_EQ(pool.take_near(1, 100, {}, 1).interval, interval(20, 40));
  EXPECT_EQ(pool.take_near(0, 100, {}, 1).interval, interval(0, 20));
}

TEST(FreePoolWithHomes, KnowsWhatEarlierJobsHaveDone) {
  const Dataset dataset = dataset_on({{"a"}, {"b"}});
  DoneWork done;
  ASSERT_TRUE(done.parts[pass_of(0)].insert(interval(10, 30)));
  OrderOptions order;
  order.shuffle = Shuffle::none;
  FreePool pool(dataset, order, 1, EpochOverlap::allowed, 10, done, FreePool::none_is_dear,
                homes_of(dataset, {"a", "b"}));
  EXPECT_EQ(pool.view().samples, 20);
  EXPECT_EQ(pool.take_near(1, 100, {}, 1).interval, interval(30, 40));
  EXPECT_EQ(pool.take_near(0, 100, {}, 1).interval, interval(0, 10));
}

TEST(HomesToLearn, AreHostsOrTheWorkersOfTheOnlyOne) {
  const Dataset dataset = dataset_on({{}, {}});
  const Homes homes = homes_to_learn(dataset, {"b", "a", "b"}, 3, Rank(1));
  EXPECT_EQ(homes.hosts, (Hosts{"b", "a"}));
  EXPECT_EQ(homes.workers, (std::vector<std::int32_t>{2, 1}));
  EXPECT_EQ(homes.of_worker, (PerWorker<std::int32_t>{0, 1, 0}));
  EXPECT_EQ(homes.sought.size(), 2U);
  EXPECT_EQ(homes_to_learn(dataset, {"a", "a"}, 2, Rank(1)).hosts, (Hosts{"rank 1", "rank 2"}));
  EXPECT_EQ(homes_to_learn(dataset, {}, 2, Rank(0)).hosts, (Hosts{"rank 0", "rank 1"}));
  EXPECT_TRUE(homes_to_learn(dataset, {"a"}, 1, Rank(1)).empty());
  EXPECT_TRUE(homes_to_learn(dataset_on({{}}), {"a", "b"}, 2, Rank(1)).empty());
}

class FreePoolThatLearns : public testing::Test {
 protected:
  FreePoolThatLearns() { homes = homes_to_learn(dataset, {"a", "b"}, 2, Rank(1)); }

  FreePool::Piece next(std::int32_t home) { return pool.take_near(home, 100, {}, 2); }

  const Dataset dataset = dataset_on({{}, {}, {}});
  FreePool pool = pool_of(dataset, Homes());
  Homes homes;
};

TEST_F(FreePoolThatLearns, LetsEachTryWhatFewHaveTried) {
  const FreePool::Piece begun = pool.take(10, {});
  pool.learn_homes(homes);
  EXPECT_EQ(pool.view().samples, 50);
  EXPECT_EQ(next(0).interval, interval(10, 20)) << "one step";
  EXPECT_EQ(next(1).interval, interval(20, 30)) << "of another file";
  EXPECT_EQ(next(0).interval, interval(40, 50));
  EXPECT_EQ(next(1).interval, interval(50, 60));
  pool.put_back(begun.pass, interval(0, 10));
  EXPECT_EQ(next(1).interval, interval(0, 10)) << "which this one has not tried";
  const FreePool::Piece last = next(1);
  EXPECT_EQ(last.interval, interval(30, 40));
  EXPECT_TRUE(last.is_away) << "it has tried that";
}

TEST_F(FreePoolThatLearns, RemembersWhatIsTriedWhenItLearns) {
  pool.learn_homes(homes);
  EXPECT_EQ(next(0).interval, interval(0, 10));
  homes.sought.erase(homes.sought.begin() + 2);
  homes.files.push_back({2, 1});
  pool.learn_homes(homes);
  EXPECT_EQ(next(0).interval, interval(20, 30));
  EXPECT_EQ(next(1).interval, interval(40, 60)) << "its own";
  EXPECT_EQ(pool.view().cost, 60 - 40);
}

TEST_F(FreePoolThatLearns, GivesWhatIsTheSameToAll) {
  homes.sought.erase(homes.sought.begin());
  pool.learn_homes(homes);
  EXPECT_EQ(next(0).interval, interval(20, 30));
  EXPECT_EQ(next(0).interval, interval(40, 50));
  const FreePool::Piece same = next(0);
  EXPECT_EQ(same.interval, interval(0, 20));
  EXPECT_FALSE(same.is_away);
}

TEST_F(FreePoolThatLearns, TakesAStepOfAFile) {
  EXPECT_EQ(pool.take_in(1)->interval, interval(20, 30));
  EXPECT_EQ(pool.take_in(0)->interval, interval(0, 10));
  EXPECT_EQ(pool.take_in(1)->interval, interval(30, 40));
  EXPECT_EQ(pool.take_in(1), std::nullopt);
  EXPECT_EQ(pool.view().samples, 30);
  EXPECT_EQ(pool.take(100, {}).interval, interval(10, 20)) << "what was left out comes first";
  EXPECT_EQ(pool.take(100, {}).interval, interval(40, 60));
}

TEST(AwayFactor, BelievesTheFirstReportAtOnceAndLaterOnesLess) {
  AwayFactor factor;
  EXPECT_EQ(factor.value(), 1);
  factor.observe(4);
  EXPECT_NEAR(factor.value(), 4, 1e-9);
  factor.observe(9);
  EXPECT_NEAR(factor.value(), 6, 1e-9);
  for (int i = 0; i < 200; ++i) factor.observe(2);
  EXPECT_NEAR(factor.value(), 2, 0.1);
}

TEST(AwayFactors, AreUsualForWorkersThatWereNotAway) {
  AwayFactors factors(3);
  EXPECT_EQ(factors.of(WorkerIndex(0)), 1);
  factors.observe(WorkerIndex(1), 4);
  factors.observe(WorkerIndex(2), 9);
  EXPECT_NEAR(factors.of(WorkerIndex(0)), 6, 1e-9);
  EXPECT_NEAR(factors.of(WorkerIndex(1)), 4, 1e-9);
  EXPECT_NEAR(factors.of(WorkerIndex(2)), 9, 1e-9);
  EXPECT_NEAR(factors.usual(), 6, 1e-9);
}

TEST(AwayFactor, IsNeverBelowOne) {
  AwayFactor factor;
  factor.observe(0.1);
  EXPECT_EQ(factor.value(), 1);
}

}  // namespace
}  // namespace evenkeel
