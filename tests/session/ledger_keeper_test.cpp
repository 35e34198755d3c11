#include "session/ledger_keeper.h"

#include <SQLiteCpp/Database.h>
#include <gtest/gtest.h>

#include <chrono>
#include <functional>
#include <map>

#include "dataset/samples.h"
#include "evenkeel/error.h"
#include "ledger/recorded_job.h"
#include "ledger/recorded_run.h"

namespace evenkeel {
namespace {

using namespace std::chrono_literals;

// A job as it stands.
class StandingJob final : public JobCoordinator {
 public:
  explicit StandingJob(const CoordinatorOptions& options) : options_(options) {}

  std::optional<Instant> next_wake() const override { return std::nullopt; }
  bool finished() const override { return false; }
  bool released() const override { return false; }
  bool is_closing(Rank /*worker*/) const override { return false; }
  bool deserted() const override { return false; }
  bool given_up() const override { return false; }
  bool only_failures() const override { return false; }
  const CoordinatorOptions& options() const override { return options_; }
  JobRecord job() const override { return record; }
  WorkerRecord worker(Rank rank) const override {
    WorkerRecord worker;
    worker.samples = rank.value();
    worker.speed = speeds.empty() ? 0 : speeds[static_cast<std::size_t>(rank.value() - 1)];
    return worker;
  }
  std::optional<StepRecord> steps() const override { return step_record; }
  Pass pass() const override { return pass_of(0); }
  std::vector<Span> open_spans() const override { return open; }

  JobRecord record;
  std::optional<StepRecord> step_record;
  std::vector<Span> open;
  std::vector<double> speeds;  // one per worker

 private:
  CoordinatorOptions options_;
};

// Epochs of a hundred samples.
class KeptLedger : public LedgerTest, public testing::Test {
 protected:
  static CoordinatorOptions lease_mode() {
    CoordinatorOptions job;
    job.workers = 2;
    job.epochs = 3;
    job.step_samples = 10;
    return job;
  }
  static CoordinatorOptions step_mode() {
    CoordinatorOptions job = lease_mode();
    job.step = StepModeOptions();
    job.step->line = line_of();
    return job;
  }

  static void end(LedgerKeeper& keeper, const StandingJob& standing) {
    std::vector<WorkerRecord> workers;
    for (const WorkerIndex worker : WorkerRange(standing.options().workers)) {
      workers.push_back(standing.worker(standing.options().rank_of(worker)));
    }
    keeper.end(standing.job(), workers);
  }

  JobOptions options(const std::optional<std::string>& resume) const {
    JobOptions options;
    options.ledger = path.string();
    options.resume = resume;
    return options;
  }
  LedgerKeeper keeper_of(const CoordinatorOptions& job) const {
    return {options(""), job, dataset};
  }

  // One job, which does so many steps and ends.
  CoordinatorOptions do_steps(CoordinatorOptions job, std::int64_t steps) const {
    LedgerKeeper keeper = keeper_of(job);
    keeper.adapt(job, {});
    StandingJob standing(job);
    begin(keeper, standing);
    standing.record.samples = 300;
    standing.record.steps = steps;
    end(keeper, standing);
    return job;
  }

  void begin(LedgerKeeper& keeper, const StandingJob& job) const {
    const auto workers = static_cast<std::size_t>(job.options().workers);
    keeper.begin(job, dataset, events, set_aside, std::vector<std::string>(workers, "h"));
  }

  std::string refusal_of(const CoordinatorOptions& job, const Dataset& of) const {
    try {
      const LedgerKeeper keeper(options(""), job, of);
    } catch (const UserError& error) {
      const std::string text = error.what();
      const std::string head = path.string() + ": the run has ";
      return text.substr(head.size(), text.find(';') - head.size());
    }
    return "";
  }

  const Dataset dataset = Dataset::cut(manifest_of({100}), 100);
  KeptEvents events;
  KeptSetAside set_aside;
};

// ---- where a job begins

TEST_F(KeptLedger, TakesTheSpeedsOfTheRunByHostAndPlaceOnIt) {
  CoordinatorOptions job = lease_mode();
  for (const std::vector<double>& speeds : {std::vector{30.0, 10.0}, std::vector{0.0, 0.0}}) {
    LedgerKeeper keeper = keeper_of(job);
    keeper.adapt(job, {});
    StandingJob standing(job);
    standing.speeds = speeds;  // the second job ends before its first step
    begin(keeper, standing);
    end(keeper, standing);
  }
  const LedgerKeeper keeper = keeper_of(job);
  keeper.adapt(job, {"other", "h", "h"});
  EXPECT_EQ(job.policy.weights, (PerWorker<double>{1, 1.5, 0.5}));
  job.policy.weights = {1, 2, 3};
  keeper.adapt(job, {"other", "h", "h"});
  EXPECT_EQ(job.policy.weights, (PerWorker<double>{1, 2, 3}));
  job.policy = {PolicyKind::self, {}, 0};
  keeper.adapt(job, {"other", "h", "h"});
  EXPECT_TRUE(job.policy.weights.empty());
}

TEST_F(KeptLedger, LetsALeaseJobGoOn) {
  CoordinatorOptions job = lease_mode();
  {
    LedgerKeeper keeper = keeper_of(job);
    keeper.adapt(job, {});
    EXPECT_TRUE(job.keeps_checkpoints);
    EXPECT_EQ(job.last_lease, LeaseId(std::uint64_t{1} << 40));
    EXPECT_TRUE(job.done.empty());
    StandingJob standing(job);
    begin(keeper, standing);
    keeper.on_span(span(0, 0, 30));
    standing.open = {span(1, 40, 50, 2)};
    end(keeper, standing);
  }
  DoneWork expected = done(0, 0, 0, 30);
  EXPECT_TRUE(expected.parts[pass_of(1)].insert({Position(40), Position(50)}));
  keeper_of(job).adapt(job, {});
  EXPECT_EQ(job.last_lease, LeaseId(std::uint64_t{2} << 40));
  EXPECT_EQ(job.done, expected);
}

TEST_F(KeptLedger, LetsAStepJobGoOn) {
  do_steps(step_mode(), 13);
  EXPECT_EQ(spans(), (Rows{"0|0|100", "1|0|30"}));
  EXPECT_EQ(do_steps(step_mode(), 4).step->line.first_step, 13);
  EXPECT_EQ(spans(), (Rows{"0|0|100", "1|0|30", "1|30|70"}));
  CoordinatorOptions shorter = step_mode();
  shorter.step->line.steps = 10;
  EXPECT_EQ(do_steps(shorter, 0).step->line.first_step, 10);  // and not behind its end
  EXPECT_EQ(do_steps(step_mode(), 0).step->line.first_step, 17);
}

TEST_F(KeptLedger, RefusesALeaseJobOfAnotherRun) {
  CoordinatorOptions block = lease_mode();
  block.order.shuffle = Shuffle::block;
  {
    LedgerKeeper keeper = keeper_of(block);
    const StandingJob standing(block);
    begin(keeper, standing);
  }
  using Change = std::function<void(CoordinatorOptions&)>;
  const std::map<std::string, Change> changes{
      {"seed 0, and here it is 1", [](auto& job) { job.order.seed = 1; }},
      {"shuffle block, and here it is full", [](auto& job) { job.order.shuffle = Shuffle::full; }},
      {"shuffle-block 16384, and here it is 8", [](auto& job) { job.order.shuffle_block = 8; }},
      {"shard-samples 1024, and here it is 7", [](auto& job) { job.shard_samples = 7; }},
      {"step-samples 10, and here it is 20", [](auto& job) { job.step_samples = 20; }},
      {"mode lease, and here it is step", [](auto& job) { job.step = step_mode().step; }},
      {"", [](auto& job) { job.workers = 9; }}};
  for (const auto& [words, change] : changes) {
    CoordinatorOptions job = block;
    change(job);
    EXPECT_EQ(refusal_of(job, dataset), words);
  }
}

TEST_F(KeptLedger, RefusesAStepJobOfAnotherRun) {
  do_steps(step_mode(), 1);
  CoordinatorOptions job = step_mode();
  job.step->line.global_batch = 20;
  EXPECT_EQ(refusal_of(job, dataset), "global-batch 10, and here it is 20");
  job = step_mode();
  job.step->line.keeps_last = false;
  EXPECT_EQ(refusal_of(job, dataset), "last partial, and here it is drop");
  job = step_mode();
  job.step->line.micro_batch = 5;  // and the length of a lease's steps
  job.step_samples = 7;
  EXPECT_EQ(refusal_of(job, dataset), "");
}

TEST_F(KeptLedger, RefusesAnotherDataSet) {
  const auto cut = [](const std::vector<std::int64_t>& files) {
    return Dataset::cut(manifest_of(files), 100);
  };
  {
    const Dataset own = cut({40, 60});
    LedgerKeeper keeper(options(std::nullopt), lease_mode(), own);
    keeper.begin(StandingJob(lease_mode()), own, events, set_aside, {"a", "b"});
  }
  EXPECT_EQ(refusal_of(lease_mode(), cut({40, 60})), "");
  EXPECT_EQ(
      refusal_of(lease_mode(), cut({100})),
      "files 2, and here it is 1: \"0\" has other samples or another size than then (in all 1 "
      "missing, 1 changed)");
  EXPECT_EQ(refusal_of(lease_mode(), cut({40, 61})),
            "samples 100, and here it is 101: \"1\" has other samples or another size than then");
  EXPECT_TRUE(refusal_of(lease_mode(), cut({60, 40})).starts_with("dataset fingerprint "));
}

// ---- while it goes on

class WritingKeeper : public KeptLedger {
 protected:
  std::int64_t done_on_record() const { return read_run(path.string()).job.samples_done; }

  // Whether looking then, when this much is done, puts it on record.
  bool is_written(LedgerKeeper& keeper, StandingJob& standing, Duration at) const {
    ++standing.record.samples_done;
    keeper.look(Instant(at));
    return done_on_record() == standing.record.samples_done;
  }
};

TEST_F(WritingKeeper, WritesOncePerSecond) {
  const CoordinatorOptions job = lease_mode();
  LedgerKeeper keeper = keeper_of(job);
  StandingJob standing(job);
  begin(keeper, standing);
  EXPECT_TRUE(is_written(keeper, standing, 5s));
  EXPECT_FALSE(is_written(keeper, standing, 5999ms));
  EXPECT_TRUE(is_written(keeper, standing, 6s));
}

TEST_F(WritingKeeper, WritesLessOftenWhereThereAreVeryManyWorkers) {
  CoordinatorOptions job = lease_mode();
  job.workers = 3000;
  LedgerKeeper keeper = keeper_of(job);
  StandingJob standing(job);
  begin(keeper, standing);
  EXPECT_TRUE(is_written(keeper, standing, 5s));
  EXPECT_FALSE(is_written(keeper, standing, 7999ms));
  EXPECT_TRUE(is_written(keeper, standing, 8s));
}

TEST_F(WritingKeeper, ReportsAFailureAndTheRecoveryOnce) {
  const CoordinatorOptions job = lease_mode();
  LedgerKeeper keeper = keeper_of(job);
  const StandingJob standing(job);
  begin(keeper, standing);
  SQLite::Database other(path.string(), SQLite::OPEN_READWRITE);
  other.exec("BEGIN IMMEDIATE");
  const CheckpointRecord record = checkpoint("a", done(0, 0, 0, 10));
  testing::internal::CaptureStderr();
  keeper.on_span(span(0, 0, 10));
  keeper.look(Instant(1s));
  EXPECT_FALSE(keeper.record(record));
  EXPECT_EQ(testing::internal::GetCapturedStderr(),
            "evenkeel: " + path.string() +
                ": another program holds it locked; end that, or give another ledger\n"
                "evenkeel: work done from now on is not recorded; trying again every "
                "second\n");
  other.exec("COMMIT");
  testing::internal::CaptureStderr();
  EXPECT_TRUE(keeper.record(record));
  keeper.look(Instant(3s));
  EXPECT_EQ(testing::internal::GetCapturedStderr(),
            "evenkeel: " + path.string() + ": everything is recorded again\n");
  EXPECT_EQ(spans(), Rows{"0|0|10"});
  EXPECT_EQ(rows("SELECT tag FROM checkpoints"), Rows{"a"});
}

TEST_F(WritingKeeper, IsLostWhenAnotherRunTakesTheLedgerOver) {
  const CoordinatorOptions job = lease_mode();
  LedgerKeeper keeper = keeper_of(job);
  const StandingJob standing(job);
  begin(keeper, standing);
  std::filesystem::remove(path.string() + ".lock");
  const LedgerKeeper second = keeper_of(job);
  testing::internal::CaptureStderr();
  EXPECT_FALSE(keeper.record(checkpoint("a", done(0, 0, 0, 10))));
  keeper.look(Instant(1s));
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "");  // the end says it
  EXPECT_TRUE(keeper.is_lost());
  EXPECT_THROW(end(keeper, standing), UserError);
  EXPECT_FALSE(second.is_lost());
}

// ---- what the report of it is made of

TEST_F(KeptLedger, HasTheFiguresOfTheJob) {
  CoordinatorOptions job = step_mode();
  job.first_worker = Rank(0);
  LedgerKeeper keeper = keeper_of(job);
  StandingJob standing(job);
  begin(keeper, standing);
  standing.record.samples = 300;
  standing.record.samples_done = 299;
  standing.step_record = StepRecord();
  standing.step_record->median_s = 0.5;
  standing.record.set_aside_samples = 2;
  set_aside.on_set_aside({pass_of(1), {Position(30), Position(32)}});
  events = KeptEvents({}, 7);
  end(keeper, standing);
  const RecordedRun run = read_run(path.string());
  EXPECT_EQ(run.state, "ended");
  EXPECT_EQ(run.job.samples_done, 299);
  ASSERT_TRUE(run.steps);
  EXPECT_EQ(run.steps->median_s, 0.5);
  ASSERT_EQ(run.workers.size(), 2U);
  EXPECT_EQ(run.workers[0].samples, 0);
  EXPECT_EQ(run.workers[1].samples, 1);
  EXPECT_EQ(run.events.left_out(), 7);
  ASSERT_EQ(run.set_aside.size(), 1U);
  EXPECT_EQ(run.set_aside[0].first, 30);
  EXPECT_EQ(run.set_aside[0].count, 2);
}

TEST_F(KeptLedger, IsCompleteIfAllSamplesAreDone) {
  CoordinatorOptions job = lease_mode();
  job.first_worker = Rank(5);
  LedgerKeeper keeper = keeper_of(job);
  StandingJob standing(job);
  begin(keeper, standing);
  standing.record.samples = standing.record.samples_done = 300;
  end(keeper, standing);
  EXPECT_EQ(rows("SELECT state FROM incarnation"), Rows{"complete"});
  EXPECT_EQ(rows("SELECT rank, samples FROM ranks"), (Rows{"5|5", "6|6"}));
}

}  // namespace
}  // namespace evenkeel
