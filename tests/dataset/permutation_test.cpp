#include "dataset/permutation.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <map>
#include <vector>

#include "core/random.h"

namespace evenkeel {
namespace {

std::vector<std::int64_t> images(std::int64_t size, std::uint64_t key) {
  const Permutation permutation(size, key);
  std::vector<std::int64_t> images;
  for (std::int64_t i = 0; i < size; ++i) images.push_back(permutation(i));
  return images;
}

// Golden: a change of these numbers changes the meaning of every saved run that shuffles samples.
TEST(Permutation, IsTheSameWithEveryCompiler) {
  EXPECT_EQ(images(10, 1), (std::vector<std::int64_t>{3, 4, 6, 0, 9, 1, 8, 5, 7, 2}));
  EXPECT_EQ(images(100, 2)[99], 72);
  EXPECT_EQ(Permutation(1'000'000'007, 3)(0), 565'099'832);
  EXPECT_EQ(Permutation(INT64_MAX, 4)(INT64_MAX - 1), 2'349'248'362'503'129'789);
}

TEST(Permutation, ReachesEachIndexOnce) {
  for (const std::int64_t size : {1,  2,  3,  4,   5,   6,   7,    15,   16,   17,     63,
                                  64, 65, 97, 255, 256, 257, 1000, 4095, 4097, 65'521, 65'536}) {
    for (std::uint64_t key = 0; key < 3; ++key) {
      std::vector<std::int64_t> reached = images(size, mix(key));
      std::sort(reached.begin(), reached.end());
      for (std::int64_t i = 0; i < size; ++i) {
        ASSERT_EQ(reached[static_cast<std::size_t>(i)], i) << size;
      }
    }
  }
}

TEST(Permutation, IsOneOfAllEquallyOften) {
  constexpr int draws = 2000;
  for (const auto& [size, permutations] :
       std::map<std::int64_t, int>{{2, 2}, {3, 6}, {4, 24}, {5, 120}}) {
    std::map<std::vector<std::int64_t>, int> seen;
    for (int key = 0; key < permutations * draws; ++key) {
      ++seen[images(size, mix_pair(1, static_cast<std::uint64_t>(key)))];
    }
    ASSERT_EQ(std::ssize(seen), permutations);
    double chi_square = 0;
    for (const auto& [permutation, count] : seen) {
      chi_square += (count - draws) * (count - draws) / static_cast<double>(draws);
    }
    // Five standard deviations above the mean.
    const double freedom = permutations - 1;
    EXPECT_LT(chi_square, freedom + 5 * std::sqrt(2 * freedom)) << size;
  }
}

// Neighbours are torn apart, whatever the key: how far two of them land from each other is as if
// drawn at random.
TEST(Permutation, SeparatesNeighbours) {
  constexpr std::int64_t size = 1000;
  std::vector<int> distances(size);
  constexpr int keys = 200;
  for (std::uint64_t key = 0; key < keys; ++key) {
    const std::vector<std::int64_t> reached = images(size, key);
    for (std::size_t i = 1; i < size; ++i) {
      ++distances[static_cast<std::size_t>((reached[i] - reached[i - 1] + size) % size)];
    }
  }
  EXPECT_EQ(distances[0], 0);
  for (std::size_t distance = 1; distance < size; ++distance) {
    EXPECT_NEAR(distances[distance], keys, 6 * std::sqrt(keys)) << distance;
  }
}

TEST(PermutationDeathTest, HasAtLeastOneIndexAndNoOthers) {
  EXPECT_DEATH(Permutation(0, 1), "check failed");
  EXPECT_DEATH(Permutation(3, 1)(3), "check failed");
  EXPECT_DEATH(Permutation(3, 1)(-1), "check failed");
}

}  // namespace
}  // namespace evenkeel
