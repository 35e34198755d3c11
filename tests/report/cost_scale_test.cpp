#include "report/cost_scale.h"

#include <gtest/gtest.h>

#include <limits>

namespace evenkeel {
namespace {

TEST(CostScale, ScalesBytesOnly) {
  EXPECT_EQ(cost_text(999, "bytes"), "999 B");
  EXPECT_EQ(cost_text(12.34e9, "bytes"), "12.3 GB");
  EXPECT_EQ(cost_text(999'600, "bytes"), "1 MB");
  EXPECT_EQ(cost_text(6'134, "seconds"), "6,134 seconds");
  EXPECT_EQ(cost_text(std::numeric_limits<double>::infinity(), "bytes"), "- EB");
}

TEST(CostScale, CutsLongUnits) {
  EXPECT_EQ(cost_scale("a unit of some length\n", 1).unit, "a unit…h\\x0a");
}

}  // namespace
}  // namespace evenkeel
