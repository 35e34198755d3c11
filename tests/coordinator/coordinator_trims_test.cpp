#include <gtest/gtest.h>

#include <chrono>
#include <optional>

#include "coordinator/conversation.h"

namespace evenkeel {
namespace {

using namespace std::chrono_literals;

// Both have done a first step, which is not believed: in one second, and in 1.4. Then rank 1 has
// asked until it holds everything, in ten leases of a step. So that both end together, four are
// asked for when rank 2 wants more.
class TrimTalk : public testing::Test {
 protected:
  TrimTalk() {
    talk.say(1, request(), 0s);
    talk.say(2, request(), 0s);
    talk.say(1, progress(1, 0, 10, 0s, 1s), 1s);
    talk.say(2, progress(2, 10, 20, 0s, 1400ms), 1400ms);
    for (int i = 0; i < 10; ++i) talk.say(1, request(), 2s);
  }

  const Dataset dataset = dataset_of(120);
  Conversation talk{dataset, options_of(PolicyKind::adaptive, 2)};
};

TEST_F(TrimTalk, BeginsWhenNothingIsLeftForAnAsker) {
  EXPECT_EQ(talk.say(2, request(), 2s), Words{"rank 1: trim 1, 40 samples"});
  EXPECT_EQ(talk.worker(1).trims, 1);
  EXPECT_EQ(talk.coordinator().job().trims, 1);
}

TEST_F(TrimTalk, HasOneTrimOutstanding) {
  talk.say(2, request(), 2s);
  EXPECT_EQ(talk.wake(3s), Words{});
}

TEST_F(TrimTalk, HandsOutWhatComesBack) {
  talk.say(2, request(), 2s);
  EXPECT_EQ(talk.say(1, answer(1, 8, 80, 12), 3s), Words{"rank 2: lease 13 of epoch 0, 80 to 90"});
  EXPECT_EQ(talk.say(2, request(), 3s), Words{"rank 2: lease 14 of epoch 0, 90 to 100"});
}

TEST_F(TrimTalk, IsAnsweredOnce) {
  talk.say(2, request(), 2s);
  talk.say(1, answer(1, 8, 80, 12), 3s);
  EXPECT_EQ(talk.say(1, answer(1, 0, 0, 12), 3s), Words{});
  EXPECT_EQ(talk.say(2, request(), 3s), Words{"rank 2: lease 14 of epoch 0, 90 to 100"});
}

TEST_F(TrimTalk, DoesNotMindAnAnswerToAnotherTrim) {
  talk.say(2, request(), 2s);
  EXPECT_EQ(talk.say(1, answer(2, 0, 0, 12), 3s), Words{});
  EXPECT_EQ(talk.say(1, answer(1, 8, 80, 12), 3s), Words{"rank 2: lease 13 of epoch 0, 80 to 90"});
}

TEST_F(TrimTalk, ChangesNothingByAnEmptyAnswerAndWaitsForTheNextReport) {
  talk.say(2, request(), 2s);
  EXPECT_EQ(talk.say(1, answer(1, 0, 0, 0), 3s), Words{});
  EXPECT_EQ(talk.wake(3s), Words{});
  EXPECT_EQ(talk.say(1, progress(3, 20, 30, 2s, 3s), 3s),
            (Words{"span of rank 1: lease 3 of epoch 0, 20 to 30, 2 s to 3 s",
                   "rank 1: trim 2, 30 samples"}));
}

TEST_F(TrimTalk, LeavesLeasesThatTheWorkerHasNotSeen) {
  talk.say(2, request(), 2s);
  EXPECT_EQ(talk.say(1, answer(1, 4, 40, 5), 3s), Words{"rank 2: lease 13 of epoch 0, 40 to 50"});
  EXPECT_EQ(talk.say(2, progress_and_request(13, 40, 50, 3s, 4s), 4s).back(),
            "rank 1: trim 2, 10 samples");
}

TEST_F(TrimTalk, TakesAllBackFromAWorkerThatKeepsNothing) {
  talk.say(2, request(), 2s);
  EXPECT_EQ(talk.say(1, answer(1, 0, 0, 12), 3s), Words{"rank 2: lease 13 of epoch 0, 20 to 30"});
}

TEST_F(TrimTalk, IsOverWhenTheHolderIsLost) {
  talk.say(2, request(), 2s);
  EXPECT_EQ(talk.wake(10s),
            (Words{"event: rank 1 lost, 100 samples", "rank 2: lease 13 of epoch 0, 20 to 40"}));
  EXPECT_EQ(talk.say(1, answer(1, 8, 80, 12), 11s),
            (Words{"rank 1: fence up to 12", "event: rank 1 fenced, 0 samples",
                   "rank 1: lease 14 of epoch 0, 40 to 50"}));
}

TEST_F(TrimTalk, BeginsAnewWithAHolderThatComesBack) {
  talk.say(2, request(), 2s);
  talk.say(1, answer(1, 0, 0, 0), 3s);  // gives nothing
  talk.wake(10s);
  talk.wake(11s);
  for (int i = 0; i < 8; ++i) talk.say(1, request(), 12s);
  EXPECT_EQ(talk.worker(1).leases, 16);
  EXPECT_EQ(talk.say(2, progress_and_request(13, 20, 40, 11s, 13s), 13s).back(),
            "rank 2: lease 19 of epoch 0, 90 to 110");
  talk.say(2, progress_and_request(19, 90, 110, 13s, 13100ms), 13100ms);
  EXPECT_EQ(talk.say(2, progress_and_request(20, 110, 120, 13100ms, 13200ms), 13200ms).back(),
            "rank 1: trim 2, 10 samples");
}

TEST_F(TrimTalk, ProtestsAgainstGivingBackWhatCannotBe) {
  talk.say(2, request(), 2s);
  talk.say(1, progress(3, 20, 30, 2s, 3s), 3s);
  EXPECT_EQ(talk.protest(1, answer(1, 4, 25, 12)),
            "rank 1 gives back lease 4 from 25 on, but it is done to 30");
}

TEST_F(TrimTalk, ProtestsAgainstKeepingMoreThanWasGranted) {
  talk.say(2, request(), 2s);
  EXPECT_NE(talk.protest(1, answer(1, 8, 90, 12)), "");
}

// Both have done a first step in a second. Rank 1's next three leases have two steps each; it holds
// everything, and rank 2 asks.
class LongLeaseTalk : public testing::Test {
 protected:
  LongLeaseTalk() {
    for (const int rank : {1, 2}) talk.say(rank, request(), 0s);
    talk.say(1, progress(1, 0, 10, 0s, 1s), 1s);
    talk.say(2, progress(2, 10, 20, 0s, 1s), 1s);
    for (int i = 0; i < 17; ++i) talk.say(1, request(), 1s);
    talk.say(2, request(), 1s);
  }

  const Dataset dataset = dataset_of(220);
  Conversation talk{dataset, options_of(PolicyKind::adaptive, 2)};
};

TEST_F(LongLeaseTalk, ShortensTheLeaseThatIsKept) {
  EXPECT_EQ(talk.say(1, answer(1, 4, 50, 4), 1s), Words{"rank 2: lease 20 of epoch 0, 50 to 60"});
  EXPECT_EQ(talk.say(1, progress(3, 20, 40, 1s, 3s), 3s),
            Words{"span of rank 1: lease 3 of epoch 0, 20 to 40, 1 s to 3 s"});
  EXPECT_EQ(talk.say(1, progress(4, 40, 50, 3s, 4s), 4s),
            Words{"span of rank 1: lease 4 of epoch 0, 40 to 50, 3 s to 4 s"});
}

TEST_F(LongLeaseTalk, RecordsALeaseWhoseRestIsGivenBack) {
  EXPECT_EQ(talk.say(1, progress(3, 20, 30, 1s, 2s), 2s), Words{});
  EXPECT_EQ(talk.say(1, answer(1, 3, 30, 3), 2s),
            (Words{"span of rank 1: lease 3 of epoch 0, 20 to 30, 1 s to 2 s",
                   "rank 2: lease 20 of epoch 0, 30 to 40"}));
}

TEST_F(LongLeaseTalk, LeavesTheCostOfWhatIsKept) {
  EXPECT_EQ(talk.say(1, answer(1, 4, 60, 19), 1s), Words{"rank 2: lease 20 of epoch 0, 60 to 80"});
  // 180 samples are left for two workers at ten a second: half of that time is 4.5 s.
  EXPECT_EQ(talk.say(2, progress_and_request(20, 60, 80, 1s, 3s), 3s).back(),
            "rank 2: lease 21 of epoch 0, 80 to 120");
}

TEST(Coordinator, TrimsOthersWhileAHolderIsLost) {
  const Dataset dataset = dataset_of(100);
  Conversation talk(dataset, options_of(PolicyKind::adaptive, 3));
  for (const int rank : {1, 2, 3}) talk.say(rank, request(), 0s);
  talk.say(1, progress(1, 0, 10, 0s, 1s), 1s);
  talk.say(2, progress(2, 10, 20, 0s, 1s), 1s);
  talk.say(3, progress(3, 20, 30, 0s, 1s), 1s);
  for (int i = 0; i < 7; ++i) talk.say(1, request(), 1s);
  EXPECT_EQ(talk.say(2, request(), 1s), Words{"rank 1: trim 1, 40 samples"});
  talk.say(3, request(), 1s);
  EXPECT_EQ(talk.wake(9s),
            (Words{"event: rank 1 lost, 70 samples", "rank 2: lease 11 of epoch 0, 30 to 40",
                   "rank 3: lease 12 of epoch 0, 40 to 50"}));
  for (int i = 0; i < 5; ++i) talk.say(2, request(), 9s);
  EXPECT_EQ(talk.say(3, progress_and_request(12, 40, 50, 9s, 9200ms), 9200ms).back(),
            "rank 3: lease 16 of epoch 0, 80 to 100");
  EXPECT_EQ(talk.say(3, progress_and_request(16, 80, 100, 9200ms, 9600ms), 9600ms).back(),
            "rank 2: trim 2, 10 samples");
}

// What a coordinator with the default policy grants shows what it knows of a worker: it gives half
// of the time left to a worker that does ten samples a second, beside one not measured yet.
class Halves : public testing::Test {
 protected:
  Halves() {
    CoordinatorOptions options = options_of(PolicyKind::adaptive, 2);
    options.warmup_steps = 0;
    talk.emplace(dataset, options);
    EXPECT_EQ(talk->say(1, request(), 0s), Words{"rank 1: lease 1 of epoch 0, 0 to 10"});
  }

  const Dataset dataset = dataset_of(400);
  std::optional<Conversation> talk;
};

TEST_F(Halves, CountWhatIsHeldFromTheLastReport) {
  EXPECT_EQ(talk->say(1, progress_and_request(1, 0, 10, 0s, 1s), 1s).back(),
            "rank 1: lease 2 of epoch 0, 10 to 100");
  // 19 s are left for both, and eight until rank 1 is done.
  EXPECT_EQ(talk->say(1, progress_and_request(2, 10, 20, 1s, 2s), 2s).back(),
            "rank 1: lease 3 of epoch 0, 100 to 150");
}

TEST_F(Halves, CountWhatIsHeldFromTheFirstGrant) {
  talk->say(1, progress(1, 0, 10, 0s, 1s), 1s);
  EXPECT_EQ(talk->say(1, request(), 10s), Words{"rank 1: lease 2 of epoch 0, 10 to 100"});
  EXPECT_EQ(talk->say(1, request(), 12s), Words{"rank 1: lease 3 of epoch 0, 100 to 160"});
  EXPECT_EQ(talk->say(1, request(), 12s), Words{"rank 1: lease 4 of epoch 0, 160 to 190"});
}

TEST_F(Halves, AreNoShorterThanTwoRoundTrips) {
  Report report = progress_and_request(1, 0, 10, 0s, 1s);
  report.lead = 6s;
  EXPECT_EQ(talk->say(1, report, 1s).back(), "rank 1: lease 2 of epoch 0, 10 to 110");
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
