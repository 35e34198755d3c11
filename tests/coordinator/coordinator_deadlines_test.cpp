#include <gtest/gtest.h>

#include <chrono>

#include "coordinator/conversation.h"
#include "dataset/samples.h"

namespace evenkeel {
namespace {

using namespace std::chrono_literals;

constexpr PolicyKind self = PolicyKind::self;
constexpr PolicyKind static_split = PolicyKind::static_split;

TEST(Deadline, IsTenMinutesBeforeTheFirstStep) {
  const Dataset dataset = dataset_of(20);
  Conversation talk(dataset, options_of(self, 1));
  talk.say(1, request(), 1s);
  EXPECT_EQ(talk.next_wake(), 600s);
  EXPECT_EQ(talk.wake(600s), Words{});
  EXPECT_EQ(talk.next_wake(), 601s);
  EXPECT_EQ(talk.wake(601s - 1ns), Words{});
  EXPECT_EQ(talk.wake(601s), Words{"event: rank 1 lost, 10 samples"});
  EXPECT_EQ(talk.worker(1).state, WorkerState::lost);
  EXPECT_EQ(talk.next_wake(), std::nullopt);
}

TEST(Deadline, IsTenMinutesForTheFirstWord) {
  const Dataset dataset = dataset_of(20);
  Conversation talk(dataset, options_of(self, 2));
  talk.say(2, request(), 0s);
  talk.say(2, progress(1, 0, 10, 0s, 1s), 1s);
  EXPECT_EQ(talk.wake(9s), Words{});
  EXPECT_EQ(talk.next_wake(), 600s);
  EXPECT_EQ(talk.wake(600s), Words{"event: rank 1 lost, 0 samples"});
}

TEST(Deadline, IsEightOfTheLongestStepsSeen) {
  const Dataset dataset = dataset_of(60);
  Conversation talk(dataset, options_of(static_split, 1));
  talk.say(1, request(), 0s);
  talk.say(1, progress(1, 0, 20, 0s, 4s), 4s);  // two steps of two seconds
  EXPECT_EQ(talk.next_wake(), 20s);
  talk.say(1, progress(1, 20, 30, 4s, 5s), 5s);
  EXPECT_EQ(talk.wake(20s), Words{});
  EXPECT_EQ(talk.next_wake(), 21s);
  EXPECT_EQ(talk.wake(21s), (Words{"span of rank 1: lease 1 of epoch 0, 0 to 30, 0 s to 5 s",
                                   "event: rank 1 lost, 30 samples"}));
}

TEST(Deadline, IsFiveSecondsAtLeast) {
  const Dataset dataset = dataset_of(60);
  Conversation talk(dataset, options_of(static_split, 1));
  talk.say(1, request(), 0s);
  talk.say(1, progress(1, 0, 10, 0ms, 100ms), 100ms);
  EXPECT_EQ(talk.next_wake(), 5100ms);
}

TEST(Deadline, IsFourReportIntervalsAtLeast) {
  const Dataset dataset = dataset_of(60);
  CoordinatorOptions options = options_of(static_split, 1);
  options.report_interval = 8s;
  Conversation talk(dataset, options);
  talk.say(1, request(), 0s);
  talk.say(1, progress(1, 0, 10, 0ms, 100ms), 100ms);
  EXPECT_EQ(talk.next_wake(), 32'100ms);
}

TEST(Deadline, ForeseesAnExpensiveStep) {
  const Dataset dataset = Dataset::cut(manifest_of({10, 10}, {10, 1000}), 10);
  CoordinatorOptions options = options_of(static_split, 1);
  options.warmup_steps = 0;
  Conversation talk(dataset, options);
  talk.say(1, request(), 0s);
  talk.say(1, progress(1, 0, 10, 0s, 1s), 1s);
  EXPECT_EQ(talk.wake(600s), Words{});
  EXPECT_EQ(talk.next_wake(), 801s);  // eight times a hundred seconds
}

TEST(Deadline, IsTheUsersIfGiven) {
  const Dataset dataset = dataset_of(60);
  CoordinatorOptions options = options_of(static_split, 1);
  options.lease_deadline = 2s;
  Conversation talk(dataset, options);
  EXPECT_EQ(talk.next_wake(), 2s);
  talk.say(1, request(), 1s);
  talk.say(1, progress(1, 0, 10, 1s, 2s), 2s);
  EXPECT_EQ(talk.wake(2s), Words{});
  EXPECT_EQ(talk.next_wake(), 4s);
}

TEST(Deadline, DoublesWithEveryLoss) {
  const Dataset dataset = dataset_of(60);
  CoordinatorOptions options = options_of(self, 1);
  options.lease_deadline = 2s;
  Conversation talk(dataset, options);
  talk.say(1, request(), 0s);
  EXPECT_EQ(talk.wake(2s), Words{"event: rank 1 lost, 10 samples"});
  talk.say(1, request(), 3s);
  EXPECT_EQ(talk.next_wake(), 7s);
  EXPECT_EQ(talk.wake(7s), Words{"event: rank 1 lost, 10 samples"});
  talk.say(1, request(), 8s);
  EXPECT_EQ(talk.next_wake(), 16s);
}

TEST(Deadline, IsPutOffByEveryWord) {
  const Dataset dataset = dataset_of(60);
  CoordinatorOptions options = options_of(self, 1);
  options.lease_deadline = 2s;
  Conversation talk(dataset, options);
  talk.say(1, request(), 0s);
  talk.say(1, request(), 1500ms);
  EXPECT_EQ(talk.wake(2s), Words{});
  EXPECT_EQ(talk.next_wake(), 3500ms);
}

TEST(Deadline, DoesNotHoldForAWorkerThatHasNothingToDo) {
  const Dataset dataset = dataset_of(10);
  Conversation talk(dataset, options_of(self, 2));
  talk.say(1, request(), 0s);
  talk.say(2, request(), 0s);
  EXPECT_EQ(talk.wake(600s),
            (Words{"event: rank 1 lost, 10 samples", "rank 2: lease 2 of epoch 0, 0 to 10"}));
  EXPECT_EQ(talk.next_wake(), 1200s);  // its silence counts from the grant
  EXPECT_EQ(talk.wake(1200s), Words{"event: rank 2 lost, 10 samples"});
}

TEST(Deadline, CountsFromTheGrantForAWorkerThatHadNothingToDo) {
  const Dataset dataset = dataset_of(20);
  Conversation talk(dataset, options_of(self, 3));
  talk.say(1, request(), 0s);
  talk.say(3, request(), 0s);
  talk.say(2, request(), 0s);  // waits
  talk.say(3, request(), 300s);
  EXPECT_EQ(talk.wake(600s),
            (Words{"event: rank 1 lost, 10 samples", "rank 2: lease 3 of epoch 0, 0 to 10"}));
  EXPECT_EQ(talk.wake(900s), Words{"event: rank 3 lost, 10 samples"});
}

TEST(Deadline, IsNotPutOffByAFurtherGrant) {
  const Dataset dataset = dataset_of(1280);
  CoordinatorOptions options = options_of(PolicyKind::round_robin, 2);
  options.lease_deadline = 2s;
  Conversation talk(dataset, options);
  talk.say(1, request(), 0s);  // two chunks for each
  EXPECT_EQ(talk.say(2, progress(2, 10, 20, 0s, 1s), 1s).back(),
            "rank 1: lease 5 of epoch 0, 40 to 50");
  EXPECT_EQ(talk.wake(2s).front(), "event: rank 1 lost, 30 samples");
}

TEST(Deadline, LearnsFromAStepThatWasReportedTooLate) {
  const Dataset dataset = dataset_of(60);
  Conversation talk(dataset, options_of(static_split, 1));
  talk.say(1, request(), 0s);
  talk.say(1, progress(1, 0, 10, 0s, 1s), 1s);
  talk.wake(9s);
  ASSERT_EQ(talk.worker(1).state, WorkerState::lost);
  talk.say(1, progress(1, 10, 20, 1s, 11s), 11s);
  EXPECT_EQ(talk.next_wake(), 11s + 2 * 8 * 10s);
}

TEST(Deadline, IsNotHeldAgainstAnyoneAfterAStandstillOfRankZero) {
  const Dataset dataset = dataset_of(10);
  Conversation talk(dataset, options_of(self, 1));
  talk.say(1, request(), 0s);
  EXPECT_EQ(talk.wake(601s + 1ns), Words{});
  EXPECT_EQ(talk.next_wake(), 1201s + 1ns);
  EXPECT_EQ(talk.wake(1202s), Words{"event: rank 1 lost, 10 samples"});  // a second late: too late
}

TEST(Deadline, IsPutOffByAPauseForeseen) {
  const Dataset dataset = dataset_of(60);
  CoordinatorOptions options = options_of(self, 1);
  options.lease_deadline = 2s;
  Conversation talk(dataset, options);
  talk.say(1, request(), 0s);
  EXPECT_EQ(talk.say(1, Pause{10s}, 1s), Words{});
  EXPECT_EQ(talk.wake(2s), Words{});
  EXPECT_EQ(talk.next_wake(), 13s);
  EXPECT_EQ(talk.wake(13s), Words{"event: rank 1 lost, 10 samples"});
}

TEST(Deadline, IsNoLaterOnceAPauseIsOver) {
  const Dataset dataset = dataset_of(60);
  CoordinatorOptions options = options_of(self, 1);
  options.lease_deadline = 2s;
  Conversation talk(dataset, options);
  talk.say(1, request(), 0s);
  talk.say(1, Pause{100s}, 0s);
  talk.say(1, request(), 1s);
  EXPECT_EQ(talk.wake(2s), Words{});
  EXPECT_EQ(talk.next_wake(), 3s);
}

TEST(Deadline, IsPutOffByAPauseThoughATrimIsAnswered) {
  const Dataset dataset = dataset_of(60);
  CoordinatorOptions options = options_of(self, 1);
  options.lease_deadline = 2s;
  Conversation talk(dataset, options);
  talk.say(1, request(), 0s);
  talk.say(1, Pause{100s}, 0s);
  talk.say(1, answer(1, 1, 10, 1), 1s);
  EXPECT_EQ(talk.wake(2s), Words{});
  EXPECT_EQ(talk.next_wake(), 103s);
}

TEST(Deadline, IsPutOffForNobodyElseByAPause) {
  const Dataset dataset = dataset_of(60);
  CoordinatorOptions options = options_of(self, 2);
  options.lease_deadline = 2s;
  Conversation talk(dataset, options);
  talk.say(1, request(), 0s);
  talk.say(2, request(), 0s);
  talk.say(1, Pause{100s}, 1s);
  EXPECT_EQ(talk.wake(2s), Words{"event: rank 2 lost, 10 samples"});
}

TEST(LostWorker, KeepsWhatItHasReported) {
  const Dataset dataset = dataset_of(60);
  CoordinatorOptions options = options_of(static_split, 2);
  options.lease_deadline = 2s;
  Conversation talk(dataset, options);
  talk.say(1, request(), 0s);
  talk.say(2, request(), 0s);
  talk.say(1, progress(1, 0, 10, 0s, 1s), 1s);
  talk.say(2, progress_and_request(2, 30, 60, 0s, 2s), 2s);
  EXPECT_EQ(talk.wake(3s),
            (Words{"span of rank 1: lease 1 of epoch 0, 0 to 10, 0 s to 1 s",
                   "event: rank 1 lost, 20 samples", "rank 2: lease 3 of epoch 0, 10 to 30"}));
  EXPECT_EQ(talk.worker(1).samples, 10);
  EXPECT_EQ(talk.coordinator().job().redone_samples, 10);  // the step that it may have begun
  talk.say(1, progress(1, 10, 20, 1s, 4s), 4s);
  EXPECT_EQ(talk.coordinator().job().redone_samples, 0) << "it has told";
  EXPECT_EQ(talk.coordinator().job().wasted_samples, 10);
}

TEST(LostWorker, IsFencedWhenItSpeaksAndGetsNewWork) {
  const Dataset dataset = dataset_of(60);
  CoordinatorOptions options = options_of(self, 1);
  options.lease_deadline = 2s;
  Conversation talk(dataset, options);
  talk.say(1, request(), 0s);
  talk.say(1, request(), 0s);
  EXPECT_EQ(talk.wake(2s), Words{"event: rank 1 lost, 20 samples"});
  EXPECT_EQ(talk.say(1, progress(1, 0, 10, 0s, 3s), 3s),
            (Words{"rank 1: fence up to 2", "event: rank 1 fenced, 10 samples",
                   "rank 1: lease 3 of epoch 0, 0 to 10"}));
  EXPECT_EQ(talk.worker(1).state, WorkerState::working);
  EXPECT_EQ(talk.coordinator().job().wasted_samples, 10);
  EXPECT_EQ(talk.coordinator().job().samples_done, 0);
  EXPECT_EQ(talk.say(1, progress(2, 10, 20, 3s, 4s), 4s), Words{});
  EXPECT_EQ(talk.coordinator().job().wasted_samples, 20);
}

TEST(LostWorker, IsFencedOnceALoss) {
  const Dataset dataset = dataset_of(60);
  CoordinatorOptions options = options_of(self, 1);
  options.lease_deadline = 2s;
  Conversation talk(dataset, options);
  talk.wake(2s);
  EXPECT_EQ(talk.say(1, request(), 3s),
            (Words{"rank 1: fence up to 0", "event: rank 1 fenced, 0 samples",
                   "rank 1: lease 1 of epoch 0, 0 to 10"}));
  EXPECT_EQ(talk.say(1, request(), 3s), Words{"rank 1: lease 2 of epoch 0, 10 to 20"});
}

TEST(LostWorker, IsAskedForNothingAndGivenNothing) {
  const Dataset dataset = dataset_of(20);
  CoordinatorOptions options = options_of(self, 2);
  options.lease_deadline = 2s;
  Conversation talk(dataset, options);
  talk.say(2, request(), 0s);
  talk.say(1, request(), 0s);
  talk.say(1, request(), 1s);  // waits, and holds a lease
  talk.say(2, progress(1, 0, 10, 0s, 2s), 2s);
  EXPECT_EQ(talk.wake(3s), Words{"event: rank 1 lost, 10 samples"});  // not given back to itself
}

TEST(LostWorker, IsChargedOnlyWithWhatItKept) {
  const Dataset dataset = dataset_of(1280);
  CoordinatorOptions options = options_of(PolicyKind::weighted, 2);
  options.lease_deadline = 2s;
  Conversation talk(dataset, options);
  talk.say(1, request(), 0s);  // two chunks for each
  talk.say(2, request(), 1s);
  EXPECT_EQ(talk.wake(2s), Words{"event: rank 1 lost, 20 samples"});
  EXPECT_EQ(talk.say(1, request(), 2s),
            (Words{"rank 1: fence up to 3", "event: rank 1 fenced, 0 samples",
                   "rank 1: lease 5 of epoch 0, 0 to 10", "rank 1: lease 6 of epoch 0, 20 to 30"}));
}

}  // namespace
}  // namespace evenkeel
