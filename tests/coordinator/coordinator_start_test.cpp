// A job that begins with some of its workers.
#include <gtest/gtest.h>

#include <chrono>

#include "coordinator/conversation.h"

namespace evenkeel {
namespace {

using namespace std::chrono_literals;

// Begins with two of three workers, and has work for three.
class Start : public testing::Test {
 protected:
  static CoordinatorOptions options() {
    CoordinatorOptions options = options_of(PolicyKind::self, 3);
    options.start_with = 2;
    return options;
  }

  const LeaseCoordinator& coordinator() const { return talk.coordinator(); }
  WorkerState state(int rank) const { return talk.worker(rank).state; }

  // Does all that there is.
  void finish() {
    talk.say(1, request(), 0s);
    talk.say(3, request(), 0s);
    talk.say(3, progress(2, 10, 20, 0s, 1s), 1s);
    talk.say(1, progress_and_request(1, 0, 10, 0s, 1s), 1s);
    talk.say(1, progress(3, 20, 30, 1s, 2s), 2s);
    ASSERT_TRUE(coordinator().finished());
  }

  const Dataset dataset = dataset_of(30);
  Conversation talk{dataset, options()};
};

TEST_F(Start, WaitsForAsManyWorkersAsItIsToldTo) {
  EXPECT_EQ(talk.say(3, request(), 1s), Words{});
  EXPECT_EQ(state(1), WorkerState::absent);
  EXPECT_EQ(state(3), WorkerState::working);
  EXPECT_EQ(talk.say(1, request(), 2s),
            (Words{"rank 3: lease 1 of epoch 0, 0 to 10", "rank 1: lease 2 of epoch 0, 10 to 20"}));
}

TEST_F(Start, CountsAWorkerOnce) {
  talk.say(3, request(), 1s);
  EXPECT_EQ(talk.say(3, request(), 2s), Words{});
}

TEST_F(Start, GivesWorkToAWorkerThatComesLater) {
  talk.say(1, request(), 0s);
  talk.say(3, request(), 0s);
  EXPECT_EQ(talk.say(2, request(), 5s), Words{"rank 2: lease 3 of epoch 0, 20 to 30"});
  EXPECT_EQ(state(2), WorkerState::working);
}

TEST_F(Start, EndsWithoutAWorkerThatHasNotCome) {
  talk.say(1, request(), 0s);
  talk.say(3, request(), 0s);
  talk.say(3, progress(2, 10, 20, 0s, 1s), 1s);
  talk.say(1, progress_and_request(1, 0, 10, 0s, 1s), 1s);
  EXPECT_EQ(talk.say(1, progress(3, 20, 30, 1s, 2s), 2s),
            (Words{"span of rank 1: lease 3 of epoch 0, 20 to 30, 1 s to 2 s", "rank 1: finish",
                   "rank 3: finish"}));  // and nothing to rank 2
  for (const int rank : {1, 3}) {
    talk.say(rank, Farewell{}, 2s);
    talk.say(rank, Close{}, 2s);
  }
  EXPECT_TRUE(coordinator().released());
  EXPECT_EQ(state(2), WorkerState::absent);
}

TEST_F(Start, TellsAWorkerThatComesAfterTheEnd) {
  finish();
  EXPECT_EQ(talk.say(2, request(), 4s), Words{"rank 2: finish"});
  EXPECT_FALSE(coordinator().released());
}

TEST_F(Start, NeverExpectsAWordOfAnAbsentWorkerOnceItHasBegun) {
  talk.say(1, request(), 0s);
  talk.say(3, request(), 0s);
  talk.say(1, progress_and_request(1, 0, 10, 0s, 500s), 500s);
  talk.say(3, progress_and_request(2, 10, 20, 0s, 500s), 500s);
  EXPECT_EQ(talk.wake(600s), Words{});
  EXPECT_EQ(state(2), WorkerState::absent);
}

TEST_F(Start, DoesNotWaitForWorkersThatWillNotCome) {
  talk.say(3, request(), 1s);
  EXPECT_EQ(talk.say(2, Leave{}, 2s), Words{"event: rank 2 lost, 0 samples"});
  EXPECT_EQ(talk.say(1, Leave{}, 3s),
            (Words{"event: rank 1 lost, 0 samples", "rank 3: lease 1 of epoch 0, 0 to 10"}));
}

TEST_F(Start, WaitsForATrainerThatIsStartedAgain) {
  talk.say(3, request(), 1s);
  talk.say(2, Leave{}, 2s);
  EXPECT_EQ(talk.say(1, Leave{0, true, false}, 3s), Words{"event: rank 1 lost, 0 samples"});
  EXPECT_EQ(talk.say(1, request(), 4s),
            (Words{"rank 1: fence up to 0", "event: rank 1 fenced, 0 samples",
                   "rank 3: lease 1 of epoch 0, 0 to 10", "rank 1: lease 2 of epoch 0, 10 to 20"}));
}

TEST_F(Start, HasItsPatience) {
  talk.say(3, request(), 1s);
  ASSERT_EQ(talk.next_wake(), Duration(600s));
  EXPECT_FALSE(coordinator().deserted());
  EXPECT_EQ(talk.wake(600s),
            (Words{"event: rank 1 lost, 0 samples", "event: rank 2 lost, 0 samples",
                   "rank 3: lease 1 of epoch 0, 0 to 10"}));
}

TEST_F(Start, IsGivenUpIfNobodyComes) {
  EXPECT_FALSE(coordinator().deserted());
  talk.wake(600s);
  EXPECT_TRUE(coordinator().deserted());
  for (const int rank : {1, 2, 3}) talk.say(rank, Leave{}, 601s);
  EXPECT_TRUE(coordinator().given_up());
}

// The rest of the job's trainers may still be loading.
TEST_F(Start, IsNotGivenUpWhileOthersMayCome) {
  talk.say(1, request(), 0s);
  talk.say(3, request(), 0s);
  talk.say(1, Leave{}, 1s);
  talk.say(3, Leave{}, 2s);
  EXPECT_FALSE(coordinator().deserted());
  ASSERT_EQ(talk.next_wake(), Duration(600s));
  EXPECT_EQ(talk.wake(600s), Words{"event: rank 2 lost, 0 samples"});
  EXPECT_TRUE(coordinator().deserted());
}

// One that fails everything, and two that may be able to do it.
class StartOfOneThatFails : public testing::Test {
 protected:
  explicit StartOfOneThatFails(std::int64_t samples = 10) : dataset(dataset_of(samples)) {}

  static CoordinatorOptions options() {
    CoordinatorOptions options = options_of(PolicyKind::self, 3);
    options.start_with = 1;
    return options;
  }

  // The first worker fails whatever it gets, until then.
  void fail_until(Duration end) { fail_until(end, talk.say(1, request(), 0s), 0); }

  // Likewise from this grant on, of a lease that begins there.
  void fail_until(Duration end, Words words, std::int64_t begin) {
    for (Duration now = 1s; now <= end;) {
      if (!words.empty() && words.back().starts_with("rank 1: lease")) {
        Failed failed = failure(++last_lease, begin, begin + 10, now);
        failed.wants_lease = true;
        words = talk.say(1, failed, now);
        continue;
      }
      const std::optional<Duration> next = talk.next_wake();
      if (!next) return;
      now = *next;
      if (now <= end) words = talk.wake(now);
    }
  }

  const Dataset dataset;
  Conversation talk{dataset, options()};
  std::uint64_t last_lease = 0;
};

TEST_F(StartOfOneThatFails, WaitsForTheOthers) {
  fail_until(300s);
  EXPECT_FALSE(talk.coordinator().only_failures());
  const Words words = talk.say(2, request(), 301s);
  ASSERT_EQ(words.size(), 1U);
  EXPECT_TRUE(words.front().starts_with("rank 2: lease")) << words.front();
}

TEST_F(StartOfOneThatFails, IsGivenUpIfTheyDoNotCome) {
  fail_until(900s);
  EXPECT_TRUE(talk.coordinator().only_failures());
}

// It is able, but may not be able to do this.
class StartOfOneThatFailsAStep : public StartOfOneThatFails {
 protected:
  StartOfOneThatFailsAStep() : StartOfOneThatFails(20) {}

  void fail_the_second_step_until(Duration end) {
    talk.say(1, request(), 0s);
    ++last_lease;
    fail_until(end, talk.say(1, progress_and_request(1, 0, 10, 0s, 1s), 1s), 10);
  }
};

TEST_F(StartOfOneThatFailsAStep, LeavesItToTheOthers) {
  fail_the_second_step_until(300s);
  EXPECT_EQ(talk.coordinator().job().set_aside_samples, 0);
  const Words words = talk.say(2, request(), 301s);
  ASSERT_EQ(words.size(), 1U);
  EXPECT_TRUE(words.front().starts_with("rank 2: lease")) << words.front();
}

TEST_F(StartOfOneThatFailsAStep, SetsItAsideIfTheyDoNotCome) {
  fail_the_second_step_until(900s);
  EXPECT_EQ(talk.coordinator().job().set_aside_samples, 10);
}

// A policy that deals work out on its own account gives none to those who are not there.
TEST(StartOfAPushPolicy, LeavesTheAbsentOut) {
  const Dataset dataset = dataset_of(1000);
  CoordinatorOptions options = options_of(PolicyKind::round_robin, 3);
  options.start_with = 1;
  Conversation talk(dataset, options);
  const Words words = talk.say(2, request(), 0s);
  EXPECT_FALSE(words.empty());
  for (const std::string& word : words) EXPECT_EQ(word.find("rank 2: lease"), 0U) << word;
  const Words later = talk.say(1, request(), 1s);
  EXPECT_FALSE(later.empty());
  for (const std::string& word : later) EXPECT_EQ(word.find("rank 3"), std::string::npos) << word;
}

}  // namespace
}  // namespace evenkeel
