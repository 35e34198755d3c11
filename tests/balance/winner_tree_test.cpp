#include "balance/winner_tree.h"

#include <gtest/gtest.h>

#include <optional>
#include <vector>

#include "core/random.h"

namespace evenkeel {
namespace {

TEST(WinnerTree, BeginsWithoutAWinner) { EXPECT_EQ(WinnerTree(5).winner(), WinnerTree::none); }

TEST(WinnerTree, FindsTheLeastKey) {
  WinnerTree tree(5);
  tree.set(1, 7);
  tree.set(4, -3);
  tree.set(2, 0);
  EXPECT_EQ(tree.winner(), 4);
  EXPECT_EQ(tree.key(4), -3);
  tree.set(4, 8);
  EXPECT_EQ(tree.winner(), 2);
}

TEST(WinnerTree, GivesTiesToTheLowerIndex) {
  WinnerTree tree(8);
  for (const int index : {6, 3, 5}) tree.set(index, 1);
  EXPECT_EQ(tree.winner(), 3);
  tree.set(2, 1);
  EXPECT_EQ(tree.winner(), 2);
}

TEST(WinnerTree, VisitsTheKeysBelowALimitUntilToldToStop) {
  for (const int size : {1, 6, 8}) {
    WinnerTree tree(size);
    for (int index = 0; index < size; ++index) tree.set(index, index % 3);
    std::vector<int> visited;
    const auto note = [&](int index) {
      visited.push_back(index);
      return index == 3;
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
  tree.set(0, 1);
  tree.set(2, 2);
  EXPECT_TRUE(tree.contains(0));
  tree.remove(0);
  EXPECT_FALSE(tree.contains(0));
  EXPECT_EQ(tree.winner(), 2);
  tree.remove(2);
  tree.remove(2);
  EXPECT_EQ(tree.winner(), WinnerTree::none);
}

TEST(WinnerTree, MayHaveASingleIndex) {
  WinnerTree tree(1);
  tree.set(0, 5);
  EXPECT_EQ(tree.winner(), 0);
  tree.remove(0);
  EXPECT_EQ(tree.winner(), WinnerTree::none);
}

// The least key, and the first index that has it.
int winner_of(const std::vector<std::optional<double>>& keys) {
  int winner = WinnerTree::none;
  for (std::size_t i = 0; i < keys.size(); ++i) {
    if (!keys[i]) continue;
    const bool better =
        winner == WinnerTree::none || *keys[i] < *keys[static_cast<std::size_t>(winner)];
    if (better) winner = static_cast<int>(i);
  }
  return winner;
}

TEST(WinnerTree, AgreesWithASearchWhateverIsSetAndRemoved) {
  Random random(1);
  for (const int size : {1, 2, 3, 7, 8, 9, 33}) {
    WinnerTree tree(size);
    std::vector<std::optional<double>> keys(static_cast<std::size_t>(size));
    for (int round = 0; round < 500; ++round) {
      const auto index = static_cast<std::size_t>(random.below(keys.size()));
      if (random.below(3) == 0) {
        keys[index].reset();
        tree.remove(static_cast<int>(index));
      } else {
        keys[index] = static_cast<double>(random.below(10));
        tree.set(static_cast<int>(index), *keys[index]);
      }
      ASSERT_EQ(tree.winner(), winner_of(keys)) << "size " << size << ", round " << round;
    }
  }
}

}  // namespace
}  // namespace evenkeel
