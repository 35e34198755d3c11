#include "ledger/ledger.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "ledger/done_spans.h"
#include "ledger/ledger_database.h"
#include "ledger/recorded_job.h"
#include "ledger/schema.h"

namespace evenkeel {
namespace {

class LeaseLedger : public LedgerTest, public testing::Test {};
class StepLedger : public LedgerTest, public testing::Test {
 protected:
  // Of one step, and another than the one before.
  static void add_plan(Ledger& ledger, std::int64_t step) {
    ledger.add(PlanRecord{step, step + 1, {step % 2, 10}, {}});
  }
};

// FNV-1a.
std::uint64_t hash_of(std::string_view text) {
  std::uint64_t hash = 0xcbf29ce484222325;
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3;
  return hash;
}

TEST(LedgerSchema, ChangesWithItsVersion) {
  EXPECT_EQ(hash_of(ledger_schema()), 14006993479847391222U)
      << "the tables are others: count ledger_version up, and write the new hash here";
}

TEST_F(LeaseLedger, BeginsAtTheStart) {
  const Ledger ledger = open();
  EXPECT_EQ(ledger.start().incarnation, 1);
  EXPECT_TRUE(ledger.start().done.empty());
  EXPECT_EQ(ledger.start().last_lease(), LeaseId(std::uint64_t{1} << 40));
}

TEST_F(LeaseLedger, BeginsEveryTimeWithIdsOfItsOwn) {
  for (std::int64_t incarnation = 1; incarnation <= 3; ++incarnation) {
    Ledger ledger = incarnation == 1 ? open() : open("");
    EXPECT_EQ(ledger.start().incarnation, incarnation);
    begin(ledger);
  }
  EXPECT_EQ(rows("SELECT number, generation, state FROM incarnation"),
            (Rows{"1|1|running", "2|1|running", "3|1|running"}));
}

TEST_F(LeaseLedger, IsNotARunBeforeItBegins) {
  static_cast<void>(open());
  EXPECT_EQ(fault_of(), "");
  EXPECT_EQ(open("").start().incarnation, 1);  // a script may always say so
}

TEST_F(LeaseLedger, GoesOnFromWhatIsDone) {
  {
    Ledger ledger = open();
    begin(ledger);
    ledger.add(span(0, 40, 100, 2, 5));
    ledger.add(span(0, 0, 40));
    ledger.add(span(1, 20, 30));
    JobFigures now = figures();
    now.open = {span(1, 50, 60, 2, 6)};
    ledger.commit(now);
    ledger.add(span(2, 0, 100));  // not written in time
  }
  DoneWork expected = done(1, 1, 20, 30);
  EXPECT_TRUE(expected.parts[pass_of(1)].insert({Position(50), Position(60)}));
  EXPECT_EQ(open("").start().done, expected);
}

TEST_F(LeaseLedger, LetsASpanGrowUntilItIsOver) {
  Ledger ledger = open();
  begin(ledger);
  JobFigures now = figures();
  now.open = {span(0, 0, 10)};
  ledger.commit(now);
  now.open = {span(0, 0, 30)};
  ledger.commit(now);
  EXPECT_EQ(spans(), Rows{"0|0|30"});
  ledger.add(span(0, 0, 50));
  ledger.commit(figures());
  EXPECT_EQ(rows("SELECT epoch, begin, end, rank, lease, incarnation, t0, t1 FROM spans"),
            Rows{"0|0|50|1|1|0|1.5|2.25"});
}

TEST_F(LeaseLedger, MergesNeighboursThatAreOver) {
  Ledger ledger = open();
  begin(ledger);
  for (std::int64_t begin = 0; begin < 80; begin += 10) {
    if (begin != 30) ledger.add(span(0, begin, begin + 10));
  }
  JobFigures now = figures();
  now.open = {span(0, 80, 90), span(1, 0, 10)};
  ledger.commit(now);
  SQLite::Database database = open_ledger(path.string());
  EXPECT_EQ(merge_spans(database, 1, now.open), 4);
  EXPECT_EQ(rows("SELECT epoch, begin, end, ifnull(rank, 0) FROM spans ORDER BY epoch, begin"),
            (Rows{"0|0|30|0", "0|40|80|0", "0|80|90|1", "1|0|10|1"}));
}

TEST_F(LeaseLedger, MergesWhatHasToWaitForLong) {
  Ledger ledger = open();
  JobDescription job = lease_job();
  job.samples = 10 * static_cast<std::int64_t>(Ledger::most_waiting) + 100;
  ledger.begin(job, std::nullopt, {"a", "b"});
  JobFigures now = figures();
  now.open = {span(0, 20, 25)};
  ledger.commit(now);
  for (std::int64_t i = 0; i < static_cast<std::int64_t>(Ledger::most_waiting) + 2; ++i) {
    ledger.add(span(0, 10 * i, 10 * i + 10));
  }
  ledger.commit(figures());
  EXPECT_EQ(spans(), (Rows{"0|0|1000000", "0|1000000|1000010", "0|1000010|1000020"}));
  SQLite::Database database = open_ledger(path.string());
  EXPECT_EQ(merge_spans(database, 1, {}), 1);
  ledger.commit(figures());  // what has been written is not written again
  EXPECT_EQ(spans(), Rows{"0|0|1000020"});
}

TEST_F(LeaseLedger, MergesSpansIfThereAreTooMany) {
  constexpr std::int64_t most = Ledger::most_spans;
  JobDescription job = lease_job();
  job.samples = 2 * most;
  open().begin(job, std::nullopt, {"a", "b"});
  edit(
      fmt::format("INSERT INTO span (generation, dataset, epoch, begin, end, rank) "
                  "WITH RECURSIVE n (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < {}) "
                  "SELECT 1, 0, 0, i, i + 1, 1 FROM n",
                  most - 2));  // two less than too many
  Ledger ledger = open("");
  ledger.begin(job, std::nullopt, {"a", "b"});
  ledger.add(span(0, most - 1, most));
  ledger.commit(figures());
  EXPECT_EQ(rows("SELECT count(*) FROM span"), Rows{std::to_string(most)});
  ledger.add(span(0, most, most + 1));
  JobFigures now = figures();
  now.open = {span(0, most + 1, most + 2, 2)};
  ledger.commit(now);
  EXPECT_EQ(spans(), (Rows{"0|0|500001", "0|500001|500002"}));
  now.open = {span(0, most + 1, most + 5, 2)};
  ledger.commit(now);
  EXPECT_EQ(spans(), (Rows{"0|0|500001", "0|500001|500005"}));
}

TEST_F(LeaseLedger, MergesNothingOfOtherEpochsOrGenerations) {
  {
    Ledger ledger = open();
    begin(ledger);
    ledger.add(span(0, 0, 50));
    ledger.add(span(1, 50, 60, 2));
    ledger.commit(figures(), checkpoint("a", done(0, 0, 0, 50)));
    ledger.add(span(0, 50, 90));  // abandoned
    ledger.end(figures(), false);
  }
  Ledger ledger = open("a");
  begin(ledger);
  ledger.add(span(0, 50, 60));
  ledger.add(span(0, 60, 70, 2));
  ledger.add(span(1, 70, 80, 2));
  ledger.add(span(2, 60, 70));
  ledger.commit(figures());
  SQLite::Database database = open_ledger(path.string());
  EXPECT_EQ(merge_spans(database, 2, {}), 6);
  EXPECT_EQ(rows("SELECT generation, epoch, begin, end, ifnull(rank, 0) FROM span"),
            (Rows{"1|0|0|50|1", "1|0|50|90|1", "1|1|50|60|2", "2|0|50|70|0", "2|1|70|80|2",
                  "2|2|60|70|1"}));
}

// After a kill, the log may stay behind.
TEST_F(LeaseLedger, HasItsCheckpointsInTheFileItself) {
  Ledger ledger = open();
  begin(ledger);
  ledger.add(span(0, 0, 50));
  ledger.commit(figures(), checkpoint("a", done(0, 0, 0, 50)));
  const std::filesystem::path copy = path.string() + ".copy";
  std::filesystem::copy_file(path, copy);
  SQLite::Database database(copy.string(), SQLite::OPEN_READWRITE);
  EXPECT_EQ(database.execAndGet("SELECT tag FROM checkpoint").getString(), "a");
  EXPECT_EQ(database.execAndGet("SELECT max(end) FROM span").getInt(), 50);
}

TEST_F(LeaseLedger, LacksLittleWithoutItsLog) {
  Ledger ledger = open();
  begin(ledger);
  for (std::int64_t second = 0; second < 25; ++second) {
    ledger.add(span(0, 10 * second, 10 * second + 10));
    ledger.commit(figures());
  }
  const std::filesystem::path copy = path.string() + ".copy";
  std::filesystem::copy_file(path, copy);
  SQLite::Database database(copy.string(), SQLite::OPEN_READWRITE);
  EXPECT_GE(database.execAndGet("SELECT max(end) FROM span").getInt(), 10 * (25 - 10));
}

TEST_F(LeaseLedger, KeepsFiguresOfEveryWorker) {
  Ledger ledger = open();
  begin(ledger);
  JobFigures now = figures();
  now.workers[1].samples = 40;
  now.workers[1].state = WorkerState::lost;
  now.workers[1].busy = from_seconds(1.5);
  ledger.commit(now);
  EXPECT_EQ(rows("SELECT incarnation, rank, host, state, samples, busy_s FROM ranks"),
            (Rows{"1|1|a|working|0|0.0", "1|2|b|lost|40|1.5"}));
}

TEST_F(LeaseLedger, KeepsEvents) {
  Ledger ledger = open();
  begin(ledger);
  Event event{instant_at(4), Rank(2), EventKind::slower, 125, 62};
  event.step = 17;
  ledger.add(event);
  ledger.commit(figures());
  ledger.commit(figures());
  EXPECT_EQ(rows("SELECT incarnation, t, rank, kind, before, after, step FROM events"),
            Rows{"1|4.0|2|slower|125.0|62.0|17"});
}

TEST_F(LeaseLedger, RecordsHowAJobEnded) {
  {
    Ledger ledger = open();
    begin(ledger);
    ledger.end(figures(), false);
  }
  EXPECT_EQ(rows("SELECT state FROM incarnation"), Rows{"ended"});
  {
    Ledger ledger = open("");
    begin(ledger);
    ledger.end(figures(), true);
  }
  EXPECT_EQ(rows("SELECT state FROM incarnation"), (Rows{"ended", "complete"}));
}

TEST_F(LeaseLedger, IsOneFileWhenItIsClosed) {
  {
    Ledger ledger = open();
    begin(ledger);
    ledger.end(figures(), true);
  }
  EXPECT_FALSE(std::filesystem::exists(path.string() + "-wal"));
  EXPECT_FALSE(std::filesystem::exists(path.string() + "-journal"));
}

// ---- step mode

TEST_F(StepLedger, GoesOnAfterTheStepsThatAreDone) {
  {
    Ledger ledger = open();
    begin_steps(ledger);
    JobFigures now = figures();
    now.steps_done = now.job.steps = 13;
    ledger.commit(now);
  }
  EXPECT_EQ(spans(), (Rows{"0|0|100", "1|0|30"}));
  {
    Ledger ledger = open("");
    EXPECT_EQ(ledger.start().first_step, 13);
    begin_steps(ledger);
    JobFigures now = figures();
    now.steps_done = 25;
    now.job.steps = 12;
    ledger.commit(now);
  }
  EXPECT_EQ(spans(), (Rows{"0|0|100", "1|0|30", "1|30|100", "2|0|50"}));
  EXPECT_EQ(open("").start().first_step, 25);
}

TEST_F(StepLedger, ForgetsNothingOfAJobThatHadFewerSteps) {
  for (const std::int64_t steps : {13, 0, 9}) {
    Ledger ledger = steps == 13 ? open() : open("");
    const std::int64_t first = steps == 0 ? 10 : ledger.start().first_step;
    ledger.begin(step_job(first), line_of(first), {"a", "b"});
    ledger.add(PlanRecord{first, first + 20, {5, 5 + steps}, {}});
    JobFigures now = figures();
    now.job.steps = steps;
    now.steps_done = first + steps;
    ledger.commit(now);
  }
  EXPECT_EQ(spans(), (Rows{"0|0|100", "1|0|30", "1|30|100", "2|0|20"}));
  EXPECT_EQ(rows("SELECT * FROM plans"), (Rows{"1|0|13|5,18", "3|13|22|5,14"}));
}

TEST_F(StepLedger, WritesOnlyWhatIsNew) {
  Ledger ledger = open();
  begin_steps(ledger);
  JobFigures now = figures();
  for (std::int64_t step = 1; step <= 30; ++step) {
    now.steps_done = step;
    ledger.commit(now);
  }
  EXPECT_EQ(spans(), (Rows{"0|0|100", "1|0|100", "2|0|100"}));
}

TEST_F(StepLedger, KeepsPlansUntilTheyChange) {
  Ledger ledger = open();
  begin_steps(ledger);
  JobFigures now = figures();
  ledger.add(PlanRecord{0, 4, {5, 5}, {}});
  ledger.add(PlanRecord{4, 8, {5, 5}, {}});
  ledger.commit(now);
  ledger.add(PlanRecord{8, 10, {5, 5}, {}});
  ledger.add(PlanRecord{10, 12, {7, 3}, {}});
  ledger.add(PlanRecord{12, 20, {}, {{4096, 0}, {8192, 12}}});
  now.steps_done = now.job.steps = 14;
  ledger.commit(now);
  EXPECT_EQ(
      rows("SELECT * FROM plans"),
      (Rows{"1|0|10|5,5", "1|10|12|7,3", "1|12|14|4096+0,8192+12"}));  // as far as carried out
  ledger.add(PlanRecord{20, 25, {}, {{4096, 0}, {8192, 12}}});
  now.steps_done = now.job.steps = 25;
  ledger.commit(now);
  EXPECT_EQ(rows("SELECT * FROM plans WHERE first_step > 10"), Rows{"1|12|25|4096+0,8192+12"});
}

TEST_F(StepLedger, ForgetsTheOldestOfThePlansThatHaveToWait) {
  Ledger ledger = open();
  begin_steps(ledger);
  constexpr auto most = static_cast<std::int64_t>(Ledger::most_waiting);
  for (std::int64_t step = 0; step <= most; ++step) add_plan(ledger, step);
  ledger.commit(figures());
  EXPECT_EQ(rows("SELECT count(*), min(first_step), max(first_step) FROM plan"),
            Rows{fmt::format("{}|{}|{}", most / 2 + 1, most / 2, most)});
}

TEST_F(StepLedger, ForgetsTheOldestPlansOfTheRun) {
  constexpr std::int64_t most = Ledger::most_plans;
  leave_plans(most);
  Ledger ledger = open("");
  begin_steps(ledger);
  for (std::int64_t step = 0; step < 2'000; ++step) add_plan(ledger, step);
  ledger.commit(figures());
  EXPECT_EQ(rows("SELECT incarnation, count(*), min(first_step) FROM plan GROUP BY incarnation"),
            (Rows{fmt::format("1|{}|2000", most - 2'000), "2|2000|0"}));
}

TEST_F(StepLedger, KnowsWhichPlansCount) {
  for (const std::int64_t first : {0, 4}) {
    Ledger ledger = first == 0 ? open() : open("a");
    begin_steps(ledger);
    ledger.add(PlanRecord{first, first + 9, {5, 5 + first}, {}});
    JobFigures now = figures();
    now.job.steps = 9;
    now.steps_done = first + 9;
    ledger.commit(now, checkpoint_at("a", first == 0 ? 4 : 9));
  }
  EXPECT_EQ(rows("SELECT * FROM plans"), (Rows{"1|0|4|5,5", "2|4|13|5,9"}));
}

}  // namespace
}  // namespace evenkeel
