#include <gtest/gtest.h>

#include <chrono>

#include "coordinator/conversation.h"

namespace evenkeel {
namespace {

using namespace std::chrono_literals;

Farewell farewell() { return {1s, 2s}; }

// Rank 1 holds the only lease, rank 2 waits for work.
class LastLease : public testing::Test {
 protected:
  LastLease() {
    talk.say(1, request(), 0s);
    talk.say(2, request(), 0s);
  }

  const LeaseCoordinator& coordinator() const { return talk.coordinator(); }

  const Dataset dataset = dataset_of(10);
  Conversation talk{dataset, options_of(PolicyKind::self, 2)};
};

TEST_F(LastLease, EndsTheJobForEveryoneWhenItIsDone) {
  EXPECT_FALSE(coordinator().finished());
  EXPECT_EQ(talk.say(1, progress(1, 0, 10, 0s, 1s), 1s),
            (Words{"span of rank 1: lease 1 of epoch 0, 0 to 10, 0 s to 1 s", "rank 1: finish",
                   "rank 2: finish"}));
  EXPECT_TRUE(coordinator().finished());
}

TEST_F(LastLease, KeepsOthersWaitingThoughItsHolderIsLost) {
  EXPECT_EQ(talk.wake(600s),
            (Words{"event: rank 1 lost, 10 samples", "rank 2: lease 2 of epoch 0, 0 to 10"}));
  EXPECT_FALSE(coordinator().finished());
  EXPECT_EQ(talk.say(2, progress(2, 0, 10, 600s, 601s), 601s),
            (Words{"span of rank 2: lease 2 of epoch 0, 0 to 10, 600 s to 601 s",
                   "rank 2: finish"}));  // and nothing to the lost
}

TEST_F(LastLease, ReleasesTheHostAfterTheFarewells) {
  talk.say(1, progress(1, 0, 10, 0s, 1s), 1s);
  EXPECT_EQ(talk.say(2, farewell(), 1s), Words{});
  EXPECT_EQ(talk.say(2, Close{}, 1s), Words{});
  EXPECT_FALSE(coordinator().released());
  talk.say(1, farewell(), 1s);
  talk.say(1, Close{}, 1s);
  EXPECT_TRUE(coordinator().released());
  EXPECT_EQ(talk.worker(1).state, WorkerState::finished);
  EXPECT_EQ(talk.worker(1).waited_for_coordinator, Duration(1s));
  EXPECT_EQ(talk.worker(1).waited_for_others, Duration(2s));
}

TEST_F(LastLease, GoesOnWithAWorkerThatLeavesAndComesBack) {
  talk.say(1, Leave{}, 1s);
  talk.say(2, Leave{}, 1s);
  EXPECT_TRUE(coordinator().given_up());
  EXPECT_EQ(talk.say(1, request(), 2s),
            (Words{"rank 1: fence up to 1", "event: rank 1 fenced, 0 samples",
                   "rank 1: lease 3 of epoch 0, 0 to 10"}));
  EXPECT_FALSE(coordinator().given_up());
  EXPECT_EQ(talk.worker(1).state, WorkerState::working);
  EXPECT_EQ(talk.say(1, Leave{}, 3s), Words{"event: rank 1 lost, 10 samples"});
  EXPECT_EQ(talk.worker(1).state, WorkerState::left);
  EXPECT_TRUE(coordinator().given_up());
}

TEST(Coordinator, IgnoresATrimsAnswerAfterTheFarewell) {
  const Dataset dataset = dataset_of(40);
  Conversation talk(dataset, options_of(PolicyKind::adaptive, 2));
  talk.say(1, request(), 0s);
  talk.say(1, progress_and_request(1, 0, 10, 0s, 1s), 1s);
  talk.say(1, request(), 1s);
  talk.say(2, request(), 1s);
  Failed failed = failure(4, 30, 40, 1s);
  failed.wants_lease = true;
  ASSERT_EQ(talk.say(2, failed, 1s), Words{"rank 1: trim 1, 10 samples"});
  talk.say(1, progress(2, 10, 20, 1s, 2s), 2s);
  talk.say(1, progress_and_request(3, 20, 30, 2s, 3s), 3s);
  talk.say(1, progress(5, 30, 40, 3s, 4s), 4s);
  talk.say(1, farewell(), 4s);
  talk.say(1, Close{}, 4s);
  talk.say(2, farewell(), 4s);
  talk.say(2, Close{}, 4s);
  ASSERT_TRUE(talk.coordinator().released());
  EXPECT_EQ(talk.say(1, answer(1, 3, 30, 3), 4s), Words{});
  EXPECT_EQ(talk.worker(1).state, WorkerState::finished);
  EXPECT_TRUE(talk.coordinator().released());
}

TEST_F(LastLease, WaitsFiveSecondsForAFarewell) {
  talk.say(1, progress(1, 0, 10, 0s, 1s), 1s);
  talk.say(2, farewell(), 1s);
  talk.say(2, Close{}, 1s);
  EXPECT_EQ(talk.next_wake(), 6s);
  EXPECT_EQ(talk.wake(6s - 1ns), Words{});
  EXPECT_EQ(talk.wake(6s), Words{"event: rank 1 lost, 0 samples"});
  EXPECT_TRUE(coordinator().released());
  EXPECT_EQ(talk.next_wake(), std::nullopt);
}

TEST_F(LastLease, TellsALostWorkerOfTheEndWhenItSpeaks) {
  talk.wake(600s);
  talk.say(2, progress(2, 0, 10, 600s, 601s), 601s);
  talk.say(2, farewell(), 601s);
  talk.say(2, Close{}, 601s);
  EXPECT_TRUE(coordinator().released());
  EXPECT_EQ(talk.say(1, progress(1, 0, 10, 0s, 602s), 602s),
            (Words{"rank 1: fence up to 1", "rank 1: finish", "event: rank 1 fenced, 10 samples"}));
  EXPECT_FALSE(coordinator().released());
  talk.say(1, farewell(), 602s);
  talk.say(1, Close{}, 602s);
  EXPECT_TRUE(coordinator().released());
}

TEST_F(LastLease, WaitsNoLongerForAWorkerThatComesBackAfterTheEndAndDies) {
  talk.wake(600s);
  talk.say(2, progress(2, 0, 10, 600s, 601s), 601s);
  talk.say(2, farewell(), 601s);
  talk.say(2, Close{}, 601s);
  talk.say(1, progress(1, 0, 10, 0s, 602s), 602s);
  EXPECT_EQ(talk.wake(607s - 1ns), Words{});
  EXPECT_EQ(talk.wake(607s), Words{"event: rank 1 lost, 0 samples"});
  EXPECT_TRUE(coordinator().released());
}

TEST_F(LastLease, AcceptsALateFarewellWithoutAWord) {
  talk.say(1, progress(1, 0, 10, 0s, 1s), 1s);
  talk.say(2, farewell(), 1s);
  talk.say(2, Close{}, 1s);
  talk.wake(6s);
  ASSERT_EQ(talk.worker(1).state, WorkerState::lost);
  EXPECT_EQ(talk.say(1, farewell(), 7s), Words{});
  EXPECT_EQ(talk.say(1, Close{}, 7s), Words{});
  EXPECT_EQ(talk.worker(1).state, WorkerState::finished);
  EXPECT_TRUE(coordinator().released());
}

TEST_F(LastLease, EndsTheJobOnce) {
  talk.say(1, progress(1, 0, 10, 0s, 1s), 1s);
  EXPECT_EQ(talk.wake(2s), Words{});
  EXPECT_EQ(talk.say(2, request(), 2s), Words{});  // it crossed the finish
}

TEST_F(LastLease, ProtestsAgainstAnUnbiddenFarewell) {
  EXPECT_EQ(talk.protest(2, farewell()), "rank 2 leaves unbidden");
  talk.say(1, progress(1, 0, 10, 0s, 1s), 1s);
  EXPECT_EQ(talk.protest(2, farewell()), "");
  EXPECT_EQ(talk.protest(2, farewell()), "rank 2 leaves unbidden");
}

TEST(Coordinator, CountsTheSilenceAfterTheEndFromTheEnd) {
  const Dataset dataset = dataset_of(20);
  CoordinatorOptions options = options_of(PolicyKind::self, 2);
  options.lease_deadline = 2s;
  Conversation talk(dataset, options);
  talk.say(2, request(), 0s);
  talk.say(2, request(), 1s);
  EXPECT_EQ(talk.wake(2s), Words{"event: rank 1 lost, 0 samples"});
  talk.say(1, request(), 2s);  // waits
  talk.say(2, progress(1, 0, 10, 1s, 2s), 2500ms);
  talk.say(2, progress(2, 10, 20, 2s, 3s), 4s);
  ASSERT_TRUE(talk.coordinator().finished());
  EXPECT_EQ(talk.wake(6s - 1ns), Words{});
  EXPECT_EQ(talk.wake(6s),
            (Words{"event: rank 1 lost, 0 samples", "event: rank 2 lost, 0 samples"}));
}

TEST(Coordinator, DoesNotWaitLongerForAFarewellThoughLeasesMayTakeLong) {
  const Dataset dataset = dataset_of(10);
  CoordinatorOptions options = options_of(PolicyKind::self, 1);
  options.lease_deadline = 3600s;
  Conversation talk(dataset, options);
  talk.say(1, request(), 0s);
  talk.say(1, progress(1, 0, 10, 0s, 1s), 1s);
  EXPECT_EQ(talk.next_wake(), 6s);
}

TEST(Coordinator, IsReleasedWithoutThoseThatWereLostBefore) {
  const Dataset dataset = dataset_of(10);
  Conversation talk(dataset, options_of(PolicyKind::self, 3));
  talk.say(1, request(), 599s);
  talk.wake(600s);
  talk.say(1, progress(1, 0, 10, 599s, 601s), 601s);
  talk.say(1, farewell(), 601s);
  talk.say(1, Close{}, 601s);
  EXPECT_TRUE(talk.coordinator().released());
  EXPECT_EQ(talk.worker(3).state, WorkerState::lost);
}

TEST_F(LastLease, GoesToAnotherWhenItsHolderLeaves) {
  EXPECT_EQ(talk.say(1, Leave{}, 1s),
            (Words{"event: rank 1 lost, 10 samples", "rank 2: lease 2 of epoch 0, 0 to 10"}));
  EXPECT_EQ(talk.worker(1).state, WorkerState::left);
  EXPECT_FALSE(coordinator().given_up());
  talk.say(2, progress(2, 0, 10, 1s, 2s), 2s);
  talk.say(2, farewell(), 2s);
  talk.say(2, Close{}, 2s);
  EXPECT_TRUE(coordinator().released());
}

TEST_F(LastLease, IsGivenUpWhenAllHaveLeft) {
  talk.say(1, Leave{}, 1s);
  EXPECT_EQ(talk.say(2, Leave{}, 1s), Words{"event: rank 2 lost, 10 samples"});
  EXPECT_TRUE(coordinator().given_up());
  EXPECT_FALSE(coordinator().finished());
}

TEST_F(LastLease, IsNotGivenUpIfOneHasLeftTwice) {
  talk.say(1, Leave{}, 1s);
  EXPECT_EQ(talk.say(1, Leave{}, 2s), Words{});  // MPI says that its process has ended, too
  EXPECT_FALSE(coordinator().given_up());
}

TEST_F(LastLease, CanStillBeDoneByALostWorkerThatComesBack) {
  talk.wake(600s);  // rank 1 is lost, and rank 2 has its lease
  EXPECT_EQ(talk.say(2, Leave{}, 601s), Words{"event: rank 2 lost, 10 samples"});
  EXPECT_TRUE(coordinator().deserted());
  EXPECT_FALSE(coordinator().given_up());
}

TEST_F(LastLease, IsNotGivenToALostWorkerThatLeaves) {
  talk.wake(600s);
  EXPECT_EQ(talk.say(1, Leave{}, 601s), Words{});
  EXPECT_EQ(talk.say(2, Leave{}, 602s), Words{"event: rank 2 lost, 10 samples"});
  EXPECT_TRUE(coordinator().given_up());
}

TEST_F(LastLease, IsDoneThoughAWorkerLeavesAfterTheEnd) {
  talk.say(1, progress(1, 0, 10, 0s, 1s), 1s);
  EXPECT_EQ(talk.say(2, Leave{}, 1s), Words{"event: rank 2 lost, 0 samples"});
  talk.say(1, farewell(), 1s);
  talk.say(1, Close{}, 1s);
  EXPECT_TRUE(coordinator().released());
  EXPECT_FALSE(coordinator().given_up());
}

// ---- after the farewell

class LastWords : public LastLease {
 protected:
  LastWords() {
    talk.say(1, progress(1, 0, 10, 0s, 1s), 1s);
    talk.say(1, farewell(), 1s);
    talk.say(2, farewell(), 1s);
  }
};

TEST_F(LastWords, AreWaitedForForFiveSeconds) {
  EXPECT_FALSE(coordinator().released());
  EXPECT_EQ(talk.say(1, Close{}, 2s), Words{});
  EXPECT_EQ(talk.wake(6s - 1ns), Words{});
  EXPECT_EQ(talk.wake(6s), Words{"rank 2: closed"});
  EXPECT_TRUE(coordinator().released());
  EXPECT_EQ(talk.worker(2).state, WorkerState::finished);
  EXPECT_EQ(talk.say(2, Close{}, 7s), Words{});  // it crossed the coordinator's
}

TEST_F(LastWords, AreWaitedForAsLongAsAPauseIsForeseen) {
  talk.say(1, Close{}, 1s);
  talk.say(2, Pause{20s}, 2s);
  EXPECT_EQ(talk.wake(6s), Words{});
  EXPECT_EQ(talk.wake(27s - 1ns), Words{});
  EXPECT_EQ(talk.wake(27s), Words{"rank 2: closed"});
}

TEST_F(LastWords, MayBeMissingFromWhoeverDies) {
  EXPECT_EQ(talk.say(1, Leave{}, 2s), Words{});
  EXPECT_EQ(talk.worker(1).state, WorkerState::finished);
  EXPECT_EQ(talk.protest(1, farewell()), "rank 1 leaves unbidden");
}

TEST_F(LastLease, IsNotClosedBeforeTheFarewell) {
  EXPECT_EQ(talk.protest(1, Close{}), "rank 1 closes without a farewell");
}

}  // namespace
}  // namespace evenkeel
