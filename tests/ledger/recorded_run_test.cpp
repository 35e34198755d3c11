#include "ledger/recorded_run.h"

#include <gtest/gtest.h>

#include "evenkeel/error.h"
#include "ledger/recorded_job.h"

namespace evenkeel {
namespace {

class RunOnRecord : public LedgerTest, public testing::Test {};

TEST_F(RunOnRecord, TellsWhatTheReportNeeds) {
  Ledger ledger = open();
  ledger.begin(step_job(), line_of(), {"a", "b"});
  JobFigures now = figures();
  now.job.samples = 300;
  now.job.samples_done = 130;
  now.job.last_end = instant_at(12.5);
  now.job.bound_s = 11;
  now.steps = StepRecord();
  now.steps->median_s = 0.25;
  now.steps->equal_measured = true;
  now.steps->equal_end = 21;
  now.steps_done = 13;
  now.workers[1].cost = 4.5;
  now.workers[1].state = WorkerState::lost;
  now.workers[1].waited_for_others = from_seconds(0.5);
  now.workers[1].last_end = instant_at(12.5);
  now.events_left_out = 3;
  Event event{instant_at(4), Rank(2), EventKind::checkpoint};
  event.tag = CheckpointTag::from("best").value();
  event.step = 9;
  ledger.add(event);
  ledger.commit(now);

  const RecordedRun run = read_run(path.string());  // while it goes on
  EXPECT_EQ(run.state, "running");
  EXPECT_EQ(run.description.mode, "step");
  EXPECT_EQ(run.description.cost_unit, "tokens");
  EXPECT_EQ(run.description.seed, 7U);
  EXPECT_EQ(run.description.first_worker, Rank(1));
  EXPECT_EQ(run.description.end_step, 30);
  EXPECT_EQ(run.job.samples, 300);
  EXPECT_EQ(run.job.samples_done, 130);
  EXPECT_EQ(run.job.last_end, instant_at(12.5));
  EXPECT_EQ(run.job.bound_s, 11);
  ASSERT_TRUE(run.steps);
  EXPECT_EQ(run.steps->median_s, 0.25);
  EXPECT_TRUE(run.steps->equal_measured);
  EXPECT_EQ(run.steps->equal_end, 21);
  EXPECT_EQ(run.hosts, (std::vector<std::string>{"a", "b"}));
  ASSERT_EQ(run.workers.size(), 2U);
  EXPECT_EQ(run.workers[1].state, WorkerState::lost);
  EXPECT_EQ(run.workers[1].cost, 4.5);
  EXPECT_EQ(run.workers[1].waited_for_others, from_seconds(0.5));
  EXPECT_EQ(run.workers[1].last_end, instant_at(12.5));
  ASSERT_EQ(run.events.list().size(), 1U);
  EXPECT_EQ(run.events.list()[0].kind, EventKind::checkpoint);
  EXPECT_EQ(run.events.list()[0].tag.text(), "best");
  EXPECT_EQ(run.events.list()[0].step, 9);
  EXPECT_EQ(run.events.left_out(), 3);
}

TEST_F(RunOnRecord, IsOfTheNewestJob) {
  {
    Ledger ledger = open();
    begin(ledger);
    ledger.add(Event{instant_at(4), Rank(2), EventKind::lost});
    ledger.end(figures(), false);
  }
  Ledger ledger = open("");
  ledger.begin(lease_job(), std::nullopt, {"c"});
  const RecordedRun run = read_run(path.string());
  EXPECT_EQ(run.incarnation, 2);
  EXPECT_EQ(run.hosts, std::vector<std::string>{"c"});
  EXPECT_TRUE(run.events.list().empty());
  EXPECT_FALSE(run.steps);
}

// A job that dies without a last word has it listed, too.
TEST_F(RunOnRecord, ListsWhatIsSetAsideSoFar) {
  Ledger ledger = open();
  begin(ledger);
  JobFigures now = figures();
  now.set_aside = {{Epoch(0), "/data/a", 3, 2}};
  ledger.commit(now);
  now.set_aside = {{Epoch(0), "/data/a", 3, 4}, {Epoch(1), "/data/b", 0, 1}};
  ledger.commit(now);
  ledger.commit(figures());  // no more than that
  const RecordedRun run = read_run(path.string());
  ASSERT_EQ(run.set_aside.size(), 2U);
  EXPECT_EQ(run.set_aside[0].path, "/data/a");
  EXPECT_EQ(run.set_aside[0].first, 3);
  EXPECT_EQ(run.set_aside[0].count, 4);
  EXPECT_EQ(run.set_aside[1].epoch, Epoch(1));
}

TEST_F(RunOnRecord, IsNotThereBeforeOneHasBegun) {
  { const Ledger ledger = open(); }
  try {
    read_run(path.string());
    FAIL();
  } catch (const UserError& error) {
    EXPECT_EQ(error.what(), path.string() + ": holds no run yet; look again when one has begun");
  }
}

TEST_F(RunOnRecord, IsNotMadeByLooking) {
  EXPECT_THROW(read_run(path.string()), UserError);
  EXPECT_FALSE(std::filesystem::exists(path));
}

}  // namespace
}  // namespace evenkeel
