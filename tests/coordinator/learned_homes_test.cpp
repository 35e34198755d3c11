#include "coordinator/learned_homes.h"

#include <gtest/gtest.h>

#include <vector>

#include "dataset/samples.h"

namespace evenkeel {
namespace {

using Verdict = LearnedHomes::Verdict;

// Three workers, each a home, and five files.
class LearnedHomesTest : public testing::Test {
 protected:
  LearnedHomesTest() : homes(sought(), 5) {}

  static Homes sought() {
    const Dataset dataset = Dataset::cut(manifest_of({10, 10, 10, 10, 10}), 10);
    return homes_to_learn(dataset, {}, 3, Rank(0));
  }

  Verdict sees(int worker, std::int64_t file, double ratio, double noise = 0) {
    return homes.observe({WorkerIndex(worker), file, 1, ratio, noise});
  }

  std::int32_t home_of(std::int64_t file) const {
    for (const Homes::File& known : homes.homes().files) {
      if (known.file == file) return known.home;
    }
    return Homes::none;
  }

  bool is_sought(std::int64_t file) const {
    for (const Homes::Sought& each : homes.homes().sought) {
      if (each.file == file) return true;
    }
    return false;
  }

  LearnedHomes homes;
};

TEST_F(LearnedHomesTest, AreKnownOnceAWorkerHasSeenBothKinds) {
  EXPECT_EQ(sees(0, 0, 1.02), Verdict::usual);
  EXPECT_EQ(home_of(0), Homes::none) << "all of its files may be far";
  EXPECT_FALSE(homes.take_change());
  EXPECT_EQ(sees(0, 1, 3), Verdict::far);
  EXPECT_EQ(home_of(0), 0);
  EXPECT_FALSE(is_sought(0));
  EXPECT_TRUE(is_sought(1));
  EXPECT_TRUE(homes.take_change());
  EXPECT_FALSE(homes.take_change());
}

TEST_F(LearnedHomesTest, WhatWasUsualIsFarOnceThereIsANearerFile) {
  EXPECT_EQ(sees(1, 0, 1), Verdict::usual);
  EXPECT_EQ(sees(1, 1, 1.1), Verdict::usual);
  EXPECT_EQ(sees(1, 2, 0.1), Verdict::nearer);
  EXPECT_EQ(home_of(2), 1);
  EXPECT_EQ(home_of(0), Homes::none);
  EXPECT_EQ(sees(1, 0, 10), Verdict::far);
}

TEST_F(LearnedHomesTest, AFileThatNobodyIsNearToIsTheSameToAll) {
  for (const int worker : {0, 1, 2}) {
    EXPECT_EQ(sees(worker, worker, 1), Verdict::usual);
    EXPECT_EQ(sees(worker, 4, 5), Verdict::far);
    EXPECT_EQ(is_sought(4), worker < 2);
  }
  EXPECT_EQ(home_of(4), Homes::none);
}

TEST_F(LearnedHomesTest, WhoKnowsOnlyOneKindSaysNothing) {
  for (const int worker : {0, 1}) sees(worker, 3, 1);
  for (const int worker : {0, 1}) sees(worker, 4, 5);
  EXPECT_EQ(sees(2, 4, 1), Verdict::usual);
  EXPECT_EQ(home_of(4), Homes::none);
  EXPECT_TRUE(is_sought(4));
  EXPECT_EQ(sees(2, 1, 5), Verdict::far);
  EXPECT_EQ(home_of(4), 2) << "now it is known to be near";
}

// Two workers on each of two hosts.
TEST(LearnedHomesOfHosts, AreNearToAllWorkersOfAHost) {
  const Dataset dataset = Dataset::cut(manifest_of({10, 10, 10, 10}), 10);
  LearnedHomes homes(homes_to_learn(dataset, {"a", "a", "b", "b"}, 4, Rank(0)), 4);
  const auto sees = [&](int worker, std::int64_t file, double ratio) {
    return homes.observe({WorkerIndex(worker), file, 1, ratio});
  };
  sees(0, 0, 1);
  sees(0, 1, 3);
  sees(1, 2, 1);
  EXPECT_EQ(homes.homes().files.size(), 1U);
  EXPECT_EQ(sees(1, 0, 1), Verdict::usual);
  ASSERT_EQ(homes.homes().files.size(), 2U) << "at home it is as fast as in file 2";
  EXPECT_EQ(homes.homes().files.back().file, 2);
  EXPECT_EQ(homes.homes().files.back().home, 0);
}

TEST_F(LearnedHomesTest, NoiseIsNotFar) {
  EXPECT_EQ(sees(0, 0, 1.6, 0.3), Verdict::usual);
  EXPECT_EQ(sees(0, 1, 0.6, 0.3), Verdict::usual);
  EXPECT_EQ(sees(0, 2, 4, 0.3), Verdict::far);
}

// Then the worker has become slower.
TEST_F(LearnedHomesTest, AtHomeNothingIsFar) {
  sees(0, 0, 1);
  sees(0, 1, 3);
  EXPECT_EQ(sees(0, 0, 3), Verdict::usual);
  EXPECT_EQ(sees(0, 0, 0.3), Verdict::usual);
}

}  // namespace
}  // namespace evenkeel
