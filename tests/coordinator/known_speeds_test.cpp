#include "coordinator/known_speeds.h"

#include <gtest/gtest.h>

namespace evenkeel {
namespace {

TEST(KnownSpeeds, AreFoundByHostAndPlaceOnIt) {
  const SpeedMatch match = match_speeds({{"a", 30}, {"b", 10}, {"a", 20}}, {"a", "a", "b"});
  EXPECT_EQ(match.weights, (PerWorker<double>{1.5, 1, 0.5}));
  EXPECT_EQ(match.known, 3);
}

TEST(KnownSpeeds, LetUnknownWorkersCountWithTheMeanOfTheOthers) {
  const SpeedMatch match =
      match_speeds({{"a", 30}, {"b", 10}, {"b", 0}}, {"b", "new", "b", "a", "a"});
  EXPECT_EQ(match.weights, (PerWorker<double>{0.5, 1, 1, 1.5, 1}));
  EXPECT_EQ(match.known, 2);
  EXPECT_EQ(match_text(match, "old.json"),
            "old.json: first speeds of 2 of 5 workers are taken from it");
}

TEST(KnownSpeeds, AreNoWeightsIfNoHostIsKnown) {
  const SpeedMatch match = match_speeds({{"a", 30}}, {"x", "y"});
  EXPECT_TRUE(match.weights.empty());
  EXPECT_EQ(match_text(match, "old.json"), "old.json: knows no speed of these workers' hosts");
}

TEST(KnownSpeeds, DifferByNoMoreThanWeightsMay) {
  const SpeedMatch match = match_speeds({{"a", 1e300}, {"b", 1e-300}}, {"a", "b"});
  EXPECT_EQ(match.weights, (PerWorker<double>{2, 1e-6}));
}

}  // namespace
}  // namespace evenkeel
