#include <fmt/format.h>
#include <gtest/gtest.h>

#include "ledger/recorded_job.h"

namespace evenkeel {
namespace {

class CheckpointLedger : public LedgerTest, public testing::Test {
 protected:
  // A job that resumes, does these spans, and is killed.
  void job(const std::optional<std::string>& resume, const std::vector<Span>& spans) {
    Ledger ledger = open(resume);
    begin(ledger);
    for (const Span& each : spans) ledger.add(each);
    ledger.commit(figures());
  }
};

TEST_F(CheckpointLedger, GoesBackToTheNewestOne) {
  {
    Ledger ledger = open();
    begin(ledger);
    ledger.add(span(0, 0, 60));
    ledger.commit(figures(), checkpoint("a", done(0, 0, 0, 60)));
    ledger.add(span(0, 60, 100));
    ledger.add(span(1, 0, 20));
    ledger.commit(figures(), checkpoint("b", done(1, 1, 0, 20)));
    ledger.add(span(1, 20, 50));
    ledger.commit(figures());
  }
  EXPECT_EQ(spans(), (Rows{"0|0|60", "0|60|100", "1|0|20", "1|20|50"}));
  Ledger ledger = open("");
  EXPECT_EQ(ledger.start().tag, "b");
  EXPECT_EQ(ledger.start().done, done(1, 1, 0, 20));
  EXPECT_EQ(ledger.start().generation, 2);
  begin(ledger);
  EXPECT_EQ(spans(), (Rows{"0|0|60", "0|60|100", "1|0|20"}));  // the rest is abandoned
}

TEST_F(CheckpointLedger, CutsSpansThatWentOnAfterIt) {
  {
    Ledger ledger = open();
    begin(ledger);
    JobFigures now = figures();
    now.open = {span(0, 0, 40), span(0, 50, 70, 2)};
    DoneWork then = done(0, 0, 0, 30);
    EXPECT_TRUE(then.parts[pass_of(0)].insert({Position(50), Position(60)}));
    ledger.commit(now, checkpoint("a", then));
    ledger.add(span(0, 0, 50));
    ledger.commit(figures());
  }
  job("a", {span(0, 30, 50, 2, 9)});
  EXPECT_EQ(rows("SELECT epoch, begin, end, rank FROM spans ORDER BY begin"),
            (Rows{"0|0|30|1", "0|30|50|2", "0|50|60|2"}));
}

TEST_F(CheckpointLedger, GoesBackBehindACheckpointThatItWentBackTo) {
  {
    Ledger ledger = open();
    begin(ledger);
    ledger.add(span(0, 0, 20));
    ledger.commit(figures(), checkpoint("a", done(0, 0, 0, 20)));
    ledger.add(span(0, 20, 60));
    ledger.commit(figures(), checkpoint("b", done(0, 0, 0, 60)));
  }
  job("b", {span(0, 60, 80)});
  EXPECT_EQ(spans(), (Rows{"0|0|20", "0|20|60", "0|60|80"}));
  job("a", {span(0, 50, 60, 2)});
  EXPECT_EQ(spans(), (Rows{"0|0|20", "0|50|60"}));
  job("b", {});  // abandoned, and still there
  EXPECT_EQ(spans(), (Rows{"0|0|20", "0|20|60"}));
  EXPECT_EQ(rows("SELECT number, parent, checkpoint FROM generation"),
            (Rows{"1||", "2|1|2", "3|1|1", "4|1|2"}));
}

TEST_F(CheckpointLedger, GoesBackToTheSameOneAgainIfThereIsNoNewer) {
  {
    Ledger ledger = open();
    begin(ledger);
    ledger.commit(figures(), checkpoint("a", done(0, 0, 0, 10)));
    ledger.commit(figures(), checkpoint("b", done(0, 0, 0, 20)));
  }
  job("a", {});
  EXPECT_EQ(open("").start().tag, "a");  // not the one that was abandoned
}

TEST_F(CheckpointLedger, KnowsWhichOnesCount) {
  {
    Ledger ledger = open();
    begin(ledger);
    for (const char* tag : {"a", "b", "c"}) {
      ledger.commit(figures(), checkpoint(tag, done(0, 0, 0, 10)));
    }
  }
  job("b", {});
  EXPECT_EQ(rows("SELECT tag, counts FROM checkpoints"), (Rows{"a|1", "b|1", "c|0"}));
}

TEST_F(CheckpointLedger, TakesTheNewestOfATag) {
  {
    Ledger ledger = open();
    begin(ledger);
    ledger.commit(figures(), checkpoint("a", done(0, 0, 0, 10)));
    ledger.commit(figures(), checkpoint("a", done(0, 0, 0, 30)));
  }
  EXPECT_EQ(open("a").start().done, done(0, 0, 0, 30));
}

TEST_F(CheckpointLedger, ForgetsTheOldestButNotOneThatTheRunWentBackTo) {
  constexpr std::int64_t most = Ledger::most_checkpoints;
  {
    Ledger ledger = open();
    begin(ledger);
    ledger.add(span(0, 0, 10));
    ledger.commit(figures(), checkpoint("a", done(0, 0, 0, 10)));
    ledger.commit(figures(), checkpoint("b", done(0, 0, 0, 10)));
  }
  Ledger ledger = open("a");
  begin(ledger);
  execute(
      fmt::format("INSERT INTO checkpoint (id, tag, generation, incarnation, t, recorded_at) "
                  "WITH RECURSIVE n (i) AS (SELECT 3 UNION ALL SELECT i + 1 FROM n WHERE i < {}) "
                  "SELECT i, 'c' || i, 2, 2, 0, '' FROM n",
                  most));
  ledger.commit(figures(), checkpoint("d", done(0, 0, 0, 10)));
  EXPECT_EQ(rows("SELECT count(*) FROM checkpoint"), Rows{std::to_string(most + 1)});
  ledger.commit(figures(), checkpoint("e", done(0, 0, 0, 10)));
  EXPECT_EQ(rows("SELECT count(*) FROM checkpoint"), Rows{std::to_string(most + 1)});
  EXPECT_EQ(rows("SELECT tag FROM checkpoint ORDER BY id LIMIT 2"), (Rows{"a", "c3"}));
  EXPECT_EQ(rows("SELECT c.tag FROM checkpoint_done d LEFT JOIN checkpoint c "
                 "ON c.id = d.checkpoint ORDER BY c.id"),
            (Rows{"a", "d", "e"}));
  EXPECT_EQ(spans(), Rows{"0|0|10"});
}

TEST_F(CheckpointLedger, SuggestsATag) {
  {
    Ledger ledger = open();
    begin(ledger);
  }
  EXPECT_EQ(fault_of("best"), "run.db: has no checkpoint 'best'; it has none; give --resume alone");
  {
    Ledger ledger = open("");
    begin(ledger);
    ledger.commit(figures(), checkpoint("epoch-3", done(0, 0, 0, 10)));
  }
  EXPECT_EQ(fault_of("epoch-4"), "run.db: has no checkpoint 'epoch-4'; did you mean 'epoch-3'?");
  EXPECT_EQ(fault_of("the best of all"),
            "run.db: has no checkpoint 'the best of all'; the newest is 'epoch-3'");
}

// ---- step mode

TEST_F(CheckpointLedger, RecordsOneCheckpointIfAllWorkersCall) {
  Ledger ledger = open();
  begin_steps(ledger);
  for (int call = 0; call < 3; ++call) ledger.commit(figures(), checkpoint_at("a", 4));
  ledger.commit(figures(), checkpoint_at("a", 5));
  EXPECT_EQ(rows("SELECT tag, step FROM checkpoints"), (Rows{"a|4", "a|5"}));
}

TEST_F(CheckpointLedger, IsPartOfThePlansThatWereCarriedOut) {
  Ledger ledger = open();
  begin_steps(ledger);
  ledger.add(PlanRecord{0, 20, {5, 5}, {}});
  JobFigures now = figures();
  now.steps_done = now.job.steps = 12;  // others have not reported the thirteenth
  ledger.commit(now, checkpoint_at("a", 13));
  EXPECT_EQ(rows("SELECT first_step, end_step FROM plans"), Rows{"0|13"});
}

TEST_F(CheckpointLedger, RecordsTheStepInStepMode) {
  {
    Ledger ledger = open();
    begin_steps(ledger);
    JobFigures now = figures();
    now.steps_done = now.job.steps = 11;  // others have not reported the twelfth and the next
    ledger.commit(now, checkpoint_at("a", 13));
    EXPECT_EQ(spans(), (Rows{"0|0|100", "1|0|30"}));
    now.steps_done = now.job.steps = 12;
    ledger.commit(now);
    EXPECT_EQ(spans(), (Rows{"0|0|100", "1|0|30"}));
    now.steps_done = now.job.steps = 17;
    ledger.commit(now);
    EXPECT_EQ(spans(), (Rows{"0|0|100", "1|0|70"}));
  }
  Ledger ledger = open("");
  EXPECT_EQ(ledger.start().tag, "a");
  EXPECT_EQ(ledger.start().first_step, 13);
  begin_steps(ledger);
  JobFigures now = figures();
  now.steps_done = 20;
  now.job.steps = 7;
  ledger.commit(now);
  EXPECT_EQ(spans(), (Rows{"0|0|100", "1|0|30", "1|30|100"}));
}

}  // namespace
}  // namespace evenkeel
