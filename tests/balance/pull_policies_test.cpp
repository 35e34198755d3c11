#include <gtest/gtest.h>

#include "balance/served_job.h"

namespace evenkeel {
namespace {

using Given = ServedJob::Given;
constexpr Given nobody = ServedJob::nobody;

const PolicyOptions static_split = only(PolicyKind::static_split);
const PolicyOptions self = only(PolicyKind::self);

TEST(StaticPolicy, SplitsAnEpochIntoSharesThatDifferByAStep) {
  ServedJob job(static_split, 4, 100, 10);
  for (const int worker : {2, 0, 3, 1}) job.ask(worker);
  EXPECT_EQ(job.serve(), Given(0, 30));
  EXPECT_EQ(job.serve(), Given(1, 30));
  EXPECT_EQ(job.serve(), Given(2, 20));
  EXPECT_EQ(job.serve(), Given(3, 20));
  EXPECT_EQ(job.serve(), nobody);
}

TEST(StaticPolicy, KeepsTheShareOfAWorkerThatHasNotAskedYet) {
  ServedJob job(static_split, 2, 100, 10);
  job.ask(1);
  EXPECT_EQ(job.serve(), Given(1, 50));
  job.finish(1);
  job.ask(1);
  EXPECT_EQ(job.serve(), nobody);
  job.ask(0);
  EXPECT_EQ(job.serve(), Given(0, 50));
}

TEST(StaticPolicy, HasNothingForSomeIfThereAreFewerStepsThanWorkers) {
  ServedJob job(static_split, 4, 15, 10);
  for (const int worker : {3, 2}) job.ask(worker);
  EXPECT_EQ(job.serve(), nobody);
  for (const int worker : {1, 0}) job.ask(worker);
  EXPECT_EQ(job.serve(), Given(0, 10));
  EXPECT_EQ(job.serve(), Given(1, 5));
}

TEST(StaticPolicy, GivesEveryoneAShareOfEachEpoch) {
  ServedJob job(static_split, 2, 100, 10);
  job.ask(0);
  job.serve();
  job.set_free(100, pass_of(1));
  job.ask(0);
  EXPECT_EQ(job.serve(), Given(0, 50));
  job.ask(0);
  EXPECT_EQ(job.serve(), nobody);
}

TEST(StaticPolicy, SplitsWhatALostWorkerLeaves) {
  ServedJob job(static_split, 4, 160, 10);
  for (int worker = 0; worker < 4; ++worker) {
    job.ask(worker);
    job.serve();
  }
  job.lose(0);
  for (const int worker : {3, 1, 2}) job.ask(worker);
  EXPECT_EQ(job.serve(), Given(1, 20));  // four steps for three
  EXPECT_EQ(job.serve(), Given(2, 10));
  EXPECT_EQ(job.serve(), Given(3, 10));
}

TEST(StaticPolicy, SplitsTheShareOfAWorkerThatWasLostBeforeItAsked) {
  ServedJob job(static_split, 2, 100, 10);
  job.lose(0);
  job.ask(1);
  EXPECT_EQ(job.serve(), Given(1, 50));
  job.ask(1);
  EXPECT_EQ(job.serve(), Given(1, 50));
}

TEST(StaticPolicy, GivesNothingToTheLost) {
  ServedJob job(static_split, 2, 100, 10);
  job.ask(0);
  job.lose(0);
  EXPECT_EQ(job.serve(), nobody);
}

TEST(SelfPolicy, GivesOneStepPerRequestInOrder) {
  ServedJob job(self, 3, 100, 10);
  for (const int worker : {2, 0, 1}) job.ask(worker);
  job.change(0, &Cluster::set_trimmable, true);  // not a request
  EXPECT_EQ(job.serve(), Given(2, 10));
  job.ask(2);
  EXPECT_EQ(job.serve(), Given(0, 10));
  EXPECT_EQ(job.serve(), Given(1, 10));
  EXPECT_EQ(job.serve(), Given(2, 10));
  EXPECT_EQ(job.serve(), nobody);
}

TEST(SelfPolicy, SkipsTheLost) {
  ServedJob job(self, 2, 100, 10);
  job.ask(0);
  job.ask(1);
  job.lose(0);
  EXPECT_EQ(job.serve(), Given(1, 10));
}

}  // namespace
}  // namespace evenkeel
