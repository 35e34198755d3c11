#include "balance/winner_tree.h"

#include <gtest/gtest.h>

#include <optional>
#include <vector>

#include "core/random.h"

namespace evenkeel {
namespace {

TEST(WinnerTree, BeginsWithoutAWinner) { EXPECT_EQ(WinnerTree(5).winner(), std::nullopt); }

TEST(WinnerTree, FindsTheLeastKey) {
  WinnerTree tree(5);
  tree.set(WorkerIndex(1), 7);
  tree.set(WorkerIndex(4), -3);
  tree.set(WorkerIndex(2), 0);
  EXPECT_EQ(tree.winner(), WorkerIndex(4));
  EXPECT_EQ(tree.key(WorkerIndex(4)), -3);
  tree.set(WorkerIndex(4), 8);
  EXPECT_EQ(tree.winner(), WorkerIndex(2));
}

TEST(WinnerTree, GivesTiesToTheLowerIndex) {
  WinnerTree tree(8);
  for (const int index : {6, 3, 5}) tree.set(WorkerIndex(index), 1);
  EXPECT_EQ(tree.winner(), WorkerIndex(3));
  tree.set(WorkerIndex(2), 1);
  EXPECT_EQ(tree.winner(), WorkerIndex(2));
}

TEST(WinnerTree, VisitsTheKeysBelowALimitUntilToldToStop) {
  for (const int size : {1, 6, 8}) {
    WinnerTree tree(size);
    for (const WorkerIndex worker : WorkerRange(size)) tree.set(worker, worker.value() % 3);
    std::vector<int> visited;
    const auto note = [&](WorkerIndex worker) {
      visited.push_back(worker.value());
      return worker == WorkerIndex(3);
    };
    EXPECT_EQ(tree.any_below(1, note), size > 3);
    EXPECT_EQ(visited, size > 3 ? std::vector<int>({0, 3}) : std::vector<int>({0}));
    visited.clear();
    EXPECT_FALSE(tree.any_below(0, note));
    EXPECT_TRUE(visited.empty());
  }
}

TEST(WinnerTree, ForgetsWhatIsRemoved) {
  WinnerTree tree(3);
  tree.set(WorkerIndex(0), 1);
  tree.set(WorkerIndex(2), 2);
  EXPECT_TRUE(tree.contains(WorkerIndex(0)));
  tree.remove(WorkerIndex(0));
  EXPECT_FALSE(tree.contains(WorkerIndex(0)));
  EXPECT_EQ(tree.winner(), WorkerIndex(2));
  tree.remove(WorkerIndex(2));
  tree.remove(WorkerIndex(2));
  EXPECT_EQ(tree.winner(), std::nullopt);
}

TEST(WinnerTree, MayHaveASingleIndex) {
  WinnerTree tree(1);
  tree.set(WorkerIndex(0), 5);
  EXPECT_EQ(tree.winner(), WorkerIndex(0));
  tree.remove(WorkerIndex(0));
  EXPECT_EQ(tree.winner(), std::nullopt);
}

// The least key, and the first index that has it.
std::optional<WorkerIndex> winner_of(const PerWorker<std::optional<double>>& keys) {
  std::optional<WorkerIndex> winner;
  for (const WorkerIndex worker : keys.indices()) {
    if (keys[worker] && (!winner || *keys[worker] < *keys[*winner])) winner = worker;
  }
  return winner;
}

TEST(WinnerTree, AgreesWithASearchWhateverIsSetAndRemoved) {
  Random random(1);
  for (const int size : {1, 2, 3, 7, 8, 9, 33}) {
    WinnerTree tree(size);
    PerWorker<std::optional<double>> keys(size);
    for (int round = 0; round < 500; ++round) {
      const auto count = static_cast<std::uint64_t>(size);
      const WorkerIndex index(static_cast<std::int32_t>(random.below(count)));
      if (random.below(3) == 0) {
        keys[index].reset();
        tree.remove(index);
      } else {
        keys[index] = static_cast<double>(random.below(10));
        tree.set(index, *keys[index]);
      }
      ASSERT_EQ(tree.winner(), winner_of(keys)) << "size " << size << ", round " << round;
    }
  }
}

}  // namespace
}  // namespace evenkeel
