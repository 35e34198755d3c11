#include "session/end_messages.h"

#include <gtest/gtest.h>

namespace evenkeel {
namespace {

TEST(UntoldText, NamesTheRanksAndTheRemedy) {
  EXPECT_EQ(untold_text({{Rank(1), Rank(3)}}, 4, "call it"),
            "ranks 1, 3 do not say where their local work ends, so that waiting for others cannot "
            "be told from work, and work cannot be balanced; before the all-reduce of each step, "
            "call it");
  EXPECT_TRUE(untold_text({{Rank(2)}}, 4, "").starts_with("rank 2 does not say where its local "));
}

TEST(UntoldText, NamesNoRanksIfAllAreMeant) {
  EXPECT_TRUE(untold_text({{Rank(0), Rank(1)}}, 2, "").starts_with("no rank says where its local"));
}

}  // namespace
}  // namespace evenkeel
