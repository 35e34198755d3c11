#include "balance/mean_tree.h"

#include <gtest/gtest.h>

#include <optional>
#include <vector>

#include "core/random.h"

namespace evenkeel {
namespace {

TEST(MeanTree, HasTheMeanOfThoseThatHaveAFigure) {
  MeanTree tree(3);
  tree.set(WorkerIndex(0), 4);
  tree.set(WorkerIndex(2), 0);
  EXPECT_EQ(tree.mean(), 2);
  EXPECT_EQ(tree.relative(WorkerIndex(0)), 2);
  EXPECT_EQ(tree.relative(WorkerIndex(2)), 0);
  EXPECT_FALSE(tree.contains(WorkerIndex(1)));
  EXPECT_EQ(tree.relative(WorkerIndex(1)), 1);
}

TEST(MeanTree, UsesTheMeanForMissingValues) { EXPECT_EQ(MeanTree(1).relative(WorkerIndex(0)), 1); }

TEST(MeanTree, RemovesValuesExactly) {
  MeanTree tree(2);
  tree.set(WorkerIndex(0), 1e20);
  tree.set(WorkerIndex(1), 3);
  tree.remove(WorkerIndex(0));
  tree.remove(WorkerIndex(0));
  EXPECT_EQ(tree.mean(), 3);
}

TEST(MeanTree, AgreesWithASumWhateverIsSetAndRemoved) {
  Random random(1);
  for (const int size : {1, 2, 3, 7, 8, 9, 33}) {
    MeanTree tree(size);
    PerWorker<std::optional<double>> figures(size);
    for (int round = 0; round < 500; ++round) {
      const auto workers = static_cast<std::uint64_t>(size);
      const WorkerIndex index(static_cast<std::int32_t>(random.below(workers)));
      if (random.below(3) == 0) {
        figures[index].reset();
        tree.remove(index);
      } else {
        figures[index] = static_cast<double>(random.below(10));
        tree.set(index, *figures[index]);
      }
      double sum = 0;
      int count = 0;
      for (const std::optional<double>& figure : figures) {
        if (!figure) continue;
        sum += *figure;
        ++count;
      }
      if (count == 0) continue;
      ASSERT_EQ(tree.mean(), sum / count) << "size " << size << ", round " << round;
    }
  }
}

}  // namespace
}  // namespace evenkeel
