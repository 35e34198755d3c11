#include <gtest/gtest.h>

#include <chrono>
#include <optional>

#include "coordinator/conversation.h"

namespace evenkeel {
namespace {

using namespace std::chrono_literals;

// Rank 1, not measured yet, has asked until it holds all but the last step, in ten leases of a
// step; rank 2 has done that one. Half of what is behind rank 1's first step is asked for when rank
// 2 wants more.
class TrimTalk : public testing::Test {
 protected:
  TrimTalk() {
    for (int i = 0; i < 10; ++i) talk.say(1, request(), 0s);
    talk.say(2, request(), 0s);
    talk.say(2, progress(11, 100, 110, 0s, 0s), 0s);
  }

  const Dataset dataset = dataset_of(110);
  Conversation talk{dataset, options_of(PolicyKind::adaptive, 2)};
};

TEST_F(TrimTalk, BeginsWhenNothingIsLeftForAnAsker) {
  EXPECT_EQ(talk.say(2, request(), 0s), Words{"rank 1: trim 1, 40 samples"});
  EXPECT_EQ(talk.worker(1).trims, 1);
  EXPECT_EQ(talk.coordinator().job().trims, 1);
}

TEST_F(TrimTalk, HasOneTrimOutstanding) {
  talk.say(2, request(), 0s);
  EXPECT_EQ(talk.wake(1s), Words{});
}

TEST_F(TrimTalk, HandsOutWhatComesBack) {
  talk.say(2, request(), 0s);
  EXPECT_EQ(talk.say(1, answer(1, 6, 60, 10), 1s), Words{"rank 2: lease 12 of epoch 0, 60 to 70"});
  EXPECT_EQ(talk.say(2, request(), 1s), Words{"rank 2: lease 13 of epoch 0, 70 to 80"});
}

TEST_F(TrimTalk, IsAnsweredOnce) {
  talk.say(2, request(), 0s);
  talk.say(1, answer(1, 6, 60, 10), 1s);
  EXPECT_EQ(talk.say(1, answer(1, 0, 0, 10), 1s), Words{});
  EXPECT_EQ(talk.say(2, request(), 1s), Words{"rank 2: lease 13 of epoch 0, 70 to 80"});
}

TEST_F(TrimTalk, DoesNotMindAnAnswerToAnotherTrim) {
  talk.say(2, request(), 0s);
  EXPECT_EQ(talk.say(1, answer(2, 0, 0, 10), 1s), Words{});
  EXPECT_EQ(talk.say(1, answer(1, 6, 60, 10), 1s), Words{"rank 2: lease 12 of epoch 0, 60 to 70"});
}

TEST_F(TrimTalk, ChangesNothingByAnEmptyAnswerAndWaitsForTheNextReport) {
  talk.say(2, request(), 0s);
  EXPECT_EQ(talk.say(1, answer(1, 0, 0, 0), 1s), Words{});
  EXPECT_EQ(talk.wake(2s), Words{});
  EXPECT_EQ(talk.say(1, progress(1, 0, 10, 0s, 3s), 3s),
            (Words{"span of rank 1: lease 1 of epoch 0, 0 to 10, 0 s to 3 s",
                   "rank 1: trim 2, 40 samples"}));
}

TEST_F(TrimTalk, LeavesLeasesThatTheWorkerHasNotSeen) {
  talk.say(2, request(), 0s);
  EXPECT_EQ(talk.say(1, answer(1, 2, 20, 3), 1s), Words{"rank 2: lease 12 of epoch 0, 20 to 30"});
  EXPECT_EQ(talk.say(2, progress_and_request(12, 20, 30, 1s, 2s), 2s).back(),
            "rank 1: trim 2, 40 samples");
}

TEST_F(TrimTalk, TakesAllBackFromAWorkerThatKeepsNothing) {
  talk.say(2, request(), 0s);
  EXPECT_EQ(talk.say(1, answer(1, 0, 0, 10), 1s), Words{"rank 2: lease 12 of epoch 0, 0 to 10"});
}

TEST_F(TrimTalk, IsOverWhenTheHolderIsLost) {
  talk.say(2, request(), 0s);
  EXPECT_EQ(talk.wake(600s),
            (Words{"event: rank 1 lost, 100 samples", "rank 2: lease 12 of epoch 0, 0 to 20"}));
  EXPECT_EQ(talk.say(1, answer(1, 6, 60, 10), 601s),
            (Words{"rank 1: fence up to 10", "event: rank 1 fenced, 0 samples",
                   "rank 1: lease 13 of epoch 0, 20 to 30"}));
}

TEST_F(TrimTalk, BeginsAnewWithAHolderThatComesBack) {
  talk.say(2, request(), 0s);
  talk.say(1, answer(1, 0, 0, 0), 1s);  // gives nothing
  talk.wake(601s);
  for (int i = 0; i < 8; ++i) talk.say(1, request(), 602s);
  EXPECT_EQ(talk.worker(1).leases, 17);  // all but the first two steps and the last
  EXPECT_EQ(talk.say(2, progress_and_request(12, 0, 20, 601s, 602s), 602s).back(),
            "rank 2: lease 20 of epoch 0, 90 to 100");
  EXPECT_EQ(talk.say(2, progress_and_request(20, 90, 100, 602s, 603s), 603s).back(),
            "rank 1: trim 2, 30 samples");
}

TEST_F(TrimTalk, ProtestsAgainstGivingBackWhatCannotBe) {
  talk.say(2, request(), 0s);
  talk.say(1, progress(1, 0, 10, 0s, 1s), 1s);
  EXPECT_EQ(talk.protest(1, answer(1, 2, 5, 10)),
            "rank 1 gives back lease 2 from 5 on, but it is done to 10");
}

TEST_F(TrimTalk, ProtestsAgainstKeepingMoreThanWasGranted) {
  talk.say(2, request(), 0s);
  EXPECT_NE(talk.protest(1, answer(1, 6, 70, 10)), "");
}

// Rank 1's first three leases have two steps each; rank 2 has done the last step.
class LongLeaseTalk : public testing::Test {
 protected:
  LongLeaseTalk() {
    for (int i = 0; i < 17; ++i) talk.say(1, request(), 0s);
    talk.say(2, request(), 0s);
    talk.say(2, progress_and_request(18, 200, 210, 0s, 0s), 0s);
  }

  const Dataset dataset = dataset_of(210);
  Conversation talk{dataset, options_of(PolicyKind::adaptive, 2)};
};

TEST_F(LongLeaseTalk, ShortensTheLeaseThatIsKept) {
  EXPECT_EQ(talk.say(1, answer(1, 2, 30, 2), 1s), Words{"rank 2: lease 19 of epoch 0, 30 to 40"});
  EXPECT_EQ(talk.say(1, progress(1, 0, 20, 0s, 2s), 2s),
            Words{"span of rank 1: lease 1 of epoch 0, 0 to 20, 0 s to 2 s"});
  EXPECT_EQ(talk.say(1, progress(2, 20, 30, 2s, 3s), 3s),
            Words{"span of rank 1: lease 2 of epoch 0, 20 to 30, 2 s to 3 s"});
}

TEST_F(LongLeaseTalk, RecordsALeaseWhoseRestIsGivenBack) {
  EXPECT_EQ(talk.say(1, progress(1, 0, 10, 0s, 1s), 1s), Words{});
  EXPECT_EQ(talk.say(1, answer(1, 1, 10, 1), 1s),
            (Words{"span of rank 1: lease 1 of epoch 0, 0 to 10, 0 s to 1 s",
                   "rank 2: lease 19 of epoch 0, 10 to 20"}));
}

TEST_F(LongLeaseTalk, LeavesTheCostOfWhatIsKept) {
  EXPECT_EQ(talk.say(1, answer(1, 2, 40, 17), 1s), Words{"rank 2: lease 19 of epoch 0, 40 to 60"});
  talk.say(2, progress(19, 40, 50, 1s, 2s), 2s);  // the warm-up
  // 180 samples are left for two workers at ten a second: half of that time is 4.5 s.
  EXPECT_EQ(talk.say(2, progress_and_request(19, 50, 60, 2s, 3s), 3s).back(),
            "rank 2: lease 20 of epoch 0, 60 to 100");
}

TEST(Coordinator, TrimsOthersWhileAHolderIsLost) {
  const Dataset dataset = dataset_of(100);
  Conversation talk(dataset, options_of(PolicyKind::adaptive, 3));
  for (int i = 0; i < 8; ++i) talk.say(1, request(), 0s);
  talk.say(2, request(), 0s);
  talk.say(3, request(), 0s);
  EXPECT_EQ(talk.say(2, progress_and_request(9, 80, 90, 0s, 0s), 0s).back(),
            "rank 1: trim 1, 30 samples");
  talk.say(3, progress_and_request(10, 90, 100, 0s, 0s), 0s);
  EXPECT_EQ(talk.wake(600s),
            (Words{"event: rank 1 lost, 80 samples", "rank 2: lease 11 of epoch 0, 0 to 10",
                   "rank 3: lease 12 of epoch 0, 10 to 20"}));
  for (int i = 0; i < 5; ++i) talk.say(2, request(), 600s);
  talk.say(3, progress_and_request(12, 10, 20, 600s, 601s), 601s);
  EXPECT_EQ(talk.say(3, progress_and_request(18, 70, 80, 601s, 602s), 602s).back(),
            "rank 2: trim 2, 20 samples");
}

// What a coordinator with the default policy grants shows what it knows of a worker: it gives half
// of the time left to a worker that does ten samples a second, beside one not measured yet.
class Halves : public testing::Test {
 protected:
  Halves() {
    CoordinatorOptions options = options_of(PolicyKind::adaptive, 2);
    options.warmup_steps = 0;
    talk.emplace(dataset, options);
    EXPECT_EQ(talk->say(1, request(), 0s), Words{"rank 1: lease 1 of epoch 0, 0 to 40"});
  }

  const Dataset dataset = dataset_of(400);
  std::optional<Conversation> talk;
};

TEST_F(Halves, CountWhatIsHeldFromTheLastReport) {
  EXPECT_EQ(talk->say(1, request(), 0s), Words{"rank 1: lease 2 of epoch 0, 40 to 80"});
  // 18 s are left for both, and four until rank 1 is done.
  EXPECT_EQ(talk->say(1, progress_and_request(1, 0, 40, 0s, 4s), 4s).back(),
            "rank 1: lease 3 of epoch 0, 80 to 150");
}

TEST_F(Halves, CountWhatIsHeldFromTheFirstGrant) {
  talk->say(1, progress(1, 0, 40, 0s, 4s), 4s);
  EXPECT_EQ(talk->say(1, request(), 10s), Words{"rank 1: lease 2 of epoch 0, 40 to 130"});
  EXPECT_EQ(talk->say(1, request(), 12s), Words{"rank 1: lease 3 of epoch 0, 130 to 180"});
  EXPECT_EQ(talk->say(1, request(), 12s), Words{"rank 1: lease 4 of epoch 0, 180 to 210"});
}

TEST_F(Halves, AreNoShorterThanTwoRoundTrips) {
  Report report = progress_and_request(1, 0, 40, 0s, 4s);
  report.lead = 6s;
  EXPECT_EQ(talk->say(1, report, 4s).back(), "rank 1: lease 2 of epoch 0, 40 to 140");
}

TEST(Coordinator, WakesWhenItsPolicyWantsToLookAgain) {
  const Dataset dataset = dataset_of(30);
  CoordinatorOptions options = options_of(PolicyKind::adaptive, 2);
  options.warmup_steps = 0;
  Conversation talk(dataset, options);
  talk.say(1, request(), 0s);
  talk.say(1, progress_and_request(1, 0, 10, 0s, 1s), 1s);
  EXPECT_EQ(talk.say(1, request(), 1s), Words{"rank 1: lease 3 of epoch 0, 20 to 30"});
  // It will be done at 3 s; a step of rank 2 would take until 3.5 s.
  EXPECT_EQ(talk.say(2, request(), 2500ms), Words{});
  EXPECT_EQ(talk.next_wake(), 2600ms);
  EXPECT_EQ(talk.wake(2600ms), Words{});
  EXPECT_EQ(talk.next_wake(), 2700ms);
}

}  // namespace
}  // namespace evenkeel
