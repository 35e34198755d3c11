#include "balance/pooled_speeds.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

namespace evenkeel {
namespace {

// So many errors, half of them by `ratio` and half by its inverse.
void add_errors(PooledSpeeds& pooled, double ratio, int errors) {
  for (int i = 0; i < errors; ++i) pooled.add_error(i % 2 == 0 ? ratio : 1 / ratio, 1, 1);
}

// Of workers that have done one step each.
void review(PooledSpeeds& pooled, const std::vector<double>& paces) {
  pooled.begin_review();
  for (const double pace : paces) pooled.add(pace, 1);
  pooled.end_review();
}

// Workers that are alike, and steps that vary by a third or so.
PooledSpeeds pool_of_even_workers() {
  PooledSpeeds pooled;
  add_errors(pooled, 1.5, 100);
  std::vector<double> paces;
  paces.reserve(100);
  for (int i = 0; i < 100; ++i) paces.push_back(i % 2 == 0 ? 0.75 : 1.33);
  review(pooled, paces);
  return pooled;
}

// Long reports of one that is far slower than it was, among a hundred that are as they were.
TEST(PooledSpeeds, DoNotTakeAChangeOfSpeedForNoise) {
  PooledSpeeds pooled;
  for (int i = 0; i < 99; ++i) pooled.add_error(1, 50, 50);
  pooled.add_error(20, 50, 50);
  review(pooled, {1, 1, 1, 1});
  EXPECT_LE(pooled.step_noise(), 0.1);
}

TEST(PooledSpeeds, BelieveWhatIsMeasuredBeforeAReview) {
  PooledSpeeds pooled;
  EXPECT_EQ(pooled.expected(3, 1), 3);
  EXPECT_EQ(pooled.step_noise(), 0);
  add_errors(pooled, 1.5, 100);
  EXPECT_EQ(pooled.expected(3, 1), 3);
}

TEST(PooledSpeeds, BelieveWhatIsMeasuredWhereStepsDoNotVary) {
  PooledSpeeds pooled;
  add_errors(pooled, 1, 100);
  review(pooled, {1, 1, 1, 4});
  EXPECT_EQ(pooled.expected(4, 1), 4);
  EXPECT_EQ(pooled.expected(0.5, 1), 0.5);
}

TEST(PooledSpeeds, KnowHowMuchAStepVaries) {
  PooledSpeeds pooled;
  // Two steps that vary by 10 % each differ by 14 %.
  add_errors(pooled, std::exp(0.1 * std::sqrt(2)), 100);
  review(pooled, {1, 1});
  EXPECT_NEAR(pooled.step_noise(), 0.1, 1e-12);
}

TEST(PooledSpeeds, TakeALuckyFirstStepForLuck) {
  const PooledSpeeds pooled = pool_of_even_workers();
  EXPECT_GT(pooled.expected(0.25, 1), 0.9);
  EXPECT_LT(pooled.expected(1.3, 1), 1.1);
}

TEST(PooledSpeeds, BelieveManyStepsMore) {
  const PooledSpeeds pooled = pool_of_even_workers();
  EXPECT_LT(pooled.expected(0.5, 1000), 0.6);
  EXPECT_LT(pooled.expected(0.5, 10), pooled.expected(0.5, 1));
}

TEST(PooledSpeeds, DoNotExplainAStragglerByChance) {
  const PooledSpeeds pooled = pool_of_even_workers();
  EXPECT_GT(pooled.expected(20, 1), 19);
}

TEST(PooledSpeeds, BelieveASingleStepWhereWorkersDiffer) {
  PooledSpeeds pooled;
  add_errors(pooled, 1.05, 100);
  review(pooled, {0.5, 0.5, 1, 1, 2, 2});
  EXPECT_NEAR(pooled.expected(0.5, 1), 0.5, 0.01);
  EXPECT_NEAR(pooled.expected(2, 1), 2, 0.01);
}

// A change of speed is one of many errors.
TEST(PooledSpeeds, AreNotMuchMovedByOneThatChanges) {
  PooledSpeeds pooled;
  add_errors(pooled, 1.05, 100);
  pooled.add_error(50, 1, 1);
  review(pooled, {1, 1});
  EXPECT_LT(pooled.step_noise(), 0.1);
}

TEST(PooledSpeeds, AreReviewedEachTimeTwiceAsMuchIsKnown) {
  PooledSpeeds pooled;
  std::vector<int> reviews;
  for (int errors = 1; errors <= 40; ++errors) {
    add_errors(pooled, 1.1, 1);
    if (!pooled.is_review_due()) continue;
    review(pooled, {1});
    reviews.push_back(errors);
  }
  EXPECT_EQ(reviews, (std::vector{4, 8, 16, 32}));
}

TEST(PooledSpeeds, KnowNothingOfWorkersThatAreAllLost) {
  PooledSpeeds pooled;
  add_errors(pooled, 1.1, 8);
  review(pooled, {});
  EXPECT_EQ(pooled.expected(3, 1), 3);
}

}  // namespace
}  // namespace evenkeel
