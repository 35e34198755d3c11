#include <fmt/format.h>
#include <gtest/gtest.h>

#include <chrono>
#include <string_view>

#include "coordinator/conversation.h"

namespace evenkeel {
namespace {

using namespace std::chrono_literals;

Checkpoint call(std::string_view tag) { return {CheckpointTag::from(tag).value(), -1}; }

CoordinatorOptions options_with_ledger(std::int32_t workers) {
  CoordinatorOptions options = options_of(PolicyKind::self, workers);
  options.keeps_checkpoints = true;
  return options;
}

// Two workers, each with a lease of a step, of four in an epoch.
class LeaseCheckpoints : public testing::Test {
 protected:
  LeaseCheckpoints() {
    talk.say(1, request(), 0s);
    talk.say(2, request(), 0s);
  }

  const Dataset dataset = dataset_of(40);
  Conversation talk{dataset, options_with_ledger(2)};
};

TEST_F(LeaseCheckpoints, IsCompleteWhenAllHaveCalled) {
  talk.say(1, progress(1, 0, 10, 0s, 1s), 1s);
  EXPECT_EQ(talk.say(1, call("a"), 1s), Words{"rank 1: checkpoint 'a' pending"});
  EXPECT_EQ(talk.say(2, call("a"), 1s),
            (Words{"event: rank 2 checkpoint 'a'", "record of 'a': 0:0-10, for rank 2"}));
}

TEST_F(LeaseCheckpoints, HasWhatEachHadDoneWhenItCalled) {
  talk.say(1, call("a"), 1s);
  talk.say(1, progress_and_request(1, 0, 10, 0s, 2s), 2s);  // after its call
  talk.say(1, progress(3, 20, 30, 2s, 3s), 3s);
  talk.say(2, progress(2, 10, 20, 0s, 4s), 4s);  // before its call
  EXPECT_EQ(talk.say(2, call("a"), 4s),
            (Words{"event: rank 2 checkpoint 'a'", "record of 'a': 0:10-20, for rank 2"}));
}

TEST_F(LeaseCheckpoints, CanBeginAnewWithTheSameTag) {
  talk.say(1, call("a"), 1s);
  talk.say(1, progress(1, 0, 10, 0s, 2s), 2s);
  EXPECT_EQ(talk.say(1, call("a"), 2s),
            (Words{"event: rank 1 voids 'a'", "rank 1: checkpoint 'a' pending"}));
  EXPECT_EQ(talk.say(2, call("a"), 2s),
            (Words{"event: rank 2 checkpoint 'a'", "record of 'a': 0:0-10, for rank 2"}));
}

TEST_F(LeaseCheckpoints, IsVoidIfAContributorIsLost) {
  talk.say(1, call("a"), 1s);
  talk.say(2, progress_and_request(2, 10, 20, 0s, 599s), 599s);
  EXPECT_EQ(talk.wake(601s), (Words{"event: rank 1 lost, 10 samples", "event: rank 1 voids 'a'"}));
  EXPECT_EQ(talk.say(2, call("a"), 602s),
            (Words{"event: rank 2 checkpoint 'a'", "record of 'a': 0:10-20, for rank 2"}));
}

TEST_F(LeaseCheckpoints, DoesNotWaitForTheLost) {
  talk.say(2, progress(2, 10, 20, 0s, 10s), 10s);
  talk.say(2, call("a"), 10s);
  EXPECT_EQ(talk.say(1, Leave{}, 11s),
            (Words{"event: rank 1 lost, 10 samples", "event: rank 0 checkpoint 'a'",
                   "record of 'a': 0:10-20"}));
}

// A signal ends the job, and trainers have some time to save.
TEST_F(LeaseCheckpoints, WaitsInAStopForWhoeverMayNotHaveSaved) {
  talk.say(2, progress(2, 10, 20, 0s, 10s), 10s);
  talk.begin_stop();
  talk.say(2, call("a"), 10s);
  EXPECT_EQ(talk.say(1, Leave{}, 11s),
            (Words{"event: rank 1 lost, 10 samples", "event: rank 1 voids 'a'"}));
  EXPECT_EQ(talk.say(2, call("b"), 12s), Words{"rank 2: checkpoint 'b' unrecorded"});
}

TEST_F(LeaseCheckpoints, OutlivesInAStopWhoeverHasSaved) {
  talk.say(1, progress(1, 0, 10, 0s, 1s), 1s);
  talk.begin_stop();
  EXPECT_EQ(talk.say(1, call("a"), 1s), Words{"rank 1: checkpoint 'a' pending"});
  EXPECT_EQ(talk.say(1, Leave{}, 2s), Words{"event: rank 1 lost, 0 samples"});
  EXPECT_EQ(talk.say(2, call("a"), 3s),
            (Words{"event: rank 2 checkpoint 'a'", "record of 'a': 0:0-10, for rank 2"}));
}

TEST_F(LeaseCheckpoints, IsVoidIfAContributorIsLostTogetherWithAnother) {
  talk.say(2, call("a"), 1s);  // rank 1 has not called
  EXPECT_EQ(talk.wake(601s), (Words{"event: rank 1 lost, 10 samples",
                                    "event: rank 2 lost, 10 samples", "event: rank 2 voids 'a'"}));
}

TEST_F(LeaseCheckpoints, SeveralMayBePending) {
  talk.say(1, call("a"), 1s);
  talk.say(1, progress(1, 0, 10, 0s, 2s), 2s);
  talk.say(1, call("b"), 2s);
  EXPECT_EQ(talk.say(2, call("b"), 2s),
            (Words{"event: rank 2 checkpoint 'b'", "record of 'b': 0:0-10, for rank 2"}));
  EXPECT_EQ(talk.say(2, call("a"), 2s),
            (Words{"event: rank 2 checkpoint 'a'", "record of 'a':, for rank 2"}));
}

TEST_F(LeaseCheckpoints, ABoundedNumberMayBePending) {
  for (const char* tag : {"a", "b", "c", "d", "e", "f", "g", "h"}) {
    EXPECT_EQ(talk.say(1, call(tag), 1s),
              Words{fmt::format("rank 1: checkpoint '{}' pending", tag)});
  }
  EXPECT_EQ(talk.say(1, call("i"), 1s),
            (Words{"event: rank 1 voids 'a'", "rank 1: checkpoint 'i' pending"}));
  EXPECT_EQ(talk.say(2, call("b"), 1s),
            (Words{"event: rank 2 checkpoint 'b'", "record of 'b':, for rank 2"}));
  EXPECT_EQ(talk.say(2, call("i"), 1s),
            (Words{"event: rank 2 checkpoint 'i'", "record of 'i':, for rank 2"}));
  EXPECT_EQ(talk.say(2, call("a"), 1s), Words{"rank 2: checkpoint 'a' pending"});  // it begins anew
}

TEST(Checkpoints, AreUnrecordedWithoutALedger) {
  const Dataset dataset = dataset_of(40);
  Conversation talk(dataset, options_of(PolicyKind::self, 1));
  EXPECT_EQ(talk.say(1, call("a"), 1s), Words{"rank 1: checkpoint 'a' unrecorded"});
}

// The call came in one epoch, and the others' calls come when it is over.
TEST(Checkpoints, MayLeaveGapsInEpochsThatAreOver) {
  const Dataset dataset = dataset_of(20);
  CoordinatorOptions options = options_with_ledger(2);
  options.epochs = 3;
  Conversation talk(dataset, options);
  talk.say(1, request(), 0s);
  talk.say(2, request(), 0s);
  talk.say(2, progress_and_request(2, 10, 20, 0s, 1s), 1s);
  talk.say(1, call("a"), 1s);
  talk.say(1, progress_and_request(1, 0, 10, 0s, 2s), 2s);  // epoch 0 is over
  talk.say(2, progress(3, 0, 10, 1s, 3s), 3s);              // of epoch 1
  EXPECT_EQ(talk.say(2, call("a"), 3s),
            (Words{"event: rank 2 checkpoint 'a'", "record of 'a': 0:10-20 1:0-10, for rank 2"}));
}

// ---- a job that goes on with another

DoneWork some_work() {
  DoneWork done;
  done.whole_epochs = 1;
  EXPECT_TRUE(done.parts[pass_of(1)].insert({Position(10), Position(20)}));
  EXPECT_TRUE(done.parts[pass_of(3)].insert({Position(0), Position(40)}));
  return done;
}

TEST(ResumedJob, DoesWhatIsNotDone) {
  const Dataset dataset = dataset_of(40);
  CoordinatorOptions options = options_of(PolicyKind::self, 1);
  options.epochs = 4;
  options.done = some_work();
  options.last_lease = LeaseId(1000);
  Conversation talk(dataset, options);
  EXPECT_EQ(talk.coordinator().job().samples, 30 + 40);
  EXPECT_EQ(talk.coordinator().job().samples_before, 40 + 10 + 40);
  EXPECT_EQ(talk.coordinator().job().cost, 70);
  EXPECT_EQ(talk.coordinator().book().done_work(), some_work());
  EXPECT_EQ(talk.say(1, request(), 0s), Words{"rank 1: lease 1001 of epoch 1, 0 to 10"});
  EXPECT_EQ(talk.say(1, progress_and_request(1001, 0, 10, 0s, 1s), 1s),
            (Words{"span of rank 1: lease 1001 of epoch 1, 0 to 10, 0 s to 1 s",
                   "rank 1: lease 1002 of epoch 1, 20 to 30"}));
  talk.say(1, progress_and_request(1002, 20, 30, 1s, 2s), 2s);
  talk.say(1, progress_and_request(1003, 30, 40, 2s, 3s), 3s);
  for (std::uint64_t step = 0; step < 3; ++step) {  // epoch 2; epoch 3 is done
    const auto begin = static_cast<std::int64_t>(10 * step);
    talk.say(1, progress_and_request(1004 + step, begin, begin + 10, 3s, 4s), 4s);
  }
  EXPECT_EQ(
      talk.say(1, progress(1007, 30, 40, 4s, 5s), 5s),
      (Words{"span of rank 1: lease 1007 of epoch 2, 30 to 40, 4 s to 5 s", "rank 1: finish"}));
  EXPECT_EQ(talk.coordinator().job().samples_done, 70);
}

TEST(ResumedJob, EndsAtOnceIfNothingIsLeft) {
  const Dataset dataset = dataset_of(40);
  CoordinatorOptions options = options_of(PolicyKind::adaptive, 2);
  options.done.whole_epochs = 5;  // of more epochs than it is to have now
  Conversation talk(dataset, options);
  EXPECT_EQ(talk.coordinator().job().samples, 0);
  EXPECT_EQ(talk.say(2, request(), 0s), (Words{"rank 1: finish", "rank 2: finish"}));
}

TEST(ResumedJob, TellsWhatIsDoneOfLeasesInWork) {
  const Dataset dataset = dataset_of(40);
  CoordinatorOptions options = options_of(PolicyKind::static_split, 1);
  Conversation talk(dataset, options);
  talk.say(1, request(), 0s);
  EXPECT_TRUE(talk.coordinator().open_spans().empty());
  talk.say(1, progress(1, 0, 20, 1s, 2s), 2s);
  const std::vector<Span> open = talk.coordinator().open_spans();
  ASSERT_EQ(open.size(), 1U);
  EXPECT_EQ(open[0].interval, (Interval{Position(0), Position(20)}));
  EXPECT_EQ(open[0].rank, Rank(1));
  EXPECT_EQ(open[0].lease, LeaseId(1));
  EXPECT_EQ(open[0].first_start, Instant(1s));
  EXPECT_EQ(open[0].last_end, Instant(2s));
}

// ---- after the last step

class LastCheckpoint : public LeaseCheckpoints {
 protected:
  LastCheckpoint() {
    talk.say(1, progress_and_request(1, 0, 10, 0s, 1s), 1s);
    talk.say(2, progress_and_request(2, 10, 20, 0s, 1s), 1s);
    talk.say(1, progress_and_request(3, 20, 30, 1s, 2s), 2s);
    talk.say(2, progress_and_request(4, 30, 40, 1s, 2s), 2s);
    for (const int rank : {1, 2}) talk.say(rank, Farewell{}, 2s);
  }
};

TEST_F(LastCheckpoint, IsRecordedAsTheOthers) {
  EXPECT_EQ(talk.say(1, call("end"), 3s), Words{"rank 1: checkpoint 'end' pending"});
  EXPECT_EQ(talk.say(2, call("end"), 3s),
            (Words{"event: rank 2 checkpoint 'end'", "record of 'end': 1 epochs, for rank 2"}));
}

TEST_F(LastCheckpoint, OutlivesItsContributorAndDoesNotWaitForWhoeverHasClosed) {
  talk.say(1, call("end"), 3s);
  EXPECT_EQ(talk.say(1, Close{}, 3s), Words{});
  EXPECT_EQ(talk.say(2, Close{}, 4s),
            (Words{"event: rank 0 checkpoint 'end'", "record of 'end': 1 epochs"}));
  EXPECT_TRUE(talk.coordinator().released());
}

TEST_F(LeaseCheckpoints, IsNotCompletedByTheEndOfAWorkerThatHasNotCalled) {
  talk.say(1, progress_and_request(1, 0, 10, 0s, 1s), 1s);
  talk.say(1, call("early"), 1s);
  talk.say(2, progress_and_request(2, 10, 20, 0s, 1s), 1s);
  talk.say(1, progress_and_request(3, 20, 30, 1s, 2s), 2s);
  talk.say(2, progress_and_request(4, 30, 40, 1s, 2s), 2s);
  for (const int rank : {1, 2}) talk.say(rank, Farewell{}, 2s);
  EXPECT_EQ(talk.say(2, Close{}, 3s), Words{"event: rank 2 voids 'early'"});
  EXPECT_EQ(talk.say(1, Close{}, 3s), Words{});
  EXPECT_TRUE(talk.coordinator().released());
}

TEST_F(LastCheckpoint, IsVoidIfOneIsSilentForTooLong) {
  talk.say(1, call("end"), 3s);
  EXPECT_EQ(talk.wake(7s), (Words{"rank 2: closed", "event: rank 2 voids 'end'"}));
  EXPECT_EQ(talk.say(2, call("end"), 7s), Words{"rank 2: checkpoint 'end' unrecorded"});
  EXPECT_EQ(talk.say(1, call("end"), 8s), Words{"rank 1: checkpoint 'end' unrecorded"});
}

TEST_F(LastCheckpoint, IsVoidIfOneFailsAfterItsLastStep) {
  talk.say(1, call("end"), 3s);
  EXPECT_EQ(talk.say(2, Close{true}, 4s), Words{"event: rank 2 voids 'end'"});
  EXPECT_EQ(talk.say(1, Close{}, 4s), Words{});
  EXPECT_TRUE(talk.coordinator().released());
}

TEST_F(LastCheckpoint, CanBeCompletedIfOneFailsThatHadCalled) {
  talk.say(1, call("end"), 3s);
  talk.say(1, Close{true}, 3s);
  EXPECT_EQ(talk.say(2, call("other"), 3s), Words{"rank 2: checkpoint 'other' unrecorded"});
  EXPECT_EQ(talk.say(2, call("end"), 3s),
            (Words{"event: rank 2 checkpoint 'end'", "record of 'end': 1 epochs, for rank 2"}));
}

TEST_F(LastCheckpoint, IsNotVoidIfOneFailsThatHadCalled) {
  talk.say(1, call("end"), 3s);
  talk.say(1, Close{true}, 3s);
  EXPECT_EQ(talk.say(2, Close{}, 4s),
            (Words{"event: rank 0 checkpoint 'end'", "record of 'end': 1 epochs"}));
}

}  // namespace
}  // namespace evenkeel
