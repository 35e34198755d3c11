// Whole jobs through the public interface, on real ranks.
#include "evenkeel/session.h"
#include "core/option_values.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <fstream>
#include <nlohmann/json.hpp>
#include <numeric>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>

#include "balance/policy_table.h"
#include "mpi/job.h"

namespace evenkeel {
namespace {

const std::vector<std::int64_t> file_samples{100, 1, 37, 512, 3, 64, 64, 250, 9};

std::int64_t samples_of(const std::vector<std::int64_t>& files) {
  return std::accumulate(files.begin(), files.end(), std::int64_t{0});
}

// Small enough for several leases and trims in a job of milliseconds.
JobOptions options_for(const ScratchFolder& scratch) {
  JobOptions options;
  options.manifest = scratch.file("manifest.json");
  options.spans = scratch.file("spans.jsonl");
  options.step_samples = 4;
  options.shard_samples = 32;
  options.print_report = false;
  options.show_progress = false;
  return options;
}

class World {
 public:
  World() {
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Comm_size(MPI_COMM_WORLD, &size);
  }

  int rank = 0;
  int size = 0;
};

// Does a job on all ranks of `comm` and expects that each sample was done once. The outcome, on
// its rank 0.
Outcome expect_exactly_once(const ScratchFolder& scratch, const JobOptions& options,
                            const std::vector<std::int64_t>& files,
                            MPI_Comm comm = MPI_COMM_WORLD) {
  write_manifest_of(options.manifest, files);
  Outcome outcome;
  std::vector<Visit> visits;
  bool coordinates = false;
  {
    Session session(comm, options);
    coordinates = session.coordinates();
    EXPECT_EQ(session.samples(), samples_of(files));
    visits = work_through(session, outcome);
  }
  const std::vector<Visit> all = gather_visits(visits, comm);
  if (coordinates) {
    EXPECT_TRUE(outcome.complete);
    EXPECT_TRUE(outcome.lost_ranks.empty());
    expect_every_sample_once(all, options.epochs, files);
    expect_spans_tile(read_spans(scratch.file("spans.jsonl")), options.epochs, samples_of(files));
  }
  return outcome;
}

TEST(Session, DoesEverySampleOnceUnderEveryPolicy) {
  const ScratchFolder scratch;
  for (const PolicyKind policy : all_values<PolicyKind>()) {
    SCOPED_TRACE(name_of(policy));
    JobOptions options = options_for(scratch);
    options.policy = policy;
    options.epochs = 2;
    expect_exactly_once(scratch, options, file_samples);
  }
}

TEST(Session, DoesEverySampleOnceInEveryOrder) {
  const ScratchFolder scratch;
  for (const Shuffle shuffle : all_values<Shuffle>()) {
    SCOPED_TRACE(name_of(shuffle));
    JobOptions options = options_for(scratch);
    options.shuffle = shuffle;
    options.shuffle_block = 100;
    options.epochs = 4;
    options.seed = 11;
    expect_exactly_once(scratch, options, file_samples);
  }
}

TEST(Session, DoesADatasetOfFewerSamplesThanWorkers) {
  const ScratchFolder scratch;
  expect_exactly_once(scratch, options_for(scratch), {1});
  expect_exactly_once(scratch, options_for(scratch), {1, 1, 1});
}

TEST(Session, FinishesAnEpochBeforeTheNextIfItHasTo) {
  const ScratchFolder scratch;
  JobOptions options = options_for(scratch);
  options.epochs = 3;
  options.epoch_barrier = true;
  expect_exactly_once(scratch, options, file_samples);
  if (World().rank != 0) return;
  std::vector<double> first(3, 1e9);
  std::vector<double> last(3, 0);
  for (const SpanLine& span : read_spans(scratch.file("spans.jsonl"))) {
    const auto epoch = static_cast<std::size_t>(span.epoch);
    first[epoch] = std::min(first[epoch], span.t0);
    last[epoch] = std::max(last[epoch], span.t1);
  }
  EXPECT_LE(last[0], first[1]);
  EXPECT_LE(last[1], first[2]);
}

TEST(Session, LeavesTheCallersMessagesAlone) {
  const ScratchFolder scratch;
  const World world;
  const int next = (world.rank + 1) % world.size;
  constexpr int tags = 128;
  std::vector<int> payload(tags);
  std::vector<MPI_Request> requests(tags);
  for (int tag = 0; tag < tags; ++tag) {
    const auto i = static_cast<std::size_t>(tag);
    payload[i] = tag;
    MPI_Isend(&payload[i], 1, MPI_INT, next, tag, MPI_COMM_WORLD, &requests[i]);
  }
  expect_exactly_once(scratch, options_for(scratch), file_samples);
  for (int tag = 0; tag < tags; ++tag) {
    int received = -1;
    MPI_Status status;
    MPI_Recv(&received, 1, MPI_INT, MPI_ANY_SOURCE, tag, MPI_COMM_WORLD, &status);
    EXPECT_EQ(received, tag);
    EXPECT_EQ(status.MPI_SOURCE, (world.rank + world.size - 1) % world.size);
  }
  MPI_Waitall(tags, requests.data(), MPI_STATUSES_IGNORE);
  MPI_Barrier(MPI_COMM_WORLD);
  int left_over = 0;
  MPI_Iprobe(MPI_ANY_SOURCE, MPI_ANY_TAG, MPI_COMM_WORLD, &left_over, MPI_STATUS_IGNORE);
  EXPECT_EQ(left_over, 0);
}

TEST(Session, RunsOnPartOfTheRanksInAnotherOrder) {
  // Halves of the world with a job each, at the same time; the last rank of a half coordinates.
  const ScratchFolder scratch;
  const World world;
  MPI_Comm half = MPI_COMM_NULL;
  MPI_Comm_split(MPI_COMM_WORLD, world.size >= 4 ? world.rank % 2 : 0, -world.rank, &half);
  expect_exactly_once(scratch, options_for(scratch), file_samples, half);
  MPI_Comm_free(&half);
}

TEST(Session, GivesTheWorkersACommunicatorOfTheirOwn) {
  const ScratchFolder scratch;
  const World world;
  const JobOptions options = options_for(scratch);
  write_manifest_of(options.manifest, file_samples);
  Session session(MPI_COMM_WORLD, options);
  EXPECT_EQ(session.coordinates(), world.rank == 0);
  if (session.coordinates()) {
    EXPECT_EQ(session.workers(), MPI_COMM_NULL);
  } else {
    int workers = 1;
    MPI_Allreduce(MPI_IN_PLACE, &workers, 1, MPI_INT, MPI_SUM, session.workers());
    EXPECT_EQ(workers, world.size - 1);
  }
  Outcome outcome;
  work_through(session, outcome);
}

TEST(Session, KnowsTheDatasetOnEveryRank) {
  const ScratchFolder scratch;
  const JobOptions options = options_for(scratch);
  std::ofstream(options.manifest) << R"({"evenkeel": 1, "name": "n", "root": "/data",
             "files": [{"path": "a", "samples": 3}, {"path": "b", "samples": 4, "bytes": 99}]})";
  Session session(MPI_COMM_WORLD, options);
  EXPECT_EQ(session.files(), 2);
  EXPECT_EQ(session.samples(), 7);
  EXPECT_EQ(session.path(1), "/data/b");
  EXPECT_EQ(session.file_samples(1), 4);
  EXPECT_EQ(session.file_bytes(0), std::nullopt);
  EXPECT_EQ(session.file_bytes(1), 99);
  EXPECT_GE(session.elapsed().count(), 0);
  Outcome outcome;
  work_through(session, outcome);
}

TEST(Session, AcceptsAnyDuration) {
  for (const Mode mode : {Mode::lease, Mode::step}) {
    const ScratchFolder scratch;
    JobOptions options = options_for(scratch);
    options.mode = mode;
    options.global_batch = 40;
    write_manifest_of(options.manifest, {400});
    Session session(MPI_COMM_WORLD, options);
    if (session.coordinates()) {
      EXPECT_TRUE(session.serve().complete);
      continue;
    }
    using std::chrono::nanoseconds;
    while (const auto step = session.next()) {
      session.pause(nanoseconds::max());
      session.pause(nanoseconds::min());
      session.reached(*step);
      MPI_Barrier(mode == Mode::step ? session.workers() : MPI_COMM_SELF);
      EXPECT_THROW(session.done(*step, nanoseconds::max()), std::logic_error);
      EXPECT_THROW(session.done(*step, std::chrono::hours(366 * 24)), std::logic_error);
      session.done(*step, nanoseconds::min());
    }
  }
}

TEST(Session, ReportsWhatTheTrainersSayOfTheirWork) {
  const ScratchFolder scratch;
  JobOptions options = options_for(scratch);
  options.reports = {scratch.file("report.json"), scratch.file("report.csv")};
  options.host = "node-" + std::to_string(World().rank);
  write_manifest_of(options.manifest, {400});
  Session session(MPI_COMM_WORLD, options);
  if (!session.coordinates()) {
    using std::chrono::milliseconds;
    while (const auto step = session.next()) {
      std::this_thread::sleep_for(milliseconds(3));
      session.done(*step, milliseconds(2));
    }
    return;
  }
  EXPECT_TRUE(session.serve().complete);
  const auto report = nlohmann::json::parse(text_of(options.reports[0]));
  EXPECT_EQ(report["complete"], true);
  EXPECT_EQ(report["dataset"]["samples"], 400);
  EXPECT_EQ(report["steps"], 100);
  double compute_s = 0;
  int rank = 0;
  for (const auto& worker : report["ranks"]) {
    EXPECT_EQ(worker["host"], "node-" + std::to_string(++rank));
    EXPECT_EQ(worker["state"], "finished");
    compute_s += worker["compute_s"].get<double>();
  }
  EXPECT_EQ(rank, World().size - 1);
  EXPECT_NEAR(compute_s, 0.2, 1e-6);
  EXPECT_FALSE(text_of(options.reports[1]).empty());
}

// ---- refusals

void expect_refused(const JobOptions& options, const std::string& complaint) {
  SCOPED_TRACE(complaint);
  try {
    const Session session(MPI_COMM_WORLD, options);
    ADD_FAILURE() << "accepted";
  } catch (const UserError& error) {
    EXPECT_EQ(World().rank, 0);
    EXPECT_NE(std::string(error.what()).find(complaint), std::string::npos) << error.what();
  } catch (const SessionRefused&) {
    EXPECT_NE(World().rank, 0);
  }
}

TEST(Session, RefusalsReachEveryRank) {
  const ScratchFolder scratch;
  const JobOptions good = options_for(scratch);
  write_manifest_of(good.manifest, file_samples);

  JobOptions bad = good;
  bad.manifest = scratch.file("nowhere.json");
  expect_refused(bad, "nowhere.json");

  bad = good;
  bad.manifest = scratch.file("empty-file.json");
  write_manifest_of(bad.manifest, {5, 0});
  expect_refused(bad, "empty-file.json");

  bad = good;
  bad.check_files = true;
  expect_refused(bad, "part-0: no such file (and 8 more)");

  bad = good;
  bad.steps = 10;
  expect_refused(bad, "--steps: requires --mode step");

  bad = good;
  bad.spans = scratch.file("no-folder/spans.jsonl");
  expect_refused(bad, "no-folder/spans.jsonl");

  bad = good;
  bad.reports = {scratch.file("report.pdf")};
  expect_refused(bad, "report.pdf");

  bad = good;
  bad.epochs = 1'000'000;
  write_manifest_of(bad.manifest, {std::int64_t{1} << 45});
  bad.shard_samples = 1'000'000'000'000;
  expect_refused(bad, "--epochs: 1000000 of 35184372088832 samples");

  bad = good;
  bad.policy = PolicyKind::weighted;
  bad.weights.assign(static_cast<std::size_t>(World().size), "1");  // one too many
  expect_refused(bad, "weights");

  // Nothing is left behind.
  expect_exactly_once(scratch, good, file_samples);
}

TEST(Session, OnlyRankZerosOptionsCount) {
  const ScratchFolder scratch;
  JobOptions options = options_for(scratch);
  if (World().rank != 0) {
    options.manifest = "/nowhere";
    options.epochs = -1;
    options.policy = PolicyKind::weighted;
    options.weights = {"none"};
  }
  if (World().rank == 0) write_manifest_of(options.manifest, {50});
  Session session(MPI_COMM_WORLD, options);
  Outcome outcome;
  work_through(session, outcome);
  EXPECT_EQ(outcome.complete, session.coordinates());
}

TEST(Session, NeedsTwoRanks) {
  const ScratchFolder scratch;
  const JobOptions options = options_for(scratch);
  write_manifest_of(options.manifest, file_samples);
  try {
    const Session session(MPI_COMM_SELF, options);
    ADD_FAILURE() << "accepted";
  } catch (const UserError& error) {
    EXPECT_NE(std::string(error.what()).find("mpirun -n 3"), std::string::npos);
  }
}

// ---- steps that fail

// Does the whole of a job on this rank, but what `fails`. On rank 0, the outcome.
template <typename Fails>
Outcome work_through_what_does_not_fail(Session& session, std::vector<Visit>& visits, Fails fails) {
  if (session.coordinates()) return session.serve();
  while (const auto step = session.next()) {
    if (fails(*step)) {
      session.failed(*step, "");
      continue;
    }
    for (const Extent& extent : step->extents()) {
      visits.push_back({step->epoch(), extent.file, extent.first, extent.count});
    }
    session.done(*step);
  }
  return {};
}

TEST(Session, LetsOthersTryFailedSteps) {
  const World world;
  if (world.size < 3) GTEST_SKIP() << "there is no other";
  const ScratchFolder scratch;
  const JobOptions options = options_for(scratch);
  write_manifest_of(options.manifest, file_samples);
  std::vector<Visit> visits;
  Outcome outcome;
  {
    Session session(MPI_COMM_WORLD, options);
    outcome = work_through_what_does_not_fail(session, visits,
                                              [&](const Step&) { return world.rank == 1; });
  }
  const std::vector<Visit> all = gather_visits(visits, MPI_COMM_WORLD);
  if (world.rank != 0) return;
  EXPECT_TRUE(outcome.complete);
  EXPECT_TRUE(outcome.lost_ranks.empty());
  EXPECT_EQ(outcome.set_aside_samples, 0);
  expect_every_sample_once(all, 1, file_samples);
  expect_spans_tile(read_spans(options.spans), 1, samples_of(file_samples));
}

TEST(Session, SetsAsideWhatEveryWorkerFails) {
  const World world;
  const ScratchFolder scratch;
  JobOptions options = options_for(scratch);
  options.reports = {scratch.file("report.json")};
  options.shuffle = Shuffle::none;
  options.epochs = 2;
  write_manifest_of(options.manifest, file_samples);
  std::vector<Visit> visits;
  int failures = 0;
  Outcome outcome;
  {
    Session session(MPI_COMM_WORLD, options);
    outcome = work_through_what_does_not_fail(session, visits, [&](const Step& step) {
      const bool fails = step.epoch() == 1 && step.begin() == 200;
      failures += fails ? 1 : 0;
      return fails;
    });
  }
  MPI_Allreduce(MPI_IN_PLACE, &failures, 1, MPI_INT, MPI_SUM, MPI_COMM_WORLD);
  EXPECT_EQ(failures, 3);
  if (world.rank != 0) return;
  EXPECT_FALSE(outcome.complete);
  EXPECT_EQ(outcome.set_aside_samples, 4);
  const auto report = nlohmann::json::parse(text_of(options.reports.front()));
  ASSERT_EQ(report["set_aside"].size(), 1U);
  EXPECT_EQ(report["set_aside"][0]["epoch"], 1);
  EXPECT_EQ(report["set_aside"][0]["first"], 200 - 138);  // of the fourth file
  EXPECT_EQ(report["set_aside"][0]["count"], 4);
}

// ---- workers that fall silent

// The other workers begin only when this one has a step.
std::optional<Step> first_step_of_all(Session& session) {
  std::optional<Step> step = session.next();
  MPI_Barrier(session.workers());
  return step;
}

TEST(Session, FinishesWithoutAWorkerThatDied) {
  const World world;
  if (world.size < 3) GTEST_SKIP() << "nobody would be left";
  const ScratchFolder scratch;
  JobOptions options = options_for(scratch);
  options.lease_deadline_s = 0.2;
  options.epochs = 2;
  write_manifest_of(options.manifest, file_samples);
  {
    Session session(MPI_COMM_WORLD, options);
    if (world.rank == world.size - 1) {
      EXPECT_TRUE(first_step_of_all(session).has_value());
    } else {
      if (!session.coordinates()) MPI_Barrier(session.workers());
      Outcome outcome;
      work_through(session, outcome);
      if (session.coordinates()) {
        EXPECT_TRUE(outcome.complete);
        EXPECT_EQ(outcome.lost_ranks, std::vector<int>{world.size - 1});
        expect_spans_tile(read_spans(options.spans), 2, samples_of(file_samples));
      }
    }
  }
  // What the coordinator had sent to the dead does not turn up in the next job.
  expect_exactly_once(scratch, options_for(scratch), file_samples);
}

TEST(Session, FinishesWithoutAWorkerThatNeverBegan) {
  const World world;
  if (world.size < 3) GTEST_SKIP() << "nobody would be left";
  const ScratchFolder scratch;
  JobOptions options = options_for(scratch);
  options.lease_deadline_s = 0.2;
  write_manifest_of(options.manifest, file_samples);
  Session session(MPI_COMM_WORLD, options);
  if (world.rank == 1) return;
  Outcome outcome;
  work_through(session, outcome);
  if (!session.coordinates()) return;
  EXPECT_TRUE(outcome.complete);
  EXPECT_EQ(outcome.lost_ranks, std::vector<int>{1});
}

TEST(Session, ReleasesAWorkerThatWakesUpAfterTheEnd) {
  const World world;
  if (world.size < 3) GTEST_SKIP() << "nobody would be left";
  const ScratchFolder scratch;
  JobOptions options = options_for(scratch);
  options.lease_deadline_s = 0.2;
  write_manifest_of(options.manifest, file_samples);
  Session session(MPI_COMM_WORLD, options);
  std::optional<Step> slept_on;
  Outcome outcome;
  if (world.rank == 1) {
    slept_on = first_step_of_all(session);
  } else {
    if (!session.coordinates()) MPI_Barrier(session.workers());
    work_through(session, outcome);
  }
  MPI_Barrier(MPI_COMM_WORLD);
  if (world.rank == 1) {
    ASSERT_TRUE(slept_on.has_value());
    session.done(*slept_on);
    EXPECT_FALSE(session.next().has_value());
    EXPECT_FALSE(session.next().has_value());
  } else if (session.coordinates()) {
    EXPECT_TRUE(outcome.complete);
    EXPECT_EQ(outcome.lost_ranks, std::vector<int>{1});
  }
}

TEST(Session, EndsOnTheWorkersIfRankZeroGivesUp) {
  const ScratchFolder scratch;
  const JobOptions options = options_for(scratch);
  write_manifest_of(options.manifest, {100'000'000});
  Session session(MPI_COMM_WORLD, options);
  if (session.coordinates()) return;
  while (const auto step = session.next()) session.done(*step);
}

TEST(Session, TellsAWorkerThatOthersHaveDoneItsStep) {
  const World world;
  if (world.size < 3) GTEST_SKIP() << "there is no other";
  const ScratchFolder scratch;
  JobOptions options = options_for(scratch);
  options.idempotent = true;
  options.lease_deadline_s = 500;
  write_manifest_of(options.manifest, file_samples);
  Outcome outcome;
  {
    Session session(MPI_COMM_WORLD, options);
    if (world.rank == world.size - 1) {
      EXPECT_FALSE(session.is_over());
      const std::optional<Step> step = session.next();
      while (step && !session.is_over()) std::this_thread::sleep_for(std::chrono::milliseconds(1));
      EXPECT_FALSE(session.next());
    } else {
      work_through(session, outcome);
    }
  }
  if (world.rank != 0) return;
  EXPECT_TRUE(outcome.complete);
  EXPECT_TRUE(outcome.lost_ranks.empty());
  expect_spans_tile(read_spans(scratch.file("spans.jsonl")), 1, samples_of(file_samples));
}

}  // namespace
}  // namespace evenkeel
