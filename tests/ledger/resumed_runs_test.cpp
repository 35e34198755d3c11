// Whatever happens to rank 0: a run that goes on often enough is done exactly once.
#include <fmt/core.h>
#include <fmt/ranges.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>

#include "core/random.h"
#include "dataset/temporary_folder.h"
#include "ledger/recorded_job.h"
#include "ledger/resumed_run.h"
#include "ledger/test_disk.h"
#include "simulation/draws.h"
#include "simulation/soak.h"

namespace evenkeel {
namespace {

constexpr std::int64_t runs = 600;
constexpr int most_cuts = 4;

struct Happened {
  std::int64_t cuts = 0;
  std::int64_t set_aside = 0;
  std::int64_t resumed = 0;
  std::int64_t checkpoints = 0;
  std::int64_t gone_back = 0;
  std::int64_t gone_far_back = 0;
  std::int64_t refused_commits = 0;
  std::int64_t refused_bits = 0;
};

// Of so many workers, on the same hosts in turn.
std::vector<std::string> hosts_of(const std::vector<std::string>& hosts, std::int32_t workers) {
  std::vector<std::string> of_workers;
  for (std::size_t i = 0; i < static_cast<std::size_t>(workers) && !hosts.empty(); ++i) {
    of_workers.push_back(hosts[i % hosts.size()]);
  }
  return of_workers;
}

// Returns what is wrong.
std::vector<std::string> run(std::uint64_t seed, Happened& happened) {
  const RandomJob first(seed);
  Random random = stream(seed, 5);
  const TemporaryFolder folder;
  const std::filesystem::path ledger = folder.path() / "run.db";
  CoordinatorOptions options = first.options;
  options.policy.weights = {};  // of one number of workers
  const bool takes_checkpoints = chance(random, 0.5);
  const double troubles = chance(random, 0.5) ? 0.05 : 0;
  std::vector<std::string> tags;
  for (int job = 0;; ++job) {
    JobCourse course;
    if (job < most_cuts) course.turns = static_cast<std::int64_t>(log_uniform(random, 1, 2000));
    course.commits = log_uniform(random, 1e-3, 0.3);
    course.troubles = troubles;
    if (takes_checkpoints) course.checkpoints = log_uniform(random, 1e-3, 0.3);
    if (job > 0) {
      course.resume = "";
      if (!tags.empty() && chance(random, 0.3)) {
        course.resume = tags[random.below(tags.size())];
        ++happened.gone_far_back;
      }
      options.workers = static_cast<std::int32_t>(log_uniform(random, 1, 33));
      options.hosts = hosts_of(first.options.hosts, options.workers);
      options.homes = homes_of(first.dataset, options.hosts);
      ++happened.resumed;
    }
    const std::uint64_t job_seed = mix_pair(seed, static_cast<std::uint64_t>(job));
    if (job > 0 && chance(random, 0.1)) {
      std::vector<std::string> faults;
      happened.refused_bits += refused_flips(ledger, {{"seed", std::to_string(options.order.seed)}},
                                             *course.resume, job_seed, faults);
      if (!faults.empty()) return faults;
    }
    ClusterProfile cluster = random_cluster(job_seed, first.dataset, options);
    if (job < most_cuts && chance(random, 0.5)) add_failures(job_seed, cluster);
    const JobOutcome end = run_job(ledger, first.dataset, cluster, options, course, job_seed);
    if (!end.faults.empty()) return end.faults;
    happened.refused_commits += end.refused;
    tags.insert(tags.end(), end.tags.begin(), end.tags.end());
    happened.checkpoints += std::ssize(end.tags);
    if (end.is_over) break;
    happened.set_aside += end.set_aside_samples > 0 ? 1 : 0;
    ++happened.cuts;
    happened.gone_back += end.tags.empty() ? 0 : 1;
  }
  return faults_of_spans(ledger, first.dataset, options.epochs);
}

TEST(ResumedRuns, AreDoneExactlyOnce) {
  Happened happened;
  const Soak soak;
  const std::uint64_t first = soak.first(runs);
  for (std::uint64_t seed = first; seed < first + soak.jobs(runs); ++seed) {
    const std::vector<std::string> faults = run(seed, happened);
    ASSERT_TRUE(faults.empty()) << "seed " << seed << ": " << fmt::format("{}", faults);
  }
  EXPECT_GT(happened.cuts, runs / 2);
  EXPECT_GT(happened.resumed, runs / 2);
  EXPECT_GT(happened.checkpoints, runs / 10);
  EXPECT_GT(happened.set_aside, runs / 100);
  EXPECT_GT(happened.gone_back, runs / 20);
  EXPECT_GT(happened.gone_far_back, runs / 20);
  EXPECT_GT(happened.refused_commits, runs / 2);
  EXPECT_GT(happened.refused_bits, runs / 10);
}

// A small job, with checkpoints, that writes often.
JobOutcome small_job(const std::filesystem::path& ledger,
                     const std::optional<std::string>& resume) {
  const RandomJob job(12);
  const CoordinatorOptions& options = job.options;
  const ClusterProfile cluster = random_cluster(job.seed, job.dataset, options);
  JobCourse course;
  course.commits = 0.05;
  course.checkpoints = 0.05;
  course.resume = resume;
  return run_job(ledger, job.dataset, cluster, options, course, 3);
}

// Whether what is on record is of one commit: as many samples in the figures as in the spans.
bool is_of_one_commit(const std::filesystem::path& ledger) {
  if (rows_of(ledger, "SELECT name FROM sqlite_master").empty()) return true;
  const Rows figures = rows_of(ledger, "SELECT samples_done FROM incarnation");
  const Rows spans = rows_of(ledger, "SELECT ifnull(sum(end - begin), 0) FROM span");
  return figures.empty() ? spans == Rows{"0"} : figures == spans;
}

class LedgerWrites : public testing::TestWithParam<DiskKind> {};

// Rank 0 is killed in each of its writes in turn; then the run goes on.
TEST_P(LedgerWrites, MayEachBeTheLast) {
  std::int64_t kills = 0;
  for (std::int64_t number = 1;; ++number) {
    const TemporaryFolder folder;
    const std::filesystem::path ledger = folder.path() / "run.db";
    const pid_t child = ::fork();
    if (child == 0) {
      use_test_disk(GetParam());
      kill_in_write(number);
      const JobOutcome end = small_job(ledger, std::nullopt);
      ::_exit(end.is_over && end.faults.empty() ? 0 : 1);
    }
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    const bool was_killed = WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL;
    ASSERT_TRUE(was_killed || (WIFEXITED(status) && WEXITSTATUS(status) == 0)) << status;
    ASSERT_TRUE(is_of_one_commit(ledger)) << "write " << number;
    const JobOutcome end = small_job(ledger, "");
    ASSERT_TRUE(end.is_over && end.faults.empty())
        << "write " << number << ": " << fmt::format("{}", end.faults);
    const RandomJob job(12);
    const std::vector<std::string> faults =
        faults_of_spans(ledger, job.dataset, job.options.epochs);
    ASSERT_TRUE(faults.empty()) << "write " << number << ": " << fmt::format("{}", faults);
    if (!was_killed) break;
    ++kills;
  }
  RecordProperty("kills", std::to_string(kills));
  EXPECT_GT(kills, 50);
  EXPECT_LT(kills, 5000);
}

INSTANTIATE_TEST_SUITE_P(OnEveryDisk, LedgerWrites,
                         testing::Values(DiskKind::local, DiskKind::network),
                         [](const testing::TestParamInfo<DiskKind>& disk) {
                           return disk.param == DiskKind::local ? "local" : "network";
                         });

}  // namespace
}  // namespace evenkeel
