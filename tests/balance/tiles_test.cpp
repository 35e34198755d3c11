#include "balance/tiles.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "core/random.h"

namespace evenkeel {
namespace {

// Parts of a device whose work is `work`, known to a hundredth.
template <typename Work>
std::vector<MeasuredPart> measured(const std::vector<double>& sizes, Work work) {
  std::vector<MeasuredPart> parts;
  parts.reserve(sizes.size());
  for (const double size : sizes) parts.push_back({size, work(size), 1e4});
  return parts;
}

TEST(Tiles, AreFoundWhereTimeIsAStaircase) {
  for (const double tile : {4, 7, 8, 12, 24}) {
    const auto tiles = find_tiles(
        measured({tile + 1, 2 * tile - 1, 2 * tile, 2 * tile + 1, 3 * tile, 4 * tile},
                 [tile](double size) { return 3 + 0.5 * tile * std::ceil(size / tile); }));
    ASSERT_TRUE(tiles) << tile;
    EXPECT_EQ(tiles->tile, tile);
    EXPECT_NEAR(tiles->fixed, 3, 1e-6);
    EXPECT_NEAR(tiles->each, 0.5, 1e-6);
    EXPECT_NEAR(tiles->work(tile + 1), 3 + tile, 1e-6);
  }
}

TEST(Tiles, AreNotFoundOnALineOrASmoothCurve) {
  const std::vector<double> sizes{5, 9, 10, 11, 14, 20, 32, 33};
  EXPECT_FALSE(find_tiles(measured(sizes, [](double size) { return 2 + size; })));
  EXPECT_FALSE(find_tiles(measured(sizes, [](double size) { return size * size; })));
}

TEST(Tiles, AreNotFoundInNoise) {
  Random random(0);
  for (int run = 0; run < 200; ++run) {
    const auto parts = measured({5, 9, 10, 11, 14, 20, 32, 33}, [&random](double size) {
      return size * (1 + 0.01 * random.normal());
    });
    EXPECT_FALSE(find_tiles(parts)) << run;
  }
}

// 14 and 32 are two and four tiles of 8, or one and two of 16.
TEST(Tiles, AreNotGuessedWhereSeveralWouldDo) {
  const auto stairs = [](double size) { return 8 * std::ceil(size / 8); };
  EXPECT_FALSE(find_tiles(measured({14, 15, 32}, stairs)));
  EXPECT_TRUE(find_tiles(measured({8, 9, 14, 15, 32}, stairs)));
}

TEST(Tiles, AreNotSoughtAmongTwoParts) {
  EXPECT_FALSE(find_tiles(measured({8, 9}, [](double size) { return 8 * std::ceil(size / 8); })));
  EXPECT_FALSE(find_tiles({}));
}

}  // namespace
}  // namespace evenkeel
