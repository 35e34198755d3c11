#include <gtest/gtest.h>

#include <array>
#include <chrono>

#include "coordinator/conversation.h"
#include "coordinator/homes.h"
#include "dataset/samples.h"

namespace evenkeel {
namespace {

using namespace std::chrono_literals;

constexpr auto adaptive = PolicyKind::adaptive;

CoordinatorOptions idempotent(std::int32_t workers) {
  CoordinatorOptions options = options_of(adaptive, workers);
  options.idempotent = true;
  options.keeps_checkpoints = true;
  return options;
}

// Ranks 1 and 2 have done their first step in a second, and rank 3 is still in its own. Rank 1 is
// in the last step, and nothing is left for rank 2.
class CopyTalk : public testing::Test {
 protected:
  explicit CopyTalk(const CoordinatorOptions& options = idempotent(3)) : talk(dataset, options) {
    for (const int rank : {1, 2, 3}) talk.say(rank, request(), 0s);
    talk.say(1, progress_and_request(1, 0, 10, 0s, 1s), 1s);
    talk.say(2, progress_and_request(2, 10, 20, 0s, 1s), 1s);
  }

  // Rank 2 copies the step of rank 3, as lease 5.
  void copy() { ASSERT_EQ(talk.wake(1500ms), copied); }

  // And rank 1 has done its own.
  void copy_the_last() {
    copy();
    talk.say(1, progress(4, 30, 40, 1s, 1600ms), 1600ms);
  }

  // At every time at which the coordinator wants to be woken, up to this one.
  Words wake_until(Duration end) {
    Words all;
    while (talk.next_wake() && *talk.next_wake() <= end) {
      for (const std::string& words : talk.wake(*talk.next_wake())) all.push_back(words);
    }
    return all;
  }

  static inline const Words copied{"event: rank 2 copies 10 samples of rank 3",
                                   "rank 2: lease 5 of epoch 0, 20 to 30"};

  const Dataset dataset = dataset_of(40);
  Conversation talk;
};

class NotIdempotentTalk : public CopyTalk {
 protected:
  NotIdempotentTalk() : CopyTalk(options_of(adaptive, 3)) {}
};

class TwoEpochTalk : public CopyTalk {
 protected:
  TwoEpochTalk() : CopyTalk(options()) {}

  static CoordinatorOptions options() {
    CoordinatorOptions options = idempotent(3);
    options.epochs = 2;
    options.overlap = EpochOverlap::forbidden;
    return options;
  }
};

TEST_F(CopyTalk, BeginsOnceTheCopyWouldEndClearlySooner) {
  EXPECT_EQ(talk.wake(1100ms), Words{});
  EXPECT_EQ(talk.next_wake(), 1500ms + 1ns);
  EXPECT_EQ(talk.wake(1490ms), Words{});
  EXPECT_EQ(talk.wake(1500ms), copied);
}

TEST_F(NotIdempotentTalk, CopiesNothing) { EXPECT_EQ(talk.wake(100s), Words{}); }

TEST_F(CopyTalk, CopiesAStepOnce) {
  copy();
  EXPECT_EQ(talk.say(1, progress_and_request(4, 30, 40, 1s, 2s), 2s),
            Words{"span of rank 1: lease 4 of epoch 0, 30 to 40, 1 s to 2 s"});
  EXPECT_EQ(talk.wake(4s), Words{});
}

TEST_F(CopyTalk, CopiesAStepThatTakesTwiceAsLongAsExpected) {
  talk.say(3, progress_and_request(3, 20, 30, 0s, 1s), 1s);
  EXPECT_EQ(talk.wake(2990ms), Words{});
  EXPECT_EQ(talk.wake(3s), (Words{"event: rank 2 copies 10 samples of rank 1",
                                  "rank 2: lease 5 of epoch 0, 30 to 40"}));
}

TEST_F(CopyTalk, IsWonByACopyThatIsDoneFirst) {
  copy_the_last();
  EXPECT_EQ(talk.say(2, progress(5, 20, 30, 1500ms, 2500ms), 2500ms),
            (Words{"span of rank 2: lease 5 of epoch 0, 20 to 30, 1.5 s to 2.5 s", "rank 1: finish",
                   "rank 2: finish", "rank 3: finish"}));
  EXPECT_EQ(talk.coordinator().job().wasted_samples, 10);  // whether or not it says so
  EXPECT_EQ(talk.say(3, progress(3, 20, 30, 0s, 3s), 3s),
            (Words{"rank 3: fence up to 3", "rank 3: finish"}));
  EXPECT_EQ(talk.coordinator().job().wasted_samples, 10);
  EXPECT_EQ(talk.coordinator().job().last_end, Instant(2500ms));
  EXPECT_EQ(talk.coordinator().job().samples_done, 40);
  EXPECT_EQ(talk.worker(3).samples, 0);
}

TEST_F(CopyTalk, IsLostByACopyThatIsDoneLater) {
  copy_the_last();
  EXPECT_EQ(talk.say(3, progress(3, 20, 30, 0s, 2500ms), 2500ms),
            (Words{"span of rank 3: lease 3 of epoch 0, 20 to 30, 0 s to 2.5 s", "rank 1: finish",
                   "rank 2: finish", "rank 3: finish"}));
  EXPECT_EQ(talk.say(2, progress(5, 20, 30, 1500ms, 2500ms), 2500ms),
            (Words{"rank 2: fence up to 5", "rank 2: finish"}));
  EXPECT_EQ(talk.coordinator().job().wasted_samples, 10);
  EXPECT_EQ(talk.worker(2).samples, 10);
}

TEST_F(CopyTalk, DoesNotWaitLongForTheLoser) {
  copy_the_last();
  talk.say(2, progress(5, 20, 30, 1500ms, 2500ms), 2500ms);
  for (const int rank : {1, 2}) {
    talk.say(rank, Farewell{}, 2500ms);
    talk.say(rank, Close{}, 2500ms);
  }
  EXPECT_FALSE(talk.coordinator().released());
  EXPECT_EQ(talk.wake(7500ms), Words{"event: rank 3 lost, 0 samples"});
  EXPECT_TRUE(talk.coordinator().released());
}

TEST_F(CopyTalk, TakesTheLosersFarewell) {
  copy_the_last();
  talk.say(2, progress(5, 20, 30, 1500ms, 2500ms), 2500ms);
  EXPECT_EQ(talk.say(3, Farewell{}, 2600ms), Words{});
  EXPECT_TRUE(talk.coordinator().is_closing(Rank(3)));
}

TEST_F(CopyTalk, TakesTheHoldersPlaceIfThatLeaves) {
  copy();
  EXPECT_EQ(talk.say(3, Leave{}, 2s), Words{"event: rank 3 lost, 10 samples"});
  EXPECT_EQ(talk.say(2, progress_and_request(5, 20, 30, 1500ms, 2500ms), 2500ms),
            Words{"span of rank 2: lease 5 of epoch 0, 20 to 30, 1.5 s to 2.5 s"});
  EXPECT_EQ(talk.coordinator().job().wasted_samples, 0);
}

TEST_F(CopyTalk, TakesTheHoldersPlaceIfThatFallsSilent) {
  copy_the_last();
  talk.say(2, Report{}, 599s);  // a sign of life
  EXPECT_EQ(wake_until(600s), Words{"event: rank 3 lost, 10 samples"});
  EXPECT_EQ(talk.say(2, progress(5, 20, 30, 1500ms, 601s), 601s).front(),
            "span of rank 2: lease 5 of epoch 0, 20 to 30, 1.5 s to 601 s");
}

TEST_F(CopyTalk, TakesTheHoldersPlaceIfThatFails) {
  copy_the_last();
  EXPECT_EQ(talk.say(3, failure(3, 20, 30, 2s), 2s), Words{});
  talk.say(1, request(), 2100ms);
  EXPECT_EQ(talk.say(2, failure(5, 20, 30, 2500ms), 2500ms),
            Words{"rank 1: lease 6 of epoch 0, 20 to 30"});  // who has not tried it
  EXPECT_EQ(talk.coordinator().job().failed_steps, 2);
}

TEST_F(CopyTalk, IsMadeByAnotherIfTheCopierLeaves) {
  copy();
  EXPECT_EQ(talk.say(2, Leave{}, 2s), Words{"event: rank 2 lost, 0 samples"});
  EXPECT_EQ(
      talk.say(1, progress_and_request(4, 30, 40, 1s, 2s), 2100ms),
      (Words{"span of rank 1: lease 4 of epoch 0, 30 to 40, 1 s to 2 s",
             "event: rank 1 copies 10 samples of rank 3", "rank 1: lease 6 of epoch 0, 20 to 30"}));
}

TEST_F(CopyTalk, IsNotMadeAgainIfTheCopierFails) {
  copy();
  EXPECT_EQ(talk.say(2, failure(5, 20, 30, 2s), 2s), Words{});
  EXPECT_EQ(talk.say(1, progress_and_request(4, 30, 40, 1s, 2s), 2s),
            Words{"span of rank 1: lease 4 of epoch 0, 30 to 40, 1 s to 2 s"});
  EXPECT_EQ(talk.wake(5s), Words{});
  EXPECT_EQ(talk.coordinator().job().wasted_samples, 0);
  EXPECT_EQ(talk.say(3, progress(3, 20, 30, 0s, 6s), 6s).front(),
            "span of rank 3: lease 3 of epoch 0, 20 to 30, 0 s to 6 s");
}

TEST_F(CopyTalk, IsNotMadeAgainIfTheCopiersTrainerDiesInIt) {
  copy();
  talk.say(2, Leave{1, true}, 2s);
  EXPECT_EQ(talk.say(1, progress_and_request(4, 30, 40, 1s, 2s), 2s),
            Words{"span of rank 1: lease 4 of epoch 0, 30 to 40, 1 s to 2 s"});
  EXPECT_EQ(talk.wake(5s), Words{});
}

TEST_F(CopyTalk, IsNotMadeOfAStepThatHasFailed) {
  EXPECT_EQ(talk.say(1, failure(4, 30, 40, 1400ms), 1400ms),
            Words{"rank 2: lease 5 of epoch 0, 30 to 40"});
  talk.say(3, progress_and_request(3, 20, 30, 0s, 1450ms), 1450ms);
  talk.say(1, request(), 1500ms);
  EXPECT_EQ(wake_until(9s), Words{});
}

TEST_F(TwoEpochTalk, LeavesTheLoserAloneUntilItsStepIsOver) {
  copy_the_last();
  EXPECT_EQ(talk.say(2, progress_and_request(5, 20, 30, 1500ms, 2500ms), 2500ms),
            (Words{"span of rank 2: lease 5 of epoch 0, 20 to 30, 1.5 s to 2.5 s",
                   "rank 2: lease 6 of epoch 1, 0 to 10"}));
  EXPECT_EQ(talk.say(3, Report{}, 2600ms), Words{});
  EXPECT_EQ(talk.say(3, Pause{1s}, 2600ms), Words{});
  EXPECT_EQ(talk.say(3, progress(1, 0, 10, 0s, 500ms), 2600ms), Words{}) << "what it did before";
  EXPECT_EQ(talk.say(3, progress(3, 20, 30, 0s, 2700ms), 2700ms),
            (Words{"rank 3: fence up to 3", "rank 3: lease 7 of epoch 1, 10 to 20"}));
}

TEST_F(TwoEpochTalk, LosesALoserThatStaysSilent) {
  copy_the_last();
  talk.say(2, progress(5, 20, 30, 1500ms, 2500ms), 2500ms);
  EXPECT_EQ(wake_until(600s).back(), "event: rank 3 lost, 0 samples");
}

TEST_F(TwoEpochTalk, WaitsForTheLosersCheckpoint) {
  const CheckpointTag tag = *CheckpointTag::from("a");
  copy_the_last();
  talk.say(1, Checkpoint{tag}, 1700ms);
  talk.say(2, progress_and_request(5, 20, 30, 1500ms, 2500ms), 2500ms);
  EXPECT_EQ(talk.say(2, Checkpoint{tag}, 2500ms), Words{"rank 2: checkpoint 'a' pending"});
  talk.say(3, progress(3, 20, 30, 0s, 2700ms), 2700ms);
  EXPECT_EQ(talk.say(3, Checkpoint{tag}, 2700ms),
            (Words{"event: rank 3 checkpoint 'a'", "record of 'a': 1 epochs, for rank 3"}));
}

TEST(StepCopy, IsMadeByAWorkerOfWhichNothingIsKnownIfThereIsNoOther) {
  const Dataset dataset = dataset_of(10);
  Conversation talk(dataset, idempotent(2));
  talk.say(1, request(), 0s);
  EXPECT_EQ(talk.say(2, request(), 0s), Words{});
  EXPECT_EQ(talk.wake(1400ms), Words{});
  EXPECT_EQ(talk.wake(1500ms), (Words{"event: rank 2 copies 10 samples of rank 1",
                                      "rank 2: lease 2 of epoch 0, 0 to 10"}));
}

// Of a step that should have taken a second, by a worker that needs a tenth of one.
TEST(StepCopy, IsMadeOfAStepThatIsOverdueForLongerThanItTakes) {
  const Dataset dataset = dataset_of(40);
  Conversation talk(dataset, idempotent(2));
  talk.say(1, request(), 0s);
  talk.say(2, request(), 900ms);
  talk.say(1, progress_and_request(1, 0, 10, 0s, 1s), 1s);
  talk.say(2, progress_and_request(2, 10, 20, 900ms, 1s), 1s);
  talk.say(2, progress(4, 30, 40, 1s, 1100ms), 1100ms);
  EXPECT_EQ(talk.say(2, request(), 1950ms), Words{});
  EXPECT_EQ(talk.next_wake(), 2150ms + 1ns);
  EXPECT_EQ(talk.wake(2100ms), Words{});
  EXPECT_EQ(talk.wake(2150ms + 1ns), (Words{"event: rank 2 copies 10 samples of rank 1",
                                            "rank 2: lease 5 of epoch 0, 20 to 30"}));
}

// Rank 1 does a step in 0.1 s, and rank 2 in a second: it has nothing to do from 1 s on, when rank
// 1 has six steps left. Rank 3 is still in its first one. At 1.5 s, a copy by rank 2 is worth
// while.
class SoonIdleTalk : public testing::Test {
 protected:
  SoonIdleTalk() {
    talk.say(2, request(), 0s);
    talk.say(3, request(), 0s);
    talk.say(1, request(), 900ms);
    talk.say(1, progress_and_request(3, 20, 30, 900ms, 1s), 1s);
    for (int i = 0; i < 5; ++i) talk.say(1, request(), 1s);
    talk.say(2, progress_and_request(1, 0, 10, 0s, 1s), 1s);
  }

  const Dataset dataset = dataset_of(90);
  Conversation talk{dataset, idempotent(3)};
};

TEST_F(SoonIdleTalk, LeavesTheCopyToABusyWorkerThatWillHaveDoneItSooner) {
  EXPECT_EQ(talk.wake(1400ms + 1ns), Words{"rank 1: trim 1, 40 samples"});
  EXPECT_EQ(talk.wake(1500ms + 1ns), Words{});
  EXPECT_EQ(*talk.next_wake(), 1700ms + 1ns) << "0.1 s of its own work, and 0.1 s of the copy";
  std::uint64_t lease = 4;
  for (const std::int64_t begin : {30, 40, 50, 60, 70}) {
    talk.say(1, progress(lease++, begin, begin + 10, 1400ms, 1500ms), 1550ms);
  }
  EXPECT_EQ(talk.say(1, progress_and_request(9, 80, 90, 1500ms, 1600ms), 1600ms).back(),
            "rank 1: lease 10 of epoch 0, 10 to 20");
}

// It waits longer and longer: at 2.3 s, rank 1 is overdue for 0.7 s.
TEST_F(SoonIdleTalk, MakesTheCopyIfTheBusyWorkerStaysBusy) {
  talk.wake(1400ms + 1ns);
  EXPECT_EQ(talk.wake(1500ms + 1ns), Words{});
  while (*talk.next_wake() < 2300ms) EXPECT_EQ(talk.wake(*talk.next_wake()), Words{});
  EXPECT_EQ(*talk.next_wake(), 2300ms + 7ns);
  EXPECT_EQ(talk.wake(2300ms + 7ns), (Words{"event: rank 2 copies 10 samples of rank 3",
                                            "rank 2: lease 10 of epoch 0, 10 to 20"}));
}

// Rank 1 has been in its first step for 1.9 s when rank 3 first asks. Rank 2 does all else, half a
// second per step, and would be of use if it had its copy done in 1.27 s.
Words words_when_an_unknown_worker_asks(std::int64_t steps_of_rank_2) {
  const Dataset dataset = dataset_of(10 + 10 * steps_of_rank_2);
  Conversation talk(dataset, idempotent(3));
  talk.say(1, request(), 0s);
  talk.say(2, request(), 0s);
  talk.say(2, progress_and_request(2, 10, 20, 0s, 500ms), 500ms);
  for (std::int64_t i = 2; i < steps_of_rank_2; ++i) talk.say(2, request(), 500ms);
  return talk.say(3, request(), 1900ms);
}

TEST(StepCopy, IsMadeByAWorkerOfWhichNothingIsKnownOnlyIfNobodyElseWillBeSoonEnough) {
  EXPECT_EQ(words_when_an_unknown_worker_asks(4), Words{}) << "rank 2 is done at 2 s";
  EXPECT_EQ(words_when_an_unknown_worker_asks(6).back(), "rank 3: lease 8 of epoch 0, 0 to 10");
}

// Of a holder that has more than the step that it is in.
TEST(StepCopy, FreesAllThatTheLoserHolds) {
  const Dataset dataset = dataset_of(60);
  Conversation talk(dataset, idempotent(2));
  talk.say(1, request(), 0s);
  talk.say(2, request(), 0s);
  talk.say(1, progress(1, 0, 10, 0s, 1s), 1s);
  talk.say(2, progress(2, 10, 20, 0s, 1s), 1s);
  for (int i = 0; i < 4; ++i) talk.say(1, request(), 1s);  // all the rest
  EXPECT_EQ(talk.say(2, request(), 1s), Words{"rank 1: trim 1, 20 samples"});
  EXPECT_EQ(talk.wake(4s), (Words{"event: rank 2 copies 10 samples of rank 1",
                                  "rank 2: lease 7 of epoch 0, 20 to 30"}));
  EXPECT_EQ(talk.say(2, progress_and_request(7, 20, 30, 4s, 5s), 5s),
            (Words{"span of rank 2: lease 7 of epoch 0, 20 to 30, 4 s to 5 s",
                   "rank 2: lease 8 of epoch 0, 30 to 50"}));
  EXPECT_EQ(talk.say(1, answer(1, 4, 40, 6), 6s), Words{}) << "it is still in its step";
  EXPECT_EQ(talk.say(1, progress(3, 20, 30, 1s, 7s), 7s), Words{"rank 1: fence up to 6"});
  EXPECT_EQ(talk.coordinator().job().wasted_samples, 10);
}

// The step is not yet begun when a trim takes it, and nothing more would be heard of it.
TEST(StepCopy, IsNotWastedByALoserThatGivesTheStepBack) {
  const Dataset dataset = dataset_of(60);
  Conversation talk(dataset, idempotent(2));
  talk.say(1, request(), 0s);
  talk.say(2, request(), 0s);
  talk.say(1, progress(1, 0, 10, 0s, 1s), 1s);
  talk.say(2, progress(2, 10, 20, 0s, 1s), 1s);
  for (int i = 0; i < 4; ++i) talk.say(1, request(), 1s);
  talk.say(2, request(), 1s);
  talk.wake(4s);
  talk.say(2, progress_and_request(7, 20, 30, 4s, 5s), 5s);
  EXPECT_EQ(talk.coordinator().job().wasted_samples, 10);
  EXPECT_EQ(talk.say(1, answer(1, 1, 10, 6), 6s),
            (Words{"rank 1: fence up to 6", "rank 1: lease 9 of epoch 0, 50 to 60"}));
  EXPECT_EQ(talk.coordinator().job().wasted_samples, 0);
}

// It was lost, and is granted work before it is done with what it did.
TEST(StepCopy, IsNotWastedByALoserThatHasNotBegunTheStep) {
  const Dataset dataset = dataset_of(20);
  Conversation talk(dataset, idempotent(2));
  talk.say(1, request(), 0s);
  talk.say(2, request(), 0s);
  talk.say(1, progress(1, 0, 10, 0s, 1s), 1s);
  while (*talk.next_wake() <= 600s) talk.wake(*talk.next_wake());
  EXPECT_EQ(talk.say(2, Report{}, 700s).back(), "rank 2: lease 3 of epoch 0, 10 to 20");
  talk.say(1, request(), 700s);
  EXPECT_EQ(talk.wake(702s).back(), "rank 1: lease 4 of epoch 0, 10 to 20");
  talk.say(2, Report{}, 702s);
  talk.say(1, progress(4, 10, 20, 702s, 703s), 703s);
  EXPECT_EQ(talk.coordinator().job().wasted_samples, 0);
  talk.say(2, progress(2, 10, 20, 0s, 704s), 704s);
  EXPECT_EQ(talk.coordinator().job().wasted_samples, 10);
}

// The fastest idle worker gets the step that is expected to end last.
TEST(StepCopies, AreMadeOfAllLateStepsAtOnce) {
  const Dataset dataset = dataset_of(80);
  Conversation talk(dataset, idempotent(4));
  for (const int rank : {1, 2, 3, 4}) talk.say(rank, request(), 0s);
  talk.say(1, progress_and_request(1, 0, 10, 0s, 1s), 1s);
  talk.say(2, progress_and_request(2, 10, 20, 0s, 1s), 1s);
  talk.say(3, progress_and_request(3, 20, 30, 0s, 500ms), 1s);
  talk.say(4, progress_and_request(4, 30, 40, 0s, 1s), 1s);
  talk.say(2, progress_and_request(6, 50, 60, 1s, 2s), 2s);
  talk.say(3, progress_and_request(7, 60, 70, 1s, 1500ms), 2s);
  EXPECT_EQ(talk.wake(9s), (Words{"event: rank 3 copies 10 samples of rank 1",
                                  "rank 3: lease 9 of epoch 0, 40 to 50",
                                  "event: rank 2 copies 10 samples of rank 4",
                                  "rank 2: lease 10 of epoch 0, 70 to 80"}));
}

// Rank 1 is on host a, which has the first twelve steps, and rank 2 on b, which has the others.
class TwoHostTalk : public testing::Test {
 protected:
  TwoHostTalk() : dataset(dataset_on_two_hosts()), talk(dataset, options()) {
    talk.say(1, request(), 0s);
    talk.say(2, request(), 0s);
  }

  static Dataset dataset_on_two_hosts() {
    Manifest manifest = manifest_of({120, 60});
    manifest.hosts.add(0, "a");
    manifest.hosts.add(1, "b");
    return Dataset::cut(manifest, 20);
  }

  CoordinatorOptions options() const {
    CoordinatorOptions options = idempotent(2);
    options.homes = homes_of(dataset, {"a", "b"});
    return options;
  }

  const Lease* first(int rank) const {
    return talk.coordinator().book().first(WorkerIndex(rank - 1));
  }

  // The rank does the next step that it holds, and asks for more.
  Words work(int rank, std::chrono::seconds duration) {
    const Lease& lease = *first(rank);
    std::chrono::seconds& at = now[static_cast<std::size_t>(rank - 1)];
    const std::int64_t begin = lease.done.value();
    at += duration;
    return talk.say(
        rank, progress_and_request(lease.id.value(), begin, begin + 10, at - duration, at), at);
  }

  // It begins that at 30 s, when rank 2 has nothing to do. Of the other's steps, that has done
  // some, and each has taken it 4 s, in place of 1 s.
  void leave_the_last_step_to_rank_1() {
    for (int i = 0; i < 5; ++i) work(2, 1s);
    now[0] = 8s;
    work(1, 1s);
    work(2, 1s);
    work(1, 1s);
    work(2, 4s);
    for (int i = 0; i < 2; ++i) work(1, 1s);
    for (int i = 0; i < 4; ++i) work(2, 4s);
    now[0] = 29s;
    work(1, 1s);
    work(2, 4s);
  }

  std::array<std::chrono::seconds, 2> now{};
  const Dataset dataset;
  Conversation talk;
};

TEST_F(TwoHostTalk, TriesAgainOnAnotherHostWhatIsDearThere) {
  talk.say(1, failure(1, 0, 10, 500ms), 500ms);
  EXPECT_EQ(work(2, 1s).back(), "rank 2: lease 3 of epoch 0, 0 to 10");
  EXPECT_TRUE(first(2)->is_away);
}

TEST_F(TwoHostTalk, CopiesAStepOnceThatEndsSoonerOnAnotherHost) {
  leave_the_last_step_to_rank_1();
  EXPECT_EQ(talk.wake(35990ms), Words{}) << "4 s are two thirds of 6 s";
  EXPECT_EQ(talk.wake(36010ms), (Words{"event: rank 2 copies 10 samples of rank 1",
                                       "rank 2: lease 12 of epoch 0, 110 to 120"}));
  EXPECT_TRUE(first(2)->is_away);
  EXPECT_NEAR(first(2)->held_cost, 40, 1e-9);
}

TEST(StepCopiesOfAnEpoch, AreForgottenOnceItIsDone) {
  StepCopies copies;
  copies.forbid(pass_of(0), Position(10));
  copies.forbid(pass_of(1), Position(20));
  copies.forget_before(pass_of(1));
  EXPECT_FALSE(copies.is_forbidden(pass_of(0), Position(10)));
  EXPECT_TRUE(copies.is_forbidden(pass_of(1), Position(20)));
}

}  // namespace
}  // namespace evenkeel
