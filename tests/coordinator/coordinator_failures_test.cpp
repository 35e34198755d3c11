#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <utility>
#include <vector>

#include "coordinator/conversation.h"

namespace evenkeel {
namespace {

using namespace std::chrono_literals;

// Three workers, each with a share of one epoch: 0 to 40, 40 to 70, 70 to 100.
class FailingStep : public testing::Test {
 protected:
  FailingStep() {
    for (const int rank : {1, 2, 3}) talk.say(rank, request(), 0s);
  }

  // They have done what they had, and ask for more.
  Words let_rank_2_ask() { return talk.say(2, progress_and_request(2, 40, 70, 0s, 3s), 3s); }
  Words let_rank_3_ask() { return talk.say(3, progress_and_request(3, 70, 100, 0s, 3s), 3s); }

  const LeaseCoordinator& coordinator() const { return talk.coordinator(); }

  const Dataset dataset = dataset_of(100);
  Conversation talk{dataset, options_of(PolicyKind::static_split, 3)};
};

TEST_F(FailingStep, ClosesWhatIsDoneAndLeavesTheRestWithTheLease) {
  talk.say(1, progress(1, 0, 10, 0s, 1s), 1s);
  EXPECT_EQ(talk.say(1, failure(1, 10, 20, 2s), 2s),
            Words{"span of rank 1: lease 1 of epoch 0, 0 to 10, 0 s to 1 s"});
  EXPECT_EQ(talk.say(1, failure(1, 20, 30, 3s), 3s), Words{});
  EXPECT_EQ(talk.say(1, progress(1, 30, 40, 3s, 4s), 4s),
            Words{"span of rank 1: lease 1 of epoch 0, 30 to 40, 3 s to 4 s"});
  EXPECT_EQ(talk.worker(1).failed_steps, 2);
  EXPECT_EQ(talk.worker(1).samples, 20);
}

TEST_F(FailingStep, GoesToTheNextWhoAsksAndHasNotFailedIt) {
  talk.say(1, failure(1, 0, 10, 1s), 1s);
  EXPECT_EQ(talk.say(2, progress_and_request(2, 40, 70, 0s, 3s), 3s),
            (Words{"span of rank 2: lease 2 of epoch 0, 40 to 70, 0 s to 3 s",
                   "rank 2: lease 4 of epoch 0, 0 to 10"}));
  EXPECT_EQ(talk.say(2, progress(4, 0, 10, 3s, 4s), 4s),
            Words{"span of rank 2: lease 4 of epoch 0, 0 to 10, 3 s to 4 s"});
}

TEST_F(FailingStep, ComesBeforeWorkThatNobodyHasTried) {
  CoordinatorOptions options = options_of(PolicyKind::self, 2);
  Conversation self(dataset, options);
  self.say(1, request(), 0s);
  self.say(1, failure(1, 0, 10, 1s), 1s);
  EXPECT_EQ(self.say(1, request(), 1s), Words{"rank 1: lease 2 of epoch 0, 10 to 20"});
  EXPECT_EQ(self.say(2, request(), 1s), Words{"rank 2: lease 3 of epoch 0, 0 to 10"});
}

TEST_F(FailingStep, IsSetAsideAfterThreeAttemptsOfDifferentWorkers) {
  talk.say(1, failure(1, 0, 10, 1s), 1s);
  talk.say(1, progress_and_request(1, 10, 40, 1s, 4s), 4s);
  let_rank_2_ask();                                            // lease 4
  EXPECT_EQ(talk.say(2, failure(4, 0, 10, 5s), 5s), Words{});  // rank 1 waits, as it had it
  EXPECT_EQ(talk.say(2, request(), 5s), Words{});
  EXPECT_EQ(let_rank_3_ask(), (Words{"span of rank 3: lease 3 of epoch 0, 70 to 100, 0 s to 3 s",
                                     "rank 3: lease 5 of epoch 0, 0 to 10"}));
  EXPECT_FALSE(coordinator().finished());
  EXPECT_EQ(talk.say(3, failure(5, 0, 10, 7s), 7s),
            (Words{"set aside: epoch 0, 0 to 10", "rank 1: finish, incomplete",
                   "rank 2: finish, incomplete", "rank 3: finish, incomplete"}));
  EXPECT_TRUE(coordinator().finished());
  const JobRecord job = coordinator().job();
  EXPECT_EQ(job.samples_done, 90);
  EXPECT_EQ(job.set_aside_samples, 10);
  EXPECT_EQ(job.failed_steps, 3);
  EXPECT_EQ(job.wasted_samples, 0);
  EXPECT_EQ(job.last_end, Instant(7s));
}

TEST_F(FailingStep, IsTriedAgainByTheSameWorkerIfNoOtherIsLeft) {
  talk.say(2, Leave{}, 1s);
  talk.say(3, Leave{}, 1s);
  talk.say(1, failure(1, 0, 10, 1s), 1s);
  // What others have left comes first.
  EXPECT_EQ(talk.say(1, progress_and_request(1, 10, 40, 1s, 4s), 4s),
            (Words{"span of rank 1: lease 1 of epoch 0, 10 to 40, 1 s to 4 s",
                   "rank 1: lease 4 of epoch 0, 40 to 100"}));
  EXPECT_EQ(talk.say(1, progress_and_request(4, 40, 100, 4s, 10s), 10s),
            (Words{"span of rank 1: lease 4 of epoch 0, 40 to 100, 4 s to 10 s",
                   "rank 1: lease 5 of epoch 0, 0 to 10"}));
  EXPECT_EQ(talk.say(1, failure(5, 0, 10, 11s), 11s), Words{});
  EXPECT_FALSE(coordinator().finished());
  EXPECT_EQ(talk.say(1, request(), 11s), Words{"rank 1: lease 6 of epoch 0, 0 to 10"});
  EXPECT_EQ(talk.say(1, failure(6, 0, 10, 12s), 12s),
            (Words{"set aside: epoch 0, 0 to 10", "rank 1: finish, incomplete"}));
}

TEST_F(FailingStep, KeepsItsAttemptsIfItsNextHolderIsLost) {
  talk.say(1, failure(1, 0, 10, 1s), 1s);
  let_rank_2_ask();
  let_rank_3_ask();  // and it waits
  EXPECT_EQ(talk.say(2, Leave{}, 4s),
            (Words{"event: rank 2 lost, 10 samples", "rank 3: lease 5 of epoch 0, 0 to 10"}));
  EXPECT_EQ(talk.say(3, failure(5, 0, 10, 5s), 5s), Words{});
  // The other one that lives, rank 1, has failed it, too.
  EXPECT_EQ(talk.say(3, request(), 5s), Words{"rank 3: lease 6 of epoch 0, 0 to 10"});
  EXPECT_EQ(talk.say(3, failure(6, 0, 10, 6s), 6s), Words{"set aside: epoch 0, 0 to 10"});
}

TEST_F(FailingStep, IsWastedOnALeaseThatWasTakenBack) {
  talk.wake(600s);
  EXPECT_EQ(talk.say(1, failure(1, 0, 10, 601s), 601s),
            (Words{"rank 1: fence up to 1", "event: rank 1 fenced, 10 samples",
                   "rank 1: lease 4 of epoch 0, 0 to 100"}));
  EXPECT_EQ(coordinator().job().wasted_samples, 10);
  EXPECT_EQ(coordinator().job().set_aside_samples, 0);
}

TEST_F(FailingStep, CountsAsASignOfLife) {
  talk.say(1, failure(1, 0, 10, 599s), 599s);
  const Words words = talk.wake(600s);
  EXPECT_EQ(words, (Words{"event: rank 2 lost, 30 samples", "event: rank 3 lost, 30 samples"}));
}

TEST_F(FailingStep, IsRefusedUnlessItIsTheNextOfALease) {
  const auto refused = [&](std::uint64_t lease, std::int64_t begin, std::int64_t end) {
    return talk.protest(1, failure(lease, begin, end, 1s));
  };
  EXPECT_EQ(refused(4, 0, 10), "rank 1 fails samples 0 to 10 of lease 4, which it never had");
  for (const auto& [begin, end] :
       std::vector<std::pair<std::int64_t, std::int64_t>>{{10, 20}, {0, 20}, {0, 5}, {0, 0}}) {
    EXPECT_EQ(refused(1, begin, end),
              fmt::format("rank 1 fails samples {} to {} of lease 1, which are not the next step "
                          "of it",
                          begin, end));
  }
}

TEST_F(FailingStep, TellsALostWorkerHowItEndedWhenItSpeaks) {
  const Dataset two_steps = dataset_of(20);
  Conversation job(two_steps, options_of(PolicyKind::self, 2));
  job.say(1, request(), 0s);
  job.say(1, progress_and_request(1, 0, 10, 598s, 599s), 599s);
  Failed again = failure(2, 10, 20, 599s);
  again.wants_lease = true;
  EXPECT_EQ(job.say(1, again, 599s), Words{});
  EXPECT_EQ(job.wake(600s), Words{"event: rank 2 lost, 0 samples"});
  EXPECT_EQ(job.next_wake(), 660s);
  EXPECT_EQ(job.wake(660s), Words{"rank 1: lease 3 of epoch 0, 10 to 20"});
  again.lease = LeaseId(3);
  EXPECT_EQ(job.say(1, again, 661s), Words{"rank 1: lease 4 of epoch 0, 10 to 20"});
  again.lease = LeaseId(4);
  EXPECT_EQ(job.say(1, again, 662s),
            (Words{"set aside: epoch 0, 10 to 20", "rank 1: finish, incomplete"}));
  EXPECT_EQ(job.say(2, request(), 663s),
            (Words{"rank 2: fence up to 0", "rank 2: finish, incomplete",
                   "event: rank 2 fenced, 0 samples"}));
}

// Nobody has done a step in this job, but in an earlier one.
TEST(FailingStepOfAResumedRun, IsSetAside) {
  const Dataset dataset = dataset_of(100);
  CoordinatorOptions options = options_of(PolicyKind::self, 2);
  options.epochs = 2;
  IntervalSet done;
  EXPECT_TRUE(done.insert({Position(0), Position(90)}));
  options.done = {1, {{pass_of(1), done}}};
  Conversation talk(dataset, options);
  talk.say(2, Leave{}, 0s);
  EXPECT_EQ(talk.say(1, request(), 0s), Words{"rank 1: lease 1 of epoch 1, 90 to 100"});
  Failed failed = failure(1, 90, 100, 1s);
  failed.wants_lease = true;
  for (const std::uint64_t lease : {1U, 2U}) {
    failed.lease = LeaseId(lease);
    EXPECT_EQ(talk.say(1, failed, 1s).size(), 1U);  // it tries again
  }
  failed.lease = LeaseId(3);
  EXPECT_EQ(talk.say(1, failed, 1s),
            (Words{"set aside: epoch 1, 90 to 100", "rank 1: finish, incomplete"}));
}

TEST(Failures, EndAJobInWhichNobodyHasDoneAny) {
  const Dataset dataset = dataset_of(10);
  Conversation talk(dataset, options_of(PolicyKind::self, 1));
  talk.say(1, request(), 0s);
  Failed failed = failure(1, 0, 10, 1s);
  failed.wants_lease = true;
  for (const std::uint64_t lease : {1U, 2U, 3U}) {
    EXPECT_FALSE(talk.coordinator().given_up());
    failed.lease = LeaseId(lease);
    talk.say(1, failed, 1s);
  }
  EXPECT_TRUE(talk.coordinator().only_failures());
  EXPECT_TRUE(talk.coordinator().given_up());
  EXPECT_EQ(talk.coordinator().job().set_aside_samples, 0);
}

// A lost shard, say: more bad steps in a row than make a worker hopeless.
class LostShard : public testing::TestWithParam<std::int64_t> {};

TEST_P(LostShard, IsSetAsideByALoneWorker) {
  const std::int64_t first_bad = GetParam();
  const Dataset dataset = dataset_of(2000);
  Conversation talk(dataset, options_of(PolicyKind::self, 1));
  Duration now = 0s;
  Words words = talk.say(1, request(), now);
  std::uint64_t lease = 0;
  std::int64_t begin = 0;
  while (!talk.coordinator().finished() && !talk.coordinator().given_up()) {
    now += 1ms;
    if (words.empty()) words = talk.wake(now = std::max(now, *talk.next_wake()));
    for (const std::string& word : words) {
      std::int64_t end = 0;
      std::sscanf(word.c_str(), "rank 1: lease %lu of epoch 0, %ld to %ld", &lease, &begin, &end);
    }
    Failed failed = failure(lease, begin, begin + 10, now);
    failed.wants_lease = true;
    const bool is_bad = begin >= first_bad && begin < first_bad + 1000;
    words = is_bad
                ? talk.say(1, failed, now)
                : talk.say(1, progress_and_request(lease, begin, begin + 10, now, now + 1ms), now);
  }
  EXPECT_TRUE(talk.coordinator().finished());
  EXPECT_EQ(talk.coordinator().job().set_aside_samples, 1000);
}

INSTANTIATE_TEST_SUITE_P(MidwayAndLast, LostShard, testing::Values(10, 1000));

TEST(FailingWorker, IsHeldOffLongerEachTime) {
  const Dataset dataset = dataset_of(1000);
  Conversation talk(dataset, options_of(PolicyKind::self, 2));
  talk.say(2, request(), 0s);  // and it works on lease 1
  talk.say(1, request(), 0s);
  const auto fail = [&](std::uint64_t lease, Duration at) {
    const auto begin = static_cast<std::int64_t>(lease - 1) * 10;
    Failed failed = failure(lease, begin, begin + 10, at);
    failed.wants_lease = true;
    return talk.say(1, failed, at);
  };
  for (const std::uint64_t lease : {2U, 3U, 4U}) EXPECT_EQ(fail(lease, 1s).size(), 1U);
  EXPECT_EQ(fail(5, 1s), Words{});
  EXPECT_EQ(talk.next_wake(), 1s + 10ms);
  EXPECT_EQ(talk.wake(1s + 10ms), Words{"rank 1: lease 6 of epoch 0, 50 to 60"});
  EXPECT_EQ(fail(6, 2s), Words{});
  EXPECT_EQ(talk.next_wake(), 2s + 20ms);
  EXPECT_EQ(talk.wake(2s + 20ms), Words{"rank 1: lease 7 of epoch 0, 60 to 70"});
  EXPECT_EQ(talk.say(1, progress_and_request(7, 60, 70, 2s, 3s), 3s).back(),
            "rank 1: lease 8 of epoch 0, 70 to 80");  // it is able again
}

// It is given nothing that it has not asked for.
TEST(FailingWorker, IsHeldOffByPoliciesThatPushToo) {
  for (const PolicyKind kind : {PolicyKind::round_robin, PolicyKind::random, PolicyKind::weighted,
                                PolicyKind::performance, PolicyKind::load}) {
    const Dataset dataset = dataset_of(1280);
    Conversation talk(dataset, options_of(kind, 1));
    Words words = talk.say(1, request(), 0s);
    ASSERT_EQ(words, (Words{"rank 1: lease 1 of epoch 0, 0 to 20",
                            "rank 1: lease 2 of epoch 0, 20 to 40"}));
    talk.say(1, failure(1, 0, 10, 1s), 1s);
    talk.say(1, failure(1, 10, 20, 1s), 1s);
    EXPECT_EQ(talk.say(1, failure(2, 20, 30, 1s), 1s), Words{"rank 1: trim 1, 30 samples"});
    EXPECT_EQ(talk.say(1, answer(1, 2, 40, 3), 1s), Words{});
    Failed failed = failure(2, 30, 40, 1s);
    failed.wants_lease = true;
    EXPECT_EQ(talk.say(1, failed, 1s), Words{});
    EXPECT_EQ(talk.next_wake(), 1s + 10ms);
    words = talk.wake(1s + 10ms);
    EXPECT_EQ(words, Words{"rank 1: lease 4 of epoch 0, 0 to 10"});
  }
}

TEST(FailingWorker, GivesBackWhatItHolds) {
  const Dataset dataset = dataset_of(100);
  Conversation talk(dataset, options_of(PolicyKind::static_split, 2));
  talk.say(1, request(), 0s);
  talk.say(2, request(), 0s);
  EXPECT_EQ(talk.say(1, failure(1, 0, 10, 1s), 1s), Words{});
  EXPECT_EQ(talk.say(1, failure(1, 10, 20, 1s), 1s), Words{});
  EXPECT_EQ(talk.say(1, failure(1, 20, 30, 1s), 1s), Words{"rank 1: trim 1, 20 samples"});
}

// Rank 2 has failed the last step, 30 to 40, which rank 1 should now try. A trim has taken back all
// that rank 1 held, and its next request is on the way: until that comes, rank 1 neither holds nor
// asks for anything, and must not be overlooked.
class FailingLastStep : public testing::Test {
 protected:
  FailingLastStep() {
    job.say(1, request(), 0s);
    job.say(1, progress_and_request(1, 0, 10, 0s, 1s), 1s);
    job.say(1, request(), 1s);
    job.say(2, request(), 1s);
    Failed failed = failure(4, 30, 40, 1s);
    failed.wants_lease = true;
    EXPECT_EQ(job.say(2, failed, 1s), Words{"rank 1: trim 1, 10 samples"});
    EXPECT_EQ(job.say(1, answer(1, 0, 0, 3), 1s), Words{"rank 2: lease 5 of epoch 0, 10 to 20"});
  }

  const Dataset dataset = dataset_of(40);
  Conversation job{dataset, options_of(PolicyKind::adaptive, 2)};
};

TEST_F(FailingLastStep, WaitsForAWorkerThatATrimLeavesWithNothing) {
  EXPECT_EQ(job.next_wake(), 9s);
  EXPECT_EQ(job.say(1, request(), 1s), Words{"rank 1: lease 6 of epoch 0, 30 to 40"});
}

TEST_F(FailingLastStep, DoesNotWaitForEverForAWorkerThatATrimLeavesWithNothing) {
  job.say(2, progress_and_request(5, 10, 20, 1s, 2s), 2s);
  EXPECT_EQ(job.say(2, progress_and_request(6, 20, 30, 2s, 3s), 3s),
            Words{"span of rank 2: lease 6 of epoch 0, 20 to 30, 2 s to 3 s"});
  while (*job.next_wake() < 9s) ASSERT_EQ(job.wake(*job.next_wake()), Words{});
  EXPECT_EQ(job.wake(9s), Words{"event: rank 1 lost, 0 samples"});
  while (*job.next_wake() < 69s) ASSERT_EQ(job.wake(*job.next_wake()), Words{});
  EXPECT_EQ(job.wake(69s), Words{"rank 2: lease 7 of epoch 0, 30 to 40"});
}

// ---- trainers that die

TEST_F(FailingStep, IsAmongTheSuspectsOfATrainerThatReadAhead) {
  talk.say(2, progress(2, 40, 70, 0s, 3s), 3s);
  talk.say(3, progress(3, 70, 100, 0s, 3s), 3s);
  talk.say(1, progress(1, 0, 10, 0s, 3s), 3s);
  EXPECT_EQ(talk.say(1, Leave{2, true}, 4s),
            (Words{"span of rank 1: lease 1 of epoch 0, 0 to 10, 0 s to 3 s",
                   "event: rank 1 lost, 30 samples"}));
  EXPECT_EQ(talk.say(2, request(), 5s), Words{"rank 2: lease 4 of epoch 0, 10 to 20"});
  EXPECT_EQ(talk.say(3, request(), 5s), Words{"rank 3: lease 5 of epoch 0, 20 to 30"});
  EXPECT_EQ(talk.say(2, progress_and_request(4, 10, 20, 5s, 6s), 6s),
            (Words{"span of rank 2: lease 4 of epoch 0, 10 to 20, 5 s to 6 s",
                   "rank 2: lease 6 of epoch 0, 30 to 40"}));
  EXPECT_EQ(coordinator().job().failed_steps, 0);
  EXPECT_EQ(coordinator().job().redone_samples, 10);
}

TEST_F(FailingStep, IsRedoneOnlyIfItWasBegun) {
  talk.say(2, Leave{.has_begun = false}, 1s);
  EXPECT_EQ(coordinator().job().redone_samples, 0);
  talk.say(3, Leave{.has_begun = true}, 1s);
  EXPECT_EQ(coordinator().job().redone_samples, 10);
}

TEST_F(FailingStep, IsWaitedForWhileATrainerIsStartedAgain) {
  let_rank_2_ask();
  let_rank_3_ask();
  talk.say(1, progress(1, 0, 30, 0s, 3s), 3s);
  talk.say(1, failure(1, 30, 40, 4s), 4s);
  talk.say(1, Leave{0, true}, 4s);
  EXPECT_EQ(talk.worker(1).state, WorkerState::working);
  EXPECT_EQ(talk.say(2, failure(4, 30, 40, 5s), 5s), Words{"rank 3: lease 5 of epoch 0, 30 to 40"});
  EXPECT_EQ(talk.say(3, failure(5, 30, 40, 6s), 6s),
            (Words{"set aside: epoch 0, 30 to 40", "rank 1: finish, incomplete",
                   "rank 2: finish, incomplete", "rank 3: finish, incomplete"}));
}

TEST_F(FailingStep, IsTriedByALoneWorkerInTrainersThatAreStartedAgain) {
  talk.say(2, Leave{}, 1s);
  talk.say(3, Leave{}, 1s);
  talk.say(1, progress(1, 0, 30, 0s, 3s), 3s);
  talk.say(1, failure(1, 30, 40, 4s), 4s);
  talk.say(1, Leave{0, true}, 4s);
  EXPECT_FALSE(coordinator().deserted());
  EXPECT_EQ(talk.say(1, request(), 5s),
            (Words{"rank 1: fence up to 1", "event: rank 1 fenced, 0 samples",
                   "rank 1: lease 4 of epoch 0, 40 to 100"}));
  EXPECT_EQ(talk.worker(1).state, WorkerState::working);
  EXPECT_EQ(talk.say(1, progress_and_request(4, 40, 100, 5s, 11s), 11s),
            (Words{"span of rank 1: lease 4 of epoch 0, 40 to 100, 5 s to 11 s",
                   "rank 1: lease 5 of epoch 0, 30 to 40"}));
  EXPECT_EQ(
      talk.say(1, progress(5, 30, 40, 11s, 12s), 12s),
      (Words{"span of rank 1: lease 5 of epoch 0, 30 to 40, 11 s to 12 s", "rank 1: finish"}));
}

TEST_F(FailingStep, IsLeftToOthersByATrainerThatDoesNotComeBack) {
  talk.say(1, Leave{0, true}, 1s);
  EXPECT_EQ(talk.next_wake(), 600s);  // of those that have not done a step
  EXPECT_EQ(talk.say(1, Leave{}, 2s), Words{});
  EXPECT_EQ(talk.worker(1).state, WorkerState::left);
  talk.say(2, Leave{0, true}, 2s);
  EXPECT_EQ(talk.wake(600s), Words{"event: rank 3 lost, 30 samples"});
  EXPECT_EQ(talk.wake(602s), Words{"event: rank 2 lost, 0 samples"});
}

TEST(StepThatSilencesSeveral, IsTriedLast) {
  const Dataset dataset = dataset_of(60);
  CoordinatorOptions options = options_of(PolicyKind::self, 3);
  options.lease_deadline = 10s;
  Conversation talk(dataset, options);
  talk.say(1, request(), 0s);
  EXPECT_EQ(talk.wake(10s),
            (Words{"event: rank 1 lost, 10 samples", "event: rank 2 lost, 0 samples",
                   "event: rank 3 lost, 0 samples"}));
  EXPECT_EQ(talk.say(2, request(), 10s),
            (Words{"rank 2: fence up to 0", "event: rank 2 fenced, 0 samples",
                   "rank 2: lease 2 of epoch 0, 0 to 10"}));  // it may have been rank 1's fault
  EXPECT_EQ(talk.wake(30s), Words{"event: rank 2 lost, 10 samples"});
  EXPECT_EQ(talk.say(3, request(), 30s),
            (Words{"rank 3: fence up to 0", "event: rank 3 fenced, 0 samples",
                   "rank 3: lease 3 of epoch 0, 10 to 20"}));
  for (std::uint64_t lease = 3; lease < 7; ++lease) {
    const auto begin = static_cast<std::int64_t>(lease - 2) * 10;
    const Words said = talk.say(3, progress_and_request(lease, begin, begin + 10, 30s, 31s), 31s);
    EXPECT_EQ(said.back(), fmt::format("rank 3: lease {} of epoch 0, {} to {}", lease + 1,
                                       begin + 10, begin + 20));
  }
  EXPECT_EQ(talk.say(3, progress_and_request(7, 50, 60, 31s, 32s), 32s),
            (Words{"span of rank 3: lease 7 of epoch 0, 50 to 60, 31 s to 32 s",
                   "rank 3: lease 8 of epoch 0, 0 to 10"}));
  EXPECT_EQ(talk.coordinator().job().set_aside_samples, 0);
}

}  // namespace
}  // namespace evenkeel
