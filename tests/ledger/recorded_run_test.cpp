#include "ledger/recorded_run.h"

#include <SQLiteCpp/Database.h>
#include <gtest/gtest.h>

#include <atomic>
#include <thread>
#include <utility>

#include "evenkeel/error.h"
#include "ledger/file_system.h"
#include "ledger/recorded_job.h"

namespace evenkeel {
namespace {

class RunOnRecord : public LedgerTest, public testing::Test {};

TEST_F(RunOnRecord, HasTheFiguresForTheReport) {
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

TEST_F(RunOnRecord, IsOfTheJobThatDidTheLastOfTheWorkIfNothingWasLeftAfterIt) {
  const auto run_job = [&](std::int64_t samples, bool is_complete) {
    Ledger ledger = open("");
    begin(ledger);
    JobFigures end = figures();
    end.job.samples = samples;
    ledger.end(end, is_complete);
    return read_run(path.string()).incarnation;
  };
  EXPECT_EQ(run_job(0, true), 1) << "there is no other";
  EXPECT_EQ(run_job(100, false), 2);
  EXPECT_EQ(run_job(0, true), 3) << "with fewer epochs, the run is complete";
  EXPECT_EQ(run_job(50, true), 4);
  EXPECT_EQ(run_job(0, true), 4);
  EXPECT_EQ(run_job(0, true), 4);
}

JobFigures with_set_aside(std::vector<SetAsideSamples> samples) {
  JobFigures now = figures();
  now.set_aside = std::move(samples);
  return now;
}

// A job that dies without a last word has it listed, too.
TEST_F(RunOnRecord, ListsWhatIsSetAsideSoFar) {
  Ledger ledger = open();
  begin(ledger);
  ledger.commit(with_set_aside({{pass_of(0), "/data/a", 3, 2}}));
  ledger.commit(with_set_aside({{pass_of(0), "/data/a", 3, 4}, {pass_of(1), "/data/b", 0, 1}}));
  ledger.commit(figures());  // no more than that
  const RecordedRun run = read_run(path.string());
  ASSERT_EQ(run.set_aside.size(), 2U);
  EXPECT_EQ(run.set_aside[0].path, "/data/a");
  EXPECT_EQ(run.set_aside[0].first, 3);
  EXPECT_EQ(run.set_aside[0].count, 4);
  EXPECT_EQ(run.set_aside[1].pass, pass_of(1));
}

JobFigures progress_at(double second) {
  JobFigures now = figures();
  now.workers[1].last_end = instant_at(second);
  now.workers[1].steps = static_cast<std::int64_t>(10 * second);
  now.workers[1].cost = 40 * second;
  now.workers[1].busy = from_seconds(second / 2);
  return now;
}

TEST_F(RunOnRecord, HasTheWorkersProgress) {
  Ledger ledger = open();
  begin(ledger);
  for (const double second : {0.0, 1.5, 2.0, 2.5}) ledger.commit(progress_at(second));
  const std::vector<WorkerProgress> progress =
      read_progress(path.string(), read_run(path.string()));
  ASSERT_EQ(progress.size(), 2U);  // a second apart at least
  EXPECT_EQ(progress[0].rank, Rank(2));
  EXPECT_EQ(progress[0].last_end, instant_at(1.5));
  EXPECT_EQ(progress[1].last_end, instant_at(2.5));
  EXPECT_EQ(progress[1].steps, 25);
  EXPECT_EQ(progress[1].cost, 100);
  EXPECT_EQ(progress[1].busy, from_seconds(1.25));
}

TEST_F(RunOnRecord, ForgetsEveryOtherMomentIfThereAreManyOfThem) {
  {
    Ledger ledger = open();
    begin(ledger);
  }
  SQLite::Database(path.string(), SQLite::OPEN_READWRITE)
      .exec("WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < " +
            std::to_string(Ledger::most_progress) +
            ") INSERT INTO progress SELECT 1, 1, i, i, i, i FROM n");
  Ledger ledger = open("");
  begin(ledger);
  ledger.commit(progress_at(5));
  const Rows rows = rows_of(path,
                            "SELECT incarnation, count(*), sum(t % 2) FROM progress "
                            "GROUP BY incarnation");
  const std::string half = std::to_string(Ledger::most_progress / 2);
  EXPECT_EQ(rows, (Rows{"1|" + half + "|" + half + ".0", "2|1|1.0"}));
}

TEST_F(RunOnRecord, TellsWhatItsJobHasSetAside) {
  {
    Ledger ledger = open();
    begin(ledger);
    ledger.commit(figures(), checkpoint("a", done(0, 0, 0, 10)));
    ledger.end(with_set_aside({{pass_of(0), "/data/b", 3, 2}}), false);
  }
  EXPECT_EQ(read_run(path.string()).set_aside.size(), 1U);
  Ledger ledger = open("");
  begin(ledger);
  EXPECT_TRUE(read_run(path.string()).set_aside.empty());
  ledger.end(with_set_aside({{pass_of(1), "/data/c", 30, 2}, {pass_of(1), "/data/b", 7, 1}}),
             false);
  const RecordedRun run = read_run(path.string());
  EXPECT_EQ(run.resumed_tag, "a");
  ASSERT_EQ(run.set_aside.size(), 2U);
  EXPECT_EQ(run.set_aside[0].pass, pass_of(1));
  EXPECT_EQ(run.set_aside[0].path, "/data/c");
  EXPECT_EQ(run.set_aside[0].first, 30);
  EXPECT_EQ(run.set_aside[0].count, 2);
  EXPECT_EQ(run.set_aside[1].path, "/data/b");
}

// All figures that belong together are of one commit, however many there are while it looks.
TEST_F(RunOnRecord, ReadsOneCommit) {
  if (!is_on_local_disk(folder.path().string())) GTEST_SKIP() << "commits would wait for readers";
  Ledger ledger = open();
  begin(ledger);
  std::atomic<bool> is_over = false;
  std::thread writer([&] {
    JobFigures now = figures();
    for (std::int64_t i = 1; i <= 2'000; ++i) {
      now.job.samples_done = now.workers[1].samples = now.events_left_out = i;
      ledger.commit(now);
    }
    is_over = true;
  });
  std::int64_t torn = 0;
  while (!is_over) {
    const RecordedRun run = read_run(path.string());
    const std::int64_t left_out = run.events.left_out();
    if (run.workers[1].samples != run.job.samples_done || left_out != run.job.samples_done) ++torn;
  }
  writer.join();
  EXPECT_EQ(torn, 0);
  EXPECT_EQ(read_run(path.string()).job.samples_done, 2'000);
}

TEST_F(RunOnRecord, NeedsARunThatHasBegun) {
  static_cast<void>(open());
  try {
    read_run(path.string());
    FAIL();
  } catch (const UserError& error) {
    EXPECT_EQ(error.what(), path.string() + ": holds no run yet; look again when one has begun");
  }
}

TEST_F(RunOnRecord, IsNotCreatedByReading) {
  try {
    read_run(path.string());
    FAIL();
  } catch (const UserError& error) {
    EXPECT_EQ(error.what(), path.string() +
                                ": there is no such file; give a ledger that 'evenkeel "
                                "run --ledger' has written");
  }
  EXPECT_FALSE(std::filesystem::exists(path));
}

}  // namespace
}  // namespace evenkeel
