#include "coordinator/free_pool.h"

#include <gtest/gtest.h>

#include <vector>

#include "dataset/samples.h"

namespace evenkeel {
namespace {

Interval interval(std::int64_t begin, std::int64_t end) { return {Position(begin), Position(end)}; }

Dataset dataset_of(std::int64_t samples) { return Dataset::cut(manifest_of({samples}), samples); }

// Two files of a hundred samples: the first at one unit a sample, the second at ten.
Dataset unequal_dataset() { return Dataset::cut(manifest_of({100, 100}, {100, 1000}), 100); }

FreePool pool_of(const Dataset& dataset, std::int32_t epochs = 1,
                 EpochOverlap overlap = EpochOverlap::allowed) {
  OrderOptions order;
  order.shuffle = Shuffle::none;
  return {dataset, order, epochs, overlap, 10};
}

TEST(FreePool, BeginsWithEverything) {
  const Dataset dataset = dataset_of(25);
  const FreePool pool = pool_of(dataset);
  EXPECT_EQ(pool.view().samples, 25);
  EXPECT_EQ(pool.view().cost, 25);
  EXPECT_EQ(pool.view().front_pass, pass_of(0));
  EXPECT_EQ(pool.view().front_step_cost, 10);
  EXPECT_EQ(pool.undone(pass_of(0)), 25);
  EXPECT_FALSE(pool.all_done());
}

TEST(FreePool, HandsOutWholeStepsFromTheFront) {
  const Dataset dataset = dataset_of(25);
  FreePool pool = pool_of(dataset);
  const FreePool::Piece piece = pool.take(1, {});
  EXPECT_EQ(piece.pass, pass_of(0));
  EXPECT_EQ(piece.interval, interval(0, 10));
  EXPECT_EQ(piece.cost, 10);
  EXPECT_EQ(pool.view().samples, 15);
  EXPECT_EQ(pool.view().cost, 15);
  EXPECT_EQ(pool.take(11, {}).interval, interval(10, 25));
  EXPECT_EQ(pool.view().samples, 0);
}

TEST(FreePool, EndsWithARaggedStep) {
  const Dataset dataset = dataset_of(25);
  FreePool pool = pool_of(dataset);
  pool.take(20, {});
  EXPECT_EQ(pool.view().front_step_cost, 5);
  EXPECT_EQ(pool.take(1, {}).interval, interval(20, 25));
}

TEST(FreePool, PassesOverEpochsThatEarlierJobsHaveDone) {
  const Dataset dataset = dataset_of(20);
  DoneWork done;
  done.whole_epochs = 1;
  ASSERT_TRUE(done.parts[pass_of(1)].insert(interval(0, 10)));
  ASSERT_TRUE(done.parts[pass_of(2)].insert(interval(0, 20)));
  ASSERT_TRUE(done.parts[pass_of(3)].insert(interval(0, 20)));
  OrderOptions order;
  order.shuffle = Shuffle::none;
  for (const EpochOverlap overlap : {EpochOverlap::allowed, EpochOverlap::forbidden}) {
    FreePool pool(dataset, order, 5, overlap, 10, done);
    EXPECT_EQ(pool.samples(), 30);
    EXPECT_EQ(pool.cost(), 30);
    EXPECT_EQ(pool.take(20, {}).interval, interval(10, 20));
    pool.finish(pass_of(1), 10);
    EXPECT_EQ(pool.pass(), pass_of(4));
    EXPECT_EQ(pool.take(20, {}).interval, interval(0, 20));
    pool.finish(pass_of(4), 20);
    EXPECT_TRUE(pool.all_done());
  }
}

TEST(FreePool, HandsOutMoreThanThereIsAtMostOnce) {
  const Dataset dataset = dataset_of(25);
  FreePool pool = pool_of(dataset);
  EXPECT_EQ(pool.take(std::int64_t{1} << 62, {}).interval, interval(0, 25));
}

TEST(FreePool, HandsOutWhatCameBackFirst) {
  const Dataset dataset = dataset_of(100);
  FreePool pool = pool_of(dataset);
  pool.take(50, {});
  pool.put_back(pass_of(0), interval(30, 40));
  pool.put_back(pass_of(0), interval(0, 20));
  EXPECT_EQ(pool.view().samples, 80);
  EXPECT_EQ(pool.view().cost, 80);
  EXPECT_EQ(pool.take(10, {}).interval, interval(0, 10));
  EXPECT_EQ(pool.take(50, {}).interval, interval(10, 20));  // no further than a gap
  EXPECT_EQ(pool.take(50, {}).interval, interval(30, 40));
  EXPECT_EQ(pool.take(10, {}).interval, interval(50, 60));
}

TEST(FreePool, TakesNothingBackThatIsFree) {
  const Dataset dataset = dataset_of(100);
  FreePool pool = pool_of(dataset);
  pool.take(50, {});
  pool.put_back(pass_of(0), interval(20, 20));
  EXPECT_EQ(pool.view().samples, 50);
  pool.put_back(pass_of(0), interval(0, 10));
  EXPECT_DEATH(pool.put_back(pass_of(0), interval(0, 10)), "was_not_free");
  EXPECT_DEATH(pool.put_back(pass_of(0), interval(40, 60)), "was_not_free");
}

TEST(FreePool, LengthensACheapPieceToTheCost) {
  const Dataset dataset = unequal_dataset();
  FreePool pool = pool_of(dataset);
  EXPECT_EQ(pool.take(10, 50.0).interval, interval(0, 50));
}

TEST(FreePool, ShortensAnExpensivePieceToTheCost) {
  const Dataset dataset = unequal_dataset();
  FreePool pool = pool_of(dataset);
  pool.take(100, {});
  const FreePool::Piece piece = pool.take(50, 100.0);
  EXPECT_EQ(piece.interval, interval(100, 110));
  EXPECT_EQ(piece.cost, 100);
}

TEST(FreePool, FitsAPieceThatIsPartlyExpensive) {
  const Dataset dataset = unequal_dataset();
  FreePool pool = pool_of(dataset);
  pool.take(50, {});
  const FreePool::Piece piece = pool.take(10, 450.0);  // 50 at one unit and 40 at ten
  EXPECT_EQ(piece.interval, interval(50, 140));
}

TEST(FreePool, HandsOutAStepHoweverExpensive) {
  const Dataset dataset = unequal_dataset();
  FreePool pool = pool_of(dataset);
  pool.take(100, {});
  EXPECT_EQ(pool.take(30, 0.5).interval, interval(100, 110));
  EXPECT_EQ(pool.take(30, 0.0).interval, interval(110, 120));
}

TEST(FreePool, FitsNoFurtherThanTheFrontInterval) {
  const Dataset dataset = unequal_dataset();
  FreePool pool = pool_of(dataset);
  pool.take(200, {});
  pool.put_back(pass_of(0), interval(0, 30));
  EXPECT_EQ(pool.take(10, 1000.0).interval, interval(0, 30));
}

TEST(FreePool, NeedsNoFittingWhereAllSamplesCostTheSame) {
  const Dataset dataset = dataset_of(100);
  FreePool pool = pool_of(dataset);
  EXPECT_EQ(pool.take(10, 50.0).interval, interval(0, 10));
}

TEST(FreePool, HasNoCostLeftWhenNothingIsFree) {
  const Dataset dataset = Dataset::cut(manifest_of({10, 10, 10}, {0.1, 0.2, 0.7}), 10);
  FreePool pool = pool_of(dataset);
  for (int i = 0; i < 3; ++i) pool.take(10, {});
  EXPECT_EQ(pool.view().cost, 0);
}

TEST(FreePool, BeginsTheNextEpochWhenOneRunsDry) {
  const Dataset dataset = dataset_of(20);
  FreePool pool = pool_of(dataset, 3);
  EXPECT_EQ(pool.view().samples, 40);
  pool.take(20, {});
  EXPECT_EQ(pool.view().front_pass, pass_of(1));
  EXPECT_EQ(pool.take(30, {}).pass, pass_of(1));
  EXPECT_EQ(pool.take(30, {}).pass, pass_of(2));
  EXPECT_EQ(pool.view().samples, 0);  // there is none
  pool.put_back(pass_of(0), interval(0, 10));
  EXPECT_EQ(pool.view().front_pass, pass_of(0));
}

TEST(FreePool, HasAnEpochAheadOfTheOneThatIsDealtOut) {
  const Dataset dataset = dataset_of(20);
  FreePool pool = pool_of(dataset, 5);
  pool.take(10, {});
  EXPECT_EQ(pool.live_passes(), (std::vector{pass_of(0), pass_of(1)}));
  EXPECT_EQ(pool.view().samples, 30);
  pool.take(10, {});
  EXPECT_EQ(pool.live_passes(), (std::vector{pass_of(0), pass_of(1), pass_of(2)}));
  EXPECT_EQ(pool.view().samples, 40);
  pool.finish(pass_of(0), 10);
  EXPECT_EQ(pool.pass(), pass_of(0));
  pool.finish(pass_of(0), 10);
  EXPECT_EQ(pool.pass(), pass_of(1));
  EXPECT_EQ(pool.live_passes(), (std::vector{pass_of(1), pass_of(2)}));
  EXPECT_EQ(pool.view().samples, 40);
}

// A step of the first one may take long.
TEST(FreePool, HasManyLiveEpochsIfTheyAreSmall) {
  const Dataset dataset = dataset_of(20);
  FreePool pool = pool_of(dataset, 3000);
  for (std::int32_t epoch = 0; epoch < 1024; ++epoch) {
    EXPECT_EQ(pool.take(20, {}).pass, pass_of(epoch));
    if (epoch > 0) pool.finish(pass_of(epoch), 20);
  }
  EXPECT_EQ(pool.view().samples, 0);
  EXPECT_EQ(pool.pass(), pass_of(0));
  pool.put_back(pass_of(0), interval(0, 10));
  EXPECT_EQ(pool.take(20, {}).interval, interval(0, 10));
  pool.finish(pass_of(0), 20);
  EXPECT_EQ(pool.pass(), pass_of(1024));
  EXPECT_EQ(pool.view().samples, 40);
}

TEST(FreePool, HasTwoLiveEpochsIfTheirOrdersTakeMuchMemory) {
  const Dataset dataset = Dataset::cut(manifest_of({600'000}), 1);
  FreePool pool = pool_of(dataset, 5);
  for (const std::int32_t epoch : {0, 1}) {
    EXPECT_EQ(pool.take(600'000, {}).pass, pass_of(epoch));
  }
  EXPECT_EQ(pool.view().samples, 0);
  EXPECT_EQ(pool.live_passes(), (std::vector{pass_of(0), pass_of(1)}));
}

// What can be done before a step at the front has to be.
TEST(FreePool, KnowsTheCostOfTheEpochsThatCanBeginBeforeTheFrontIsDone) {
  const Dataset dataset = dataset_of(10);
  FreePool pool = pool_of(dataset, 1030);
  EXPECT_EQ(pool.view().later_cost, 1022 * 10);
  pool.take(10, {});
  EXPECT_EQ(pool.view().front_pass, pass_of(1));
  EXPECT_EQ(pool.view().later_cost, 1022 * 10);
  for (int i = 0; i < 5; ++i) pool.take(10, {});
  EXPECT_EQ(pool.view().front_pass, pass_of(6));
  EXPECT_EQ(pool.view().later_cost, 1022 * 10);
  pool.take(10, {});
  EXPECT_EQ(pool.view().later_cost, 1021 * 10);  // there are no more
  pool.put_back(pass_of(0), interval(0, 10));
  EXPECT_EQ(pool.view().later_cost, 1015 * 10);  // with those that are open, 1,024
}

TEST(FreePool, KnowsOfNoLaterEpochAtTheBarrier) {
  const Dataset dataset = dataset_of(10);
  EXPECT_EQ(pool_of(dataset, 3, EpochOverlap::forbidden).view().later_cost, 0);
}

TEST(FreePool, CountsOfLaterEpochsWhatAnEarlierJobHasLeft) {
  const Dataset dataset = dataset_of(10);
  DoneWork done;
  for (const std::int32_t epoch : {1, 3}) {
    const bool is_new = done.parts[pass_of(epoch)].insert(interval(0, 4));
    ASSERT_TRUE(is_new);
  }
  FreePool pool(dataset, {}, 5, EpochOverlap::allowed, 10, done);
  EXPECT_EQ(pool.view().samples, 16);
  EXPECT_EQ(pool.view().later_cost, 26);
}

TEST(FreePool, FinishesEpochsInOrder) {
  const Dataset dataset = dataset_of(20);
  FreePool pool = pool_of(dataset, 3);
  pool.take(20, {});
  pool.take(20, {});
  pool.finish(pass_of(1), 20);
  EXPECT_EQ(pool.pass(), pass_of(0));
  EXPECT_EQ(pool.view().samples, 20);
  pool.finish(pass_of(0), 20);
  EXPECT_EQ(pool.pass(), pass_of(2));
  EXPECT_EQ(pool.live_passes(), (std::vector{pass_of(2)}));
}

TEST(FreePool, WaitsAtTheBarrier) {
  const Dataset dataset = dataset_of(20);
  FreePool pool = pool_of(dataset, 2, EpochOverlap::forbidden);
  EXPECT_EQ(pool.view().samples, 20);
  pool.take(20, {});
  EXPECT_EQ(pool.view().samples, 0);
  pool.finish(pass_of(0), 20);
  EXPECT_EQ(pool.view().samples, 20);
  EXPECT_EQ(pool.view().front_pass, pass_of(1));
}

TEST(FreePool, IsDoneWhenEveryEpochIsFinished) {
  const Dataset dataset = dataset_of(20);
  FreePool pool = pool_of(dataset, 2);
  for (const Pass pass : {pass_of(0), pass_of(1)}) {
    EXPECT_FALSE(pool.all_done());
    pool.take(20, {});
    pool.finish(pass, 20);
  }
  EXPECT_TRUE(pool.all_done());
  EXPECT_EQ(pool.pass(), pass_of(1));
  EXPECT_EQ(pool.view().samples, 0);
}

TEST(FreePool, ListsWhatIsFree) {
  const Dataset dataset = dataset_of(40);
  FreePool pool = pool_of(dataset);
  pool.take(30, {});
  pool.put_back(pass_of(0), interval(10, 20));
  EXPECT_EQ(pool.free_intervals(pass_of(0)), (std::vector{interval(10, 20), interval(30, 40)}));
  pool.take(10, {});
  pool.take(10, {});
  EXPECT_EQ(pool.free_intervals(pass_of(0)), std::vector<Interval>());
}

TEST(FreePool, KnowsTheCostOfWhatIsHeld) {
  const Dataset dataset = unequal_dataset();
  EXPECT_EQ(pool_of(dataset).cost(pass_of(0), interval(90, 110)), 110);
}

// The second file of two costs thrice what was thought.
TEST(FreePool, CountsWithWhatHasBeenLearned) {
  const Dataset dataset = Dataset::cut(manifest_of({100, 100}), 50);
  FreePool pool = pool_of(dataset, 3);
  const Interval held = pool.take(120, {}).interval;
  pool.put_back(pass_of(0), interval(90, 120));
  pool.learn_costs({{1, 3}});
  EXPECT_EQ(pool.cost(pass_of(0), held), 100 + 3 * 20);
  EXPECT_EQ(pool.learned_cost(pass_of(0), held), 2 * 20);
  EXPECT_EQ(pool.view().cost, 10 + 3 * 100 + 400) << "of both live epochs";
  EXPECT_EQ(pool.view().later_cost, 400);
  EXPECT_EQ(pool.view().front_step_cost, 10);
  pool.learn_costs({});
  EXPECT_EQ(pool.view().cost, 110 + 200);
}

TEST(FreePool, CutsLeasesWhereACostChanges) {
  const Dataset dataset = Dataset::cut(manifest_of({105, 100}), 50);
  FreePool pool = pool_of(dataset);
  pool.learn_costs({{1, 3}});
  EXPECT_EQ(pool.take(200, 200.0).interval, interval(0, 110)) << "to the end of the step";
  const FreePool::Piece dear = pool.take(200, 90.0);
  EXPECT_EQ(dear.interval, interval(110, 140));
  EXPECT_EQ(dear.cost, 90);
}

// Steps of ten cost 100 each here: with three and a half of them, a lease is too long.
TEST(FreePool, APieceDoesNotCostMoreThanAskedForBecauseStepsAreLarge) {
  const Dataset dataset = unequal_dataset();
  FreePool pool = pool_of(dataset);
  pool.take(100, {});
  EXPECT_EQ(pool.take(10, 350.0).interval, interval(100, 130));
}

}  // namespace
}  // namespace evenkeel
