#include <gtest/gtest.h>

#include <chrono>

#include "coordinator/conversation.h"
#include "dataset/samples.h"

namespace evenkeel {
namespace {

using namespace std::chrono_literals;

constexpr PolicyKind self = PolicyKind::self;
constexpr PolicyKind static_split = PolicyKind::static_split;

TEST(Coordinator, GrantsALeaseOnRequest) {
  const Dataset dataset = dataset_of(25);
  Conversation talk(dataset, options_of(self, 2));
  EXPECT_EQ(talk.say(2, request(), 0s), Words{"rank 2: lease 1 of epoch 0, 0 to 10"});
  EXPECT_EQ(talk.say(1, request(), 0s), Words{"rank 1: lease 2 of epoch 0, 10 to 20"});
  EXPECT_EQ(talk.say(1, request(), 0s), Words{"rank 1: lease 3 of epoch 0, 20 to 25"});
}

TEST(Coordinator, NumbersItsWorkersFromTheFirstRank) {
  const Dataset dataset = dataset_of(20);
  CoordinatorOptions options = options_of(self, 2);
  options.first_worker = Rank(0);
  Conversation talk(dataset, options);
  EXPECT_EQ(talk.say(0, request(), 0s), Words{"rank 0: lease 1 of epoch 0, 0 to 10"});
}

TEST(Coordinator, KeepsAWorkerWaitingWhileOthersHoldAllThatIsLeft) {
  const Dataset dataset = dataset_of(10);
  Conversation talk(dataset, options_of(self, 2));
  talk.say(1, request(), 0s);
  EXPECT_EQ(talk.say(2, request(), 0s), Words{});
}

TEST(Coordinator, TellsHowLongARequestWasKeptWaiting) {
  const Dataset dataset = dataset_of(10);
  CoordinatorOptions options = options_of(self, 2);
  options.epochs = 2;
  options.overlap = EpochOverlap::forbidden;
  LeaseCoordinator coordinator(dataset, options);
  LeaseCoordinator::Outbox out;
  const auto kept_waiting = [&](std::size_t output) {
    return std::get<Grant>(std::get<Send<LeaseMode>>(out.at(output)).message).kept_waiting;
  };
  coordinator.receive(Rank(1), request(), Instant(1s), out);
  EXPECT_EQ(kept_waiting(0), Duration(0s));
  coordinator.receive(Rank(2), request(), Instant(2s), out);
  coordinator.receive(Rank(1), progress(1, 0, 10, 1s, 5s), Instant(5s), out);
  EXPECT_EQ(kept_waiting(2), Duration(3s));  // after the span of lease 1
}

TEST(Coordinator, PushesWorkWhereThePolicyDoes) {
  const Dataset dataset = dataset_of(50);
  Conversation talk(dataset, options_of(PolicyKind::round_robin, 2));
  EXPECT_EQ(
      talk.say(2, request(), 0s),
      (Words{"rank 1: lease 1 of epoch 0, 0 to 10", "rank 2: lease 2 of epoch 0, 10 to 20",
             "rank 1: lease 3 of epoch 0, 20 to 30", "rank 2: lease 4 of epoch 0, 30 to 40"}));
}

// The numbers are those of ChunkAwfPolicy.WeighsAnewAtEachRequest.
TEST(Coordinator, TellsItsPolicyHowLongStepsTakeAndWhenChunksEnd) {
  const Dataset dataset = dataset_of(960);
  Conversation talk(dataset, options_of(PolicyKind::awf_c, 2));
  talk.say(1, request(), 0s);
  talk.say(2, request(), 0s);
  talk.say(1, progress_and_request(1, 0, 240, 0s, 24s), 24s);
  EXPECT_EQ(talk.say(2, progress_and_request(2, 240, 420, 0s, 54s), 54s).back(),
            "rank 2: lease 4 of epoch 0, 560 to 610");
  EXPECT_EQ(talk.say(1, progress_and_request(3, 420, 560, 24s, 66s), 66s).back(),
            "rank 1: lease 5 of epoch 0, 610 to 720");
}

TEST(Coordinator, TellsItsPolicyTheWeights) {
  const Dataset dataset = dataset_of(50);
  CoordinatorOptions options = options_of(PolicyKind::weighted, 2);
  options.policy.weights = {1, 3};
  Conversation talk(dataset, options);
  EXPECT_EQ(
      talk.say(1, request(), 0s),
      (Words{"rank 1: lease 1 of epoch 0, 0 to 10", "rank 2: lease 2 of epoch 0, 10 to 20",
             "rank 2: lease 3 of epoch 0, 20 to 30", "rank 2: lease 4 of epoch 0, 30 to 40"}));
}

TEST(Coordinator, FitsALeaseToTheCostThatItsPolicyWants) {
  const Dataset dataset = Dataset::cut(manifest_of({500, 500}, {500, 50'000}), 500);
  CoordinatorOptions options = options_of(PolicyKind::adaptive, 1);
  options.warmup_steps = 0;
  Conversation talk(dataset, options);
  talk.say(1, request(), 0s);  // a step for a probe
  // 10 s at 20 units a second.
  EXPECT_EQ(talk.say(1, progress_and_request(1, 0, 10, 0s, 500ms), 500ms),
            (Words{"span of rank 1: lease 1 of epoch 0, 0 to 10, 0 s to 0.5 s",
                   "rank 1: lease 2 of epoch 0, 10 to 210"}));
}

TEST(Coordinator, RecordsALeaseOnceItIsDone) {
  const Dataset dataset = dataset_of(60);
  Conversation talk(dataset, options_of(static_split, 2));
  talk.say(1, request(), 0s);
  EXPECT_EQ(talk.say(1, progress(1, 0, 10, 1s, 2s), 2s), Words{});
  EXPECT_EQ(talk.say(1, progress(1, 10, 30, 3s, 5s), 5s),
            Words{"span of rank 1: lease 1 of epoch 0, 0 to 30, 1 s to 5 s"});
}

TEST(Coordinator, TakesProgressAndARequestInOneMessage) {
  const Dataset dataset = dataset_of(20);
  Conversation talk(dataset, options_of(self, 1));
  talk.say(1, request(), 0s);
  EXPECT_EQ(talk.say(1, progress_and_request(1, 0, 10, 0s, 1s), 1s),
            (Words{"span of rank 1: lease 1 of epoch 0, 0 to 10, 0 s to 1 s",
                   "rank 1: lease 2 of epoch 0, 10 to 20"}));
}

TEST(Coordinator, CountsAReportOnAStaleLeaseAsWasted) {
  const Dataset dataset = dataset_of(30);
  Conversation talk(dataset, options_of(self, 2));
  talk.say(1, request(), 0s);
  talk.say(1, progress(1, 0, 10, 0s, 1s), 1s);
  EXPECT_EQ(talk.say(1, progress(1, 0, 10, 0s, 1s), 1s), Words{});
  const JobRecord job = talk.coordinator().job();
  EXPECT_EQ(job.wasted_samples, 10);
  EXPECT_EQ(job.samples_done, 10);
  EXPECT_EQ(talk.worker(1).samples, 10);
}

TEST(Coordinator, ProtestsAgainstStrangers) {
  const Dataset dataset = dataset_of(30);
  Conversation talk(dataset, options_of(self, 2));
  EXPECT_EQ(talk.protest(0, request()), "rank 0 is not a worker of this job");
  EXPECT_EQ(talk.protest(3, request()), "rank 3 is not a worker of this job");
  EXPECT_EQ(talk.protest(2, request()), "");
}

TEST(Coordinator, ProtestsAgainstImpossibleProgress) {
  const Dataset dataset = dataset_of(60);
  Conversation talk(dataset, options_of(static_split, 2));
  talk.say(1, request(), 0s);
  talk.say(1, progress(1, 0, 10, 0s, 1s), 1s);
  const auto protest = [&](const Report& report) { return talk.protest(1, report); };

  const std::string ends = "of lease 1, which is done up to 10 and ends at 30";
  EXPECT_EQ(protest(progress(1, 0, 20, 1s, 2s)), "rank 1 reports samples 0 to 20 " + ends);
  EXPECT_EQ(protest(progress(1, 20, 30, 1s, 2s)), "rank 1 reports samples 20 to 30 " + ends);
  EXPECT_EQ(protest(progress(1, 10, 40, 1s, 2s)), "rank 1 reports samples 10 to 40 " + ends);

  Report empty = progress(1, 10, 10, 1s, 2s);
  empty.steps = 1;
  EXPECT_EQ(protest(empty), "rank 1 reports 0 samples of cost 0 in 1 s");
  Report free_of_cost = progress(1, 10, 20, 1s, 2s);
  free_of_cost.cost = 0;
  EXPECT_EQ(protest(free_of_cost), "rank 1 reports 10 samples of cost 0 in 1 s");
  Report backwards = progress(1, 10, 20, 1s, 2s);
  backwards.busy = -1s;
  EXPECT_EQ(protest(backwards), "rank 1 reports 10 samples of cost 10 in -1 s");
  EXPECT_EQ(protest(progress(2, 30, 40, 1s, 2s)),
            "rank 1 reports samples of lease 2, which it never had");
  EXPECT_EQ(protest(progress(1, 10, 20, 1s, 2s)), "");
  EXPECT_EQ(protest(progress(1, 20, 30, 2s, 3s)), "");
  EXPECT_EQ(protest(progress(1, 0, 60, 1s, 2s)), "");  // of a lease that is no more: wasted
  EXPECT_EQ(protest(progress(1, 0, 70, 1s, 2s)),
            "rank 1 reports 70 samples of cost 70 of lease 1, more than an epoch has");
}

TEST(Coordinator, ProtestsAgainstImpossibleFigures) {
  const Dataset dataset = dataset_of(60);
  Conversation talk(dataset, options_of(static_split, 2));
  talk.say(1, request(), 0s);
  const auto protest = [&](const Report& report) { return talk.protest(1, report); };

  Report many_steps = progress(1, 0, 10, 0s, 1s);
  many_steps.steps = 11;
  EXPECT_EQ(protest(many_steps), "rank 1 reports 11 steps of 10 samples");
  Report dear = progress(1, 0, 10, 0s, 1s);
  dear.cost = 1e9;
  EXPECT_EQ(protest(dear),
            "rank 1 reports 10 samples of cost 1000000000 of lease 1, more than an epoch has");
  Report long_work = progress(1, 0, 20, 0s, 10s);
  long_work.busy = 24h * 365;
  EXPECT_EQ(protest(long_work), "rank 1 reports 3.15e+07 s of work in 2 steps by 10 s");
  long_work.busy = 2 * (10s + 10min);
  EXPECT_EQ(protest(long_work), "");
}

TEST(Coordinator, BelievesNoClockThatIsFarOff) {
  const Dataset dataset = dataset_of(10);
  Conversation talk(dataset, options_of(self, 1));
  talk.say(1, request(), 0s);
  Report report = progress(1, 0, 10, 0s, 24h * 365);
  report.first_start = Instant(-24h * 365);
  report.busy = 1s;
  EXPECT_EQ(talk.say(1, report, 1s).front(),
            "span of rank 1: lease 1 of epoch 0, 0 to 10, 0 s to 601 s");
  talk.say(1, Farewell{24h * 365, 24h * 365}, 2s);
  EXPECT_EQ(talk.worker(1).waited_for_coordinator, 602s);
  EXPECT_EQ(talk.worker(1).waited_for_others, 602s);
}

// A worker whose message makes no sense leaves: what it holds is there for others.
TEST(Coordinator, GoesOnWithoutOneThatItProtestsAgainst) {
  const Dataset dataset = dataset_of(30);
  const std::vector<LeaseMode::ToCoordinator> nonsense{
      Farewell{}, failure(1, 10, 20, 1s), failure(7, 0, 10, 1s), progress(7, 0, 10, 0s, 1s),
      progress(1, 0, 20, 0s, 1s)};
  for (const auto& message : nonsense) {
    Conversation talk(dataset, options_of(self, 2));
    talk.say(1, request(), 0s);
    EXPECT_NE(talk.protest(1, message), "");
    talk.say(1, Leave{}, 1s);
    EXPECT_EQ(talk.worker(1).state, WorkerState::left);
    EXPECT_EQ(talk.say(2, request(), 1s), Words{"rank 2: lease 2 of epoch 0, 0 to 10"});
    talk.say(2, progress_and_request(2, 0, 10, 1s, 2s), 2s);
    talk.say(2, progress_and_request(3, 10, 20, 2s, 3s), 3s);
    talk.say(2, progress(4, 20, 30, 3s, 4s), 4s);
    EXPECT_TRUE(talk.coordinator().finished());
    EXPECT_EQ(talk.coordinator().job().set_aside_samples, 0);
  }
}

TEST(Coordinator, BeginsTheNextEpochForAnIdleWorker) {
  const Dataset dataset = dataset_of(10);
  CoordinatorOptions options = options_of(self, 3);
  options.epochs = 3;
  Conversation talk(dataset, options);
  EXPECT_EQ(talk.say(1, request(), 0s), Words{"rank 1: lease 1 of epoch 0, 0 to 10"});
  EXPECT_EQ(talk.say(2, request(), 0s), Words{"rank 2: lease 2 of epoch 1, 0 to 10"});
  EXPECT_EQ(talk.say(3, request(), 0s), Words{"rank 3: lease 3 of epoch 2, 0 to 10"});
  EXPECT_EQ(talk.say(2, progress(2, 0, 10, 0s, 1s), 1s),
            Words{"span of rank 2: lease 2 of epoch 1, 0 to 10, 0 s to 1 s"});
  EXPECT_EQ(talk.coordinator().pass(), pass_of(0));
  EXPECT_EQ(talk.say(1, progress(1, 0, 10, 0s, 2s), 2s),
            Words{"span of rank 1: lease 1 of epoch 0, 0 to 10, 0 s to 2 s"});
  EXPECT_EQ(talk.coordinator().pass(), pass_of(2));
}

TEST(Coordinator, FinishesAnEpochBeforeTheNextAtTheBarrier) {
  const Dataset dataset = dataset_of(10);
  CoordinatorOptions options = options_of(self, 2);
  options.epochs = 2;
  options.overlap = EpochOverlap::forbidden;
  Conversation talk(dataset, options);
  talk.say(1, request(), 0s);
  EXPECT_EQ(talk.say(2, request(), 0s), Words{});
  EXPECT_EQ(talk.say(1, progress(1, 0, 10, 0s, 1s), 1s),
            (Words{"span of rank 1: lease 1 of epoch 0, 0 to 10, 0 s to 1 s",
                   "rank 2: lease 2 of epoch 1, 0 to 10"}));
}

}  // namespace
}  // namespace evenkeel
