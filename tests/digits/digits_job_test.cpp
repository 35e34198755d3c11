// The trainer on real ranks: a training run is the same run on any number of workers, at any speed.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <optional>
#include <sstream>
#include <string>
#include <vector>

#include "digits/training_run.h"
#include "report/scratch_folder.h"

namespace evenkeel::digits {
namespace {

using evenkeel::testing::ScratchFolder;

constexpr double least_accuracy = 0.95;
constexpr double same = 1e-9;  // relative
constexpr int steps = 360;     // 30 epochs of ⌈1438 / 128⌉

// One worker, a sample at a time: what all other runs are compared with.
const TrainingRun& reference() {
  static const TrainingRun run = train(1, {});
  return run;
}

void expect_complete(const TrainingRun& run) {
  EXPECT_EQ(run.finished.status, 0) << run.finished.err;
  EXPECT_FALSE(run.finished.timed_out);
  EXPECT_NE(run.finished.out.find("COMPLETE"), std::string::npos) << run.finished.out;
}

void expect_same_training(const TrainingRun& run) {
  expect_complete(run);
  EXPECT_EQ(run.record, reference().record);
  EXPECT_LE(largest_difference(run, reference()), same);
  EXPECT_GE(run.accuracy, least_accuracy);
}

// Whether the slowest and the fastest worker did unlike numbers of samples, by far.
bool was_uneven(const TrainingRun& run) {
  const auto [least, most] = std::minmax_element(run.samples.begin(), run.samples.end());
  return !run.samples.empty() && *most > 2 * *least;
}

TEST(DigitsRun, LearnsToTellDigitsApart) {
  expect_complete(reference());
  EXPECT_GE(reference().accuracy, least_accuracy);
  EXPECT_EQ(reference().finished.err, "");
}

TEST(DigitsRun, RecordsEverySampleOfEveryEpochOnce) {
  std::istringstream lines(reference().record);
  std::vector<int> times(1438, 0);
  int step = 0;
  for (std::string line; std::getline(lines, line); ++step) {
    std::istringstream numbers(line);
    int number = -1;
    numbers >> number;
    ASSERT_EQ(number, step);
    int previous = -1;
    for (int sample = 0; numbers >> sample; previous = sample) {
      ASSERT_GT(sample, previous);
      ++times.at(static_cast<std::size_t>(sample));
    }
  }
  EXPECT_EQ(step, steps);
  EXPECT_EQ(times, std::vector<int>(1438, 30));
}

struct Workers {
  const char* name;
  int count;
  std::vector<std::string> options;
  std::optional<bool> uneven;  // whether the work is to be unevenly divided
};

class SameTraining : public ::testing::TestWithParam<Workers> {};

TEST_P(SameTraining, OnTheseWorkers) {
  const TrainingRun run = train(GetParam().count, GetParam().options);
  expect_same_training(run);
  EXPECT_EQ(was_uneven(run), GetParam().uneven.value_or(was_uneven(run)));
}

// "Equal": by fiat, so that a busy machine does not matter.
INSTANTIATE_TEST_SUITE_P(
    Digits, SameTraining,
    ::testing::Values(
        Workers{"One_MicroBatch4", 1, {"--micro-batch", "4"}, false},
        Workers{"Three_Equal", 3, {"--policy", "static"}, false},
        Workers{"Three_Equal_MicroBatch4", 3, {"--policy", "static", "--micro-batch", "4"}, false},
        Workers{"Three_OneSlow", 3, {"--slow", "2:20", "--no-baseline"}, true},
        Workers{"Three_OneSlow_MicroBatch4",
                3,
                {"--slow", "2:20", "--no-baseline", "--micro-batch", "4"},
                true},
        Workers{"Three_OfAGivenTime",
                3,
                {"--slow", "2:20", "--no-baseline", "--sample-ms", "0.05"},
                true},
        Workers{"Three_OneLeftOut",
                3,
                {"--policy", "weighted", "--weights", "1,2000,2000", "--min-batch", "0"},
                true},
        Workers{"Seven_Equal", 7, {"--policy", "static"}, false},
        Workers{"Seven_Equal_MicroBatch4", 7, {"--policy", "static", "--micro-batch", "4"}, false},
        Workers{"Seven_Unlike",
                7,
                {"--slow", "1:30", "--slow", "4:3", "--slow", "7:10.5", "--no-baseline"},
                true},
        Workers{"Seven_Unlike_MicroBatch4",
                7,
                {"--slow", "1:30", "--slow", "4:3", "--slow", "7:10.5", "--no-baseline",
                 "--micro-batch", "4"},
                true},
        Workers{"Three_SlowForAWhile",
                3,
                {"--slow", "1:20@50-150", "--slow", "3:20@200-300", "--no-baseline", "--work", "2"},
                std::nullopt}),
    [](const auto& workers) { return std::string(workers.param.name); });

// What the comparison above is worth: a wrong gradient rule does not pass it.
TEST(DigitsRun, AMeanOfWorkersMeansIsAnotherTraining) {
  for (const std::string micro_batch : {"1", "4"}) {
    const TrainingRun run = train(3, {"--policy", "weighted", "--weights", "1,20,3",
                                      "--mean-of-workers", "--micro-batch", micro_batch});
    expect_complete(run);
    EXPECT_TRUE(was_uneven(run));
    EXPECT_EQ(run.record, reference().record);
    EXPECT_GT(largest_difference(run, reference()), 1e-3);
  }
}

TEST(DigitsRun, AnotherSeedIsAnotherTraining) {
  const TrainingRun run = train(1, {"--seed", "1"});
  expect_complete(run);
  EXPECT_NE(run.record, reference().record);
  EXPECT_GT(largest_difference(run, reference()), 1e-3);
}

TEST(DigitsRun, LeaseModeAveragesModelsThatLearnt) {
  const TrainingRun run = train(3, {"--mode", "lease", "--slow", "2:5"});
  expect_complete(run);
  EXPECT_GE(run.accuracy, 0.9);  // how the work falls to the workers is never twice the same
}

TEST(DigitsRun, AFinishedRunThatIsResumedHasNoTimes) {
  const ScratchFolder folder;
  std::vector<std::string> options{"--data",   DIGITS_DATA, "--mode",   "lease",
                                   "--epochs", "1",         "--ledger", folder.file("ledger")};
  ASSERT_EQ(run_digits(2, options).status, 0);
  options.emplace_back("--resume");
  const Finished again = run_digits(2, options);
  EXPECT_EQ(again.status, 0) << again.err;
  EXPECT_EQ(again.out.find("nan"), std::string::npos) << again.out;
  EXPECT_NE(again.out.find("   0 epochs\n"), std::string::npos) << again.out;
}

TEST(DigitsRun, SaysOnceHowExtraWorkIsDone) {
  const TrainingRun run = train(3, {"--slow", "1:2", "--slow", "2:2", "--steps", "20"});
  expect_complete(run);
  const std::string& said = run.finished.err;
  EXPECT_EQ(said.find("digits: extra work is "), 0U) << said;
  EXPECT_EQ(std::count(said.begin(), said.end(), '\n'), 1) << said;
}

// That it takes no less; how much more, the machine decides.
TEST(DigitsRun, TakesTheGivenTimeForASample) {
  const TrainingRun run = train(2, {"--policy", "static", "--sample-ms", "2", "--slow", "2:3",
                                    "--steps", "10", "--warmup-steps", "0"});
  expect_complete(run);
  EXPECT_EQ(run.finished.err, "");
  EXPECT_LE(run.speeds.at(0), 500 * 1.1);  // what a sleep has taken too long is made up for
  EXPECT_LE(run.speeds.at(1), 500.0 / 3 * 1.1);
}

TEST(DigitsRun, EvaluatesBetweenEpochsIfAskedTo) {
  const TrainingRun run = train(3, {"--evaluate-every", "2", "--epochs", "5"});
  expect_complete(run);
  const std::string& said = run.finished.err;
  EXPECT_NE(said.find("digits: test accuracy 0."), std::string::npos) << said;
  EXPECT_NE(said.find(" after 2 epochs\n"), std::string::npos) << said;
  EXPECT_NE(said.find(" after 4 epochs\n"), std::string::npos) << said;
  EXPECT_EQ(std::count(said.begin(), said.end(), '\n'), 2) << said;
}

// Status 2 and this line, once, though every rank saw the same command line.
void expect_refusal(std::vector<std::string> options, const std::string& line) {
  const Finished finished = run_digits(3, std::move(options));
  EXPECT_EQ(finished.err, "digits: " + line + "\n");
  EXPECT_EQ(finished.out, "");
  EXPECT_EQ(finished.status, 2);
  EXPECT_FALSE(finished.timed_out);
}

TEST(DigitsRefuses, AMissingFolder) {
  expect_refusal({}, "--data: missing; 'scripts/digits-data DIR' fetches it, then give --data DIR");
  expect_refusal({"--data", "/nowhere"},
                 "/nowhere/train.csv: no such file; check the path; 'scripts/digits-data /nowhere' "
                 "fetches the data");
}

TEST(DigitsRefuses, AManifestOfOtherData) {
  const ScratchFolder folder;
  std::filesystem::copy(DIGITS_DATA, folder.path());
  std::ofstream(folder.file("digits.json")) << R"({"evenkeel": 1, "name": "digits", "root": ".",
    "files": [{"path": "train.csv", "samples": 1437}]})";
  expect_refusal({"--data", folder.path()},
                 folder.file("digits.json") +
                     ": does not describe train.csv beside it, which has 1438 samples; "
                     "'scripts/digits-data " +
                     folder.path() + "' fetches the data");
}

TEST(DigitsRefuses, ASlowdownOfNoWorker) {
  expect_refusal({"--data", DIGITS_DATA, "--slow", "4:2"},
                 "--slow: rank 4 is not a worker; the workers are ranks 1 to 3");
}

TEST(DigitsRefuses, OptionsOfStepModeInLeaseMode) {
  const std::vector<std::string> lease{"--data", DIGITS_DATA, "--mode", "lease"};
  const auto with = [&lease](std::vector<std::string> options) {
    options.insert(options.begin(), lease.begin(), lease.end());
    return options;
  };
  expect_refusal(with({"--record", "r"}), "--record: requires --mode step");
  expect_refusal(with({"--mean-of-workers"}), "--mean-of-workers: requires --mode step");
  expect_refusal(with({"--evaluate-every", "2"}), "--evaluate-every: requires --mode step");
}

TEST(DigitsRefuses, TwoTimesForASample) {
  expect_refusal({"--data", DIGITS_DATA, "--sample-ms", "1", "--work", "2"},
                 "--sample-ms: conflicts with --work; leave one of them out");
  expect_refusal({"--data", DIGITS_DATA, "--sample-ms", "1001"},
                 "--sample-ms: 1001 is too large; give at most 1000");
}

TEST(DigitsRefuses, ADropoutThatLeavesNothing) {
  expect_refusal({"--data", DIGITS_DATA, "--dropout", "1"},
                 "--dropout: 1 is out of range; give 0 or more, and less than 1");
}

TEST(DigitsRefuses, ToRunWithoutMpirun) {
  const Finished finished = launch({DIGITS_PROGRAM, "--data", DIGITS_DATA});
  EXPECT_EQ(finished.status, 2);
  EXPECT_EQ(finished.err.find("digits: needs rank 0 to coordinate"), 0U) << finished.err;
}

TEST(DigitsRun, SaysThatResultsCannotBeWritten) {
  const Finished finished = run_digits(
      2, {"--data", DIGITS_DATA, "--steps", "10", "--parameters", "/nowhere/parameters"});
  EXPECT_EQ(finished.status, 1);
  EXPECT_NE(finished.err.find("/nowhere/parameters"), std::string::npos) << finished.err;
  EXPECT_NE(finished.out.find("COMPLETE"), std::string::npos) << finished.out;
}

}  // namespace
}  // namespace evenkeel::digits
