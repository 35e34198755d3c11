#include <gtest/gtest.h>

#include <chrono>

#include "worker/trainer.h"

namespace evenkeel {
namespace {

using namespace std::chrono_literals;

// A trainer that holds 0 to 40 and 60 to 100, and works on 0 to 10.
class Trimmed : public testing::Test {
 protected:
  Trimmed() {
    trainer.grant(1, 0, 40);
    trainer.grant(2, 60, 100);
    trainer.take(0s);
  }

  // What is still taken after the trim.
  std::vector<std::string> rest() {
    std::vector<std::string> steps;
    for (trainer.take(0s); trainer.last_taken() != "none"; trainer.take(0s)) {
      steps.push_back(trainer.last_taken());
    }
    return steps;
  }

  Trainer trainer;
};

TEST_F(Trimmed, GivesFromTheTail) {
  EXPECT_EQ(trainer.trim(5, 20), Words{"trim 5: keeps lease 2 to 80, has seen 2"});
  EXPECT_EQ(rest().back(), "lease 2 of epoch 0: 70 to 80");
}

TEST_F(Trimmed, GivesWholeLeasesAndThePartOfAnEarlierOne) {
  EXPECT_EQ(trainer.trim(5, 50), Words{"trim 5: keeps lease 1 to 30, has seen 2"});
  EXPECT_EQ(rest(), (std::vector<std::string>{"lease 1 of epoch 0: 10 to 20",
                                              "lease 1 of epoch 0: 20 to 30"}));
}

TEST_F(Trimmed, GivesExactlyALease) {
  EXPECT_EQ(trainer.trim(5, 40), Words{"trim 5: keeps lease 1 to 40, has seen 2"});
}

TEST_F(Trimmed, KeepsWhatIsTaken) {
  EXPECT_EQ(trainer.trim(5, 1'000), Words{"trim 5: keeps lease 1 to 10, has seen 2"});
  EXPECT_EQ(rest(), std::vector<std::string>());
  EXPECT_EQ(trainer.done(1s), Words{"lease 1: 0 to 10, 1 steps"});
}

TEST_F(Trimmed, GivesNoMoreThanAskedForAndStaysOnTheGrid) {
  EXPECT_EQ(trainer.trim(5, 25), Words{"trim 5: keeps lease 2 to 80, has seen 2"});
  EXPECT_EQ(trainer.trim(6, 9), Words{"trim 6: keeps lease 2 to 80, has seen 2"});
}

TEST(Worker, GivesTheRaggedEndOfAnEpoch) {
  Trainer trainer;
  trainer.grant(1, 70, 95);
  EXPECT_EQ(trainer.trim(1, 4), Words{"trim 1: keeps lease 1 to 95, has seen 1"});
  EXPECT_EQ(trainer.trim(2, 10), Words{"trim 2: keeps lease 1 to 90, has seen 1"});
}

TEST(Worker, GivesAllOfALeaseThatItHasNotBegun) {
  Trainer trainer;
  trainer.grant(1, 0, 40);
  EXPECT_EQ(trainer.trim(1, 40), Words{"trim 1: keeps lease 0 to 0, has seen 1"});
  trainer.take(0s);
  EXPECT_EQ(trainer.last_taken(), "none");
}

TEST(Worker, AnswersThoughItNeverHeldAnything) {
  Trainer trainer;
  EXPECT_EQ(trainer.trim(3, 10), Words{"trim 3: keeps lease 0 to 0, has seen 0"});
}

TEST_F(Trimmed, HasNothingToGiveWhenAllIsTaken) {
  rest();
  EXPECT_EQ(trainer.trim(5, 10), Words{"trim 5: keeps lease 2 to 100, has seen 2"});
}

TEST_F(Trimmed, KnowsNoLeaseAfterAFence) {
  trainer.fence(2);
  EXPECT_EQ(trainer.trim(5, 10), Words{"trim 5: keeps lease 0 to 10, has seen 2"});
}

TEST_F(Trimmed, KeepsWhatItHasBegunSinceAFence) {
  for (int step = 0; step < 4; ++step) trainer.take(0s);  // the last of them of lease 2
  trainer.fence(1);
  EXPECT_EQ(trainer.trim(5, 1'000), Words{"trim 5: keeps lease 2 to 70, has seen 2"});
}

TEST_F(Trimmed, DropsWhatIsFenced) {
  trainer.fence(1);
  EXPECT_EQ(rest().front(), "lease 2 of epoch 0: 60 to 70");
  trainer.fence(2);
  trainer.grant(3, 0, 10);
  EXPECT_EQ(rest(), std::vector<std::string>{"lease 3 of epoch 0: 0 to 10"});
}

TEST_F(Trimmed, HasAskedAfterAFence) {
  trainer.fence(2, 1s);
  EXPECT_EQ(trainer.take(1s), Words{});
  EXPECT_EQ(trainer.done(1s), Words{"lease 1: 0 to 10, 1 steps"});  // which is counted as wasted
  trainer.grant(3, 0, 10, 3s);
  EXPECT_EQ(trainer.take(3s), Words{"request"});
  EXPECT_EQ(std::get<Report>(trainer.outbox().at(0)).lead, Duration(2500ms));
}

}  // namespace
}  // namespace evenkeel
