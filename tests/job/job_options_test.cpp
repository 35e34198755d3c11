#include "job/job_options.h"

#include <gtest/gtest.h>

#include <limits>
#include <string>
#include <vector>

#include "core/option_values.h"
#include "dataset/samples.h"
#include "evenkeel/error.h"
#include "job/worker_weights.h"

namespace evenkeel {
namespace {

const std::vector<std::string> hosts{"gpu-a", "gpu-a", "old-0"};

JobOptions good_options() {
  JobOptions options;
  options.manifest = "shards.json";
  return options;
}

// The refusal of good options after one change; empty if they are accepted.
template <typename Change>
std::string refusal(Change change) {
  JobOptions options = good_options();
  change(options);
  try {
    checked_options(options, hosts);
  } catch (const UserError& error) {
    return error.what();
  }
  return "";
}

TEST(JobOptions, ReachTheCoordinator) {
  JobOptions options = good_options();
  options.epochs = 3;
  options.seed = 7;
  options.step_samples = 16;
  options.shuffle = Shuffle::block;
  options.shuffle_block = 64;
  options.shard_samples = 512;
  options.policy = PolicyKind::round_robin;
  options.epoch_barrier = true;
  options.predictor = PredictorKind::trend;
  options.warmup_steps = 2;
  options.report_interval_s = 0.5;
  options.lease_deadline_s = 30;
  options.start_with = 2;
  const CoordinatorOptions job = checked_options(options, hosts);
  EXPECT_EQ(job.first_worker, Rank(1));
  EXPECT_EQ(job.workers, 3);
  EXPECT_EQ(job.epochs, 3);
  EXPECT_EQ(job.overlap, EpochOverlap::forbidden);
  EXPECT_EQ(job.step_samples, 16);
  EXPECT_EQ(job.order.shuffle, Shuffle::block);
  EXPECT_EQ(job.order.seed, 7U);
  EXPECT_EQ(job.order.shuffle_block, 64);
  EXPECT_EQ(job.shard_samples, 512);
  EXPECT_EQ(job.policy.kind, PolicyKind::round_robin);
  EXPECT_EQ(job.policy.seed, 7U);
  EXPECT_EQ(job.predictor, PredictorKind::trend);
  EXPECT_EQ(job.warmup_steps, 2);
  EXPECT_EQ(job.report_interval, std::chrono::milliseconds(500));
  EXPECT_EQ(job.lease_deadline, std::chrono::seconds(30));
  EXPECT_EQ(job.start_with, 2);
}

TEST(JobOptions, StartWithAsManyWorkersAsThereAre) {
  EXPECT_EQ(checked_options(good_options(), hosts).start_with, 0);
  EXPECT_EQ(refusal([](JobOptions& options) { options.start_with = 3; }), "");
  EXPECT_EQ(refusal([](JobOptions& options) { options.start_with = 4; }),
            "--start-with: 4 is too large, as the job has 3 workers; give at most 3");
  EXPECT_EQ(refusal([](JobOptions& options) { options.start_with = 0; }),
            "--start-with: 0 is too small; give at least 1");
  EXPECT_EQ(refusal([](JobOptions& options) {
              options.mode = Mode::step;
              options.start_with = 2;
            }),
            "--start-with: requires --mode lease");
}

TEST(JobOptions, DefaultsAreAccepted) {
  const CoordinatorOptions job = checked_options(good_options(), hosts);
  EXPECT_EQ(job.overlap, EpochOverlap::allowed);
  EXPECT_FALSE(job.idempotent);
  EXPECT_EQ(job.order.shuffle, Shuffle::shards);
  EXPECT_EQ(job.policy.kind, PolicyKind::adaptive);
  EXPECT_EQ(job.lease_deadline, std::nullopt);
}

TEST(JobOptions, MayAllowStepsToBeDoneTwice) {
  JobOptions options = good_options();
  options.idempotent = true;
  EXPECT_TRUE(checked_options(options, hosts).idempotent);
  EXPECT_EQ(refusal([](auto& o) {
              o.idempotent = true;
              o.policy = PolicyKind::self;
            }),
            "--idempotent: --policy self ignores it; give --policy adaptive");
}

Duration report_interval(const JobOptions& options, std::size_t workers) {
  return checked_options(options, std::vector<std::string>(workers, "node")).report_interval;
}

TEST(JobOptions, ReportTenTimesASecondInJobsOfUpTo1250Workers) {
  EXPECT_EQ(report_interval(good_options(), 1), std::chrono::milliseconds(100));
  EXPECT_EQ(report_interval(good_options(), 1250), std::chrono::milliseconds(100));
}

TEST(JobOptions, ReportLessOftenTheMoreWorkersThereAre) {
  EXPECT_EQ(report_interval(good_options(), 10'000), std::chrono::milliseconds(800));
  EXPECT_EQ(report_interval(good_options(), 31'250), std::chrono::milliseconds(2500));
  EXPECT_EQ(report_interval(good_options(), 100'000), std::chrono::milliseconds(2500));
}

TEST(JobOptions, ReportAsOftenAsTheUserSays) {
  JobOptions options = good_options();
  options.report_interval_s = 0.01;
  EXPECT_EQ(report_interval(options, 10'000), std::chrono::milliseconds(10));
}

TEST(JobOptions, ReportInTimeForTheLeaseDeadline) {
  JobOptions options = good_options();
  options.lease_deadline_s = 2;
  EXPECT_EQ(report_interval(options, 100'000), std::chrono::milliseconds(500));
  options.lease_deadline_s = 0.2;
  EXPECT_EQ(report_interval(options, 100'000), std::chrono::milliseconds(100));
}

TEST(JobOptions, AcceptAnInfiniteLeaseDeadline) {
  JobOptions options = good_options();
  options.lease_deadline_s = 1e30;
  EXPECT_GT(*checked_options(options, hosts).lease_deadline, std::chrono::hours(24 * 365));
}

TEST(JobOptions, ShuffleByTheModesDefault) {
  JobOptions options = good_options();
  options.mode = Mode::step;
  EXPECT_EQ(checked_options(options, hosts).order.shuffle, Shuffle::block);
  options.shuffle = Shuffle::none;
  EXPECT_EQ(checked_options(options, hosts).order.shuffle, Shuffle::none);
}

TEST(JobOptions, RefuseAJobWithoutWorkers) {
  try {
    checked_options(good_options(), {});
    ADD_FAILURE();
  } catch (const UserError& error) {
    EXPECT_STREQ(error.what(),
                 "an evenkeel job needs at least 2 ranks, as rank 0 only coordinates; start it "
                 "with, for instance, mpirun -n 3");
  }
}

TEST(JobOptions, RefuseNumbersThatAreTooSmall) {
  EXPECT_EQ(refusal([](auto& o) { o.epochs = 0; }), "--epochs: 0 is too small; give at least 1");
  EXPECT_EQ(refusal([](auto& o) { o.step_samples = -4; }),
            "--step-samples: -4 is too small; give at least 1");
  EXPECT_EQ(refusal([](auto& o) { o.shard_samples = 0; }),
            "--shard-samples: 0 is too small; give at least 1");
  EXPECT_EQ(refusal([](auto& o) { o.shuffle_block = 0; }),
            "--shuffle-block: 0 is too small; give at least 1");
  EXPECT_EQ(refusal([](auto& o) { o.warmup_steps = -1; }),
            "--warmup-steps: -1 is too small; give at least 0");
}

TEST(JobOptions, LimitTheWarmUp) {
  EXPECT_EQ(refusal([](auto& o) { o.warmup_steps = 1'000'000; }), "");
  EXPECT_EQ(refusal([](auto& o) { o.warmup_steps = 1'000'001; }),
            "--warmup-steps: 1000001 is too large; give at most 1000000");
}

TEST(JobOptions, RefuseInvalidTimes) {
  EXPECT_EQ(refusal([](auto& o) { o.report_interval_s = 0; }),
            "--report-interval: 0 is not a duration; give seconds above 0");
  EXPECT_EQ(refusal([](auto& o) { o.lease_deadline_s = -1.5; }),
            "--lease-deadline: -1.5 is not a duration; give seconds above 0");
  EXPECT_EQ(refusal([](auto& o) { o.lease_deadline_s = std::numeric_limits<double>::quiet_NaN(); }),
            "--lease-deadline: nan is not a duration; give seconds above 0");
}

TEST(JobOptions, RefuseAPolicyOfTheOtherMode) {
  EXPECT_EQ(refusal([](auto& o) {
              o.mode = Mode::step;
              o.policy = PolicyKind::gss;
            }),
            "--policy: gss requires --mode lease; in step mode give one of adaptive, performance, "
            "weighted, static, observe");
}

TEST(JobOptions, RefuseAFileForTwoThings) {
  EXPECT_EQ(refusal([](JobOptions& o) { o.spans = "./shards.json"; }),
            "--spans: ./shards.json is the file of --manifest, too; give another");
  EXPECT_EQ(refusal([](JobOptions& o) {
              o.ledger = "run.db.json";
              o.reports = {"a.json", "b/../run.db.json"};
            }),
            "--report: b/../run.db.json is the file of --ledger, too; give another");
  EXPECT_EQ(refusal([](JobOptions& o) { o.spans = o.log = "all.jsonl"; }),
            "--log: all.jsonl is the file of --spans, too; give another");
  EXPECT_EQ(refusal([](JobOptions& o) { o.spans = o.log = "/dev/null"; }), "");
  EXPECT_EQ(refusal([](JobOptions& o) {
              o.ledger = "run.db";
              o.spans = "./run.db-wal";
            }),
            "--spans: ./run.db-wal is the file of --ledger, too; give another");
  EXPECT_EQ(refusal([](JobOptions& o) { o.ledger = "a/../shards.json"; }),
            "--ledger: a/../shards.json is the file of --manifest, too; give another");
}

TEST(JobOptions, RefuseANulInAName) {
  const std::string name("run\0.db", 7);
  const std::string words =
      ": 'run\\x00.db' has a NUL in it, which no file's name has; leave it out";
  EXPECT_EQ(refusal([&](JobOptions& o) { o.ledger = name; }), "--ledger" + words);
  EXPECT_EQ(refusal([&](JobOptions& o) { o.manifest = name; }), "--manifest" + words);
  EXPECT_EQ(refusal([&](JobOptions& o) { o.reports = {"r.json", name}; }), "--report" + words);
}

TEST(JobOptions, ResumeFromTheLedger) {
  const auto with_ledger = [](std::int64_t first_step) {
    return refusal([&](auto& o) {
      o.mode = Mode::step;
      o.ledger = "run.db";
      o.first_step = first_step;
    });
  };
  EXPECT_EQ(with_ledger(0), "");
  EXPECT_EQ(
      with_ledger(3),
      "--first-step: conflicts with --ledger, which knows where the run goes on; leave one of "
      "them out");
}

TEST(JobOptions, RefuseOptionsOfTheOtherMode) {
  EXPECT_EQ(refusal([](auto& o) { o.steps = 5; }), "--steps: requires --mode step");
  EXPECT_EQ(refusal([](auto& o) { o.first_step = 0; }), "--first-step: requires --mode step");
  EXPECT_EQ(refusal([](auto& o) { o.min_batch = 1; }), "--min-batch: requires --mode step");
  EXPECT_EQ(refusal([](auto& o) { o.max_batch = 1; }), "--max-batch: requires --mode step");
  EXPECT_EQ(refusal([](auto& o) { o.replay = "plans.jsonl"; }), "--replay: requires --mode step");
}

TEST(JobOptions, RefuseAJobWithoutManifest) {
  EXPECT_EQ(refusal([](auto& o) { o.manifest.clear(); }),
            "--manifest: none given; name a manifest file or a directory");
}

TEST(JobOptions, HaveStepsNoLongerThanTheDataset) {
  JobOptions options = good_options();
  EXPECT_EQ(checked_options(options, hosts, Dataset::cut(manifest_of({1000}), 1000)).step_samples,
            32);
  options.step_samples = 1'000'000'000'000;
  EXPECT_EQ(checked_options(options, hosts, Dataset::cut(manifest_of({1000}), 1000)).step_samples,
            1000);
}

TEST(JobOptions, RefuseMoreEpochsThanCanBeCounted) {
  for (const Mode mode : {Mode::lease, Mode::step}) {
    JobOptions options = good_options();
    options.mode = mode;
    options.epochs = 1'000'000;
    try {
      checked_options(options, hosts,
                      Dataset::cut(manifest_of({Dataset::max_samples}), Dataset::max_samples));
      ADD_FAILURE() << name_of(mode);
    } catch (const UserError& error) {
      EXPECT_STREQ(error.what(),
                   "--epochs: 1000000 of 1152921504606846976 samples are more than can be counted; "
                   "give fewer");
    }
  }
}

PerWorker<double> weights(const std::vector<std::string>& given) {
  JobOptions options = good_options();
  options.policy = PolicyKind::weighted;
  options.weights = given;
  return checked_options(options, hosts).policy.weights;
}

std::string weights_refusal(const std::vector<std::string>& given) {
  return refusal([&](JobOptions& options) {
    options.policy = PolicyKind::weighted;
    options.weights = given;
  });
}

TEST(Weights, AreGivenPerWorkerOrPerHost) {
  EXPECT_EQ(weights({}), PerWorker<double>());
  EXPECT_EQ(weights({"1", "2.5", "4"}), (PerWorker<double>{1, 2.5, 4}));
  EXPECT_EQ(weights({"1e-6", "1", "1e6"}), (PerWorker<double>{1e-6, 1, 1e6}));
  EXPECT_EQ(weights({"old-0=0.5", "gpu-a=3"}), (PerWorker<double>{3, 3, 0.5}));
}

TEST(Weights, OfHostsThatAreNotNamedAreTheMeanOfTheOthers) {
  EXPECT_EQ(weights({"gpu-a=4"}), (PerWorker<double>{4, 4, 4}));
  EXPECT_EQ(checked_weights({"a=6", "b=3"}, {"a", "x", "b", "a", "y"}).weights,
            (PerWorker<double>{6, 5, 3, 6, 5}));
}

TEST(Weights, SayForHowManyWorkersTheyAreFound) {
  EXPECT_EQ(weights_text({"gpu-a=4"}, hosts),
            "--weights: names the hosts of 2 of 3 workers; the others count with their mean");
  EXPECT_EQ(weights_text({"gpu-a=4", "old-0=1"}, hosts), "");
  EXPECT_EQ(weights_text({"1", "2", "3"}, hosts), "");
  EXPECT_EQ(weights_text({}, hosts), "");
}

TEST(Weights, ApplyToWeightedFactoring) {
  JobOptions options = good_options();
  options.policy = PolicyKind::wf;
  options.weights = {"1", "2", "3"};
  EXPECT_EQ(checked_options(options, hosts).policy.weights, (PerWorker<double>{1, 2, 3}));
}

TEST(Weights, MustMatchTheWorkers) {
  EXPECT_EQ(weights_refusal({"1", "2"}),
            "--weights: 2 given for 3 workers; give one per worker, or host=weight");
  EXPECT_EQ(weights_refusal({"gpu-b=2"}),
            "--weights: no worker is on host 'gpu-b'; did you mean 'gpu-a'?");
  EXPECT_EQ(weights_refusal({"gpu-a=2", "3"}),
            "--weights: '3' names no host, but others do; give host=weight for all, or one weight "
            "per worker");
  EXPECT_EQ(weights_refusal({"gpu-a=2", "gpu-a=3"}),
            "--weights: host 'gpu-a' is given twice; keep one of them");
}

TEST(Weights, RefuseInvalidNumbers) {
  for (const std::string bad :
       {"0", "-1", "x", "", "1e999", "nan", "inf", "2x", "1e-320", "9e-7", "1.1e6"}) {
    const std::string complaint =
        "--weights: '" + bad + "' is not a weight; give a number from 1e-6 to 1e6";
    EXPECT_EQ(weights_refusal({"1", bad, "1"}), complaint);
    EXPECT_EQ(weights_refusal({"gpu-a=" + bad}), complaint);
  }
}

TEST(Weights, AreRefusedByPoliciesThatIgnoreThem) {
  EXPECT_EQ(refusal([](JobOptions& options) {
              options.policy = PolicyKind::self;
              options.weights = {"1", "2", "3"};
            }),
            "--weights: --policy self ignores them; give one of adaptive, weighted, wf");
  EXPECT_EQ(refusal([](JobOptions& options) {
              options.mode = Mode::step;
              options.policy = PolicyKind::static_split;
              options.weights = {"1", "2", "3"};
            }),
            "--weights: --policy static ignores them; give one of adaptive, weighted");
}

TEST(Weights, AreForTheDefaultPolicyToo) {
  JobOptions options = good_options();
  options.weights = {"1", "2", "3"};
  EXPECT_EQ(checked_options(options, hosts).policy.weights, (PerWorker<double>{1, 2, 3}));
}

TEST(Speeds, AreRefusedByPoliciesThatIgnoreThem) {
  EXPECT_EQ(refusal([](JobOptions& options) {
              options.policy = PolicyKind::self;
              options.speeds = "old.json";
            }),
            "--speeds: --policy self ignores them; give one of adaptive, weighted, wf");
}

TEST(Speeds, AreNotGivenBesideWeights) {
  EXPECT_EQ(refusal([](JobOptions& options) {
              options.weights = {"1", "2", "3"};
              options.speeds = "old.json";
            }),
            "--speeds: conflicts with --weights; leave one of them out");
}

}  // namespace
}  // namespace evenkeel
