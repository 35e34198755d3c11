// Step mode through the public interface, on real ranks.
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <deque>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <thread>

#include "evenkeel/session.h"
#include "mpi/job.h"

namespace evenkeel {
namespace {

using namespace std::chrono_literals;

const std::vector<std::int64_t> file_samples{100, 1, 37, 512, 3, 64};  // 717
constexpr std::int64_t samples = 717;

JobOptions options_for(const ScratchFolder& scratch) {
  JobOptions options;
  options.mode = Mode::step;
  options.manifest = scratch.file("manifest.json");
  options.spans = scratch.file("spans.jsonl");
  options.reports = {scratch.file("report.json")};
  options.global_batch = 40;
  options.shard_samples = 32;
  options.print_report = false;
  options.show_progress = false;
  return options;
}

// As many samples, a line each, of which a few last long.
void write_durations(const std::string& path) {
  std::ofstream out(path);
  for (std::int64_t i = 0; i < samples; ++i) {
    out << R"({"duration": )" << (i % 11 == 0 ? 30 : 1 + i % 5) << "}\n";
  }
}

// What the workers do in each step, and how many steps they take before the first is done.
struct Trainer {
  std::size_t read_ahead = 0;
  std::function<void(Session&, const Step&)> work = [](Session&, const Step&) {};
};

std::vector<Visit> train(Session& session, const Trainer& trainer) {
  std::vector<Visit> visits;
  std::deque<Step> taken;
  std::int64_t expected_number = 0;
  for (bool more = true; more || !taken.empty();) {
    while (more && taken.size() <= trainer.read_ahead) {
      const auto step = session.next();
      more = step.has_value();
      if (!step) break;
      EXPECT_EQ(step->number(), expected_number++);
      taken.push_back(*step);
    }
    if (taken.empty()) break;
    const Step& step = taken.front();
    for (const Extent& extent : step.extents()) {
      visits.push_back({step.epoch(), extent.file, extent.first, extent.count});
    }
    session.loaded(step);
    trainer.work(session, step);
    session.reached(step);
    std::int64_t together = step.samples();
    MPI_Allreduce(MPI_IN_PLACE, &together, 1, MPI_INT64_T, MPI_SUM, session.workers());
    EXPECT_EQ(together, step.global_samples());
    session.done(step);
    taken.pop_front();
  }
  return visits;
}

// Does a job on all ranks, and expects that each of the samples of these files was done once in
// every epoch. The report, on rank 0.
nlohmann::json expect_each_once(const ScratchFolder& scratch, const JobOptions& options,
                                const std::vector<std::int64_t>& files, const Trainer& trainer) {
  std::vector<Visit> visits;
  Outcome outcome;
  bool coordinates = false;
  {
    Session session(MPI_COMM_WORLD, options);
    coordinates = session.coordinates();
    if (coordinates) {
      outcome = session.serve();
    } else {
      visits = train(session, trainer);
    }
  }
  const std::vector<Visit> all = gather_visits(visits, MPI_COMM_WORLD);
  if (!coordinates) return {};
  EXPECT_TRUE(outcome.complete);
  expect_every_sample_once(all, options.epochs, files);
  expect_spans_tile(read_spans(scratch.file("spans.jsonl")), options.epochs, samples);
  return nlohmann::json::parse(text_of(options.reports.front()));
}

// The same for a dataset whose samples all cost the same.
nlohmann::json expect_exactly_once(const ScratchFolder& scratch, const JobOptions& options,
                                   const Trainer& trainer = {}) {
  write_manifest_of(options.manifest, file_samples);
  return expect_each_once(scratch, options, file_samples, trainer);
}

TEST(StepMode, DoesEverySampleOnceInEveryEpoch) {
  const ScratchFolder scratch;
  JobOptions options = options_for(scratch);
  options.epochs = 3;
  const nlohmann::json report = expect_exactly_once(scratch, options);
  if (report.is_null()) return;
  EXPECT_EQ(report["mode"], "step");
  EXPECT_EQ(report["steps"], 3 * 18);
  EXPECT_EQ(report["epochs"], 3);
}

TEST(StepMode, SaysThatTrainersDoNotSayWhereTheirLocalWorkEnds) {
  const ScratchFolder scratch;
  const JobOptions options = options_for(scratch);
  write_manifest_of(options.manifest, file_samples);
  Session session(MPI_COMM_WORLD, options);
  if (!session.coordinates()) {
    while (const auto step = session.next()) session.done(*step);
    return;
  }
  testing::internal::CaptureStderr();
  session.serve();
  const std::string said = testing::internal::GetCapturedStderr();
  const auto report = nlohmann::json::parse(text_of(options.reports.front()));
  if (report["ranks"].size() == 1) {
    EXPECT_EQ(said, "") << "there is nobody to wait for";
    return;
  }
  EXPECT_TRUE(said.starts_with("evenkeel: no rank says where its local work ends, ")) << said;
  EXPECT_TRUE(said.ends_with("call session.reached(*step)\n")) << said;
  EXPECT_TRUE(report["ratio"].is_null());
}

TEST(StepMode, MayTakeStepsAhead) {
  const ScratchFolder scratch;
  Trainer trainer;
  trainer.read_ahead = 3;
  expect_exactly_once(scratch, options_for(scratch), trainer);
}

// A part is then no one interval, and the members of a plan do not fit one message.
TEST(StepMode, DividesUnequalSamplesByTheirCosts) {
  const ScratchFolder scratch;
  JobOptions options = options_for(scratch);
  options.manifest = scratch.file("durations.jsonl");
  options.partition = Partition::cost;
  options.global_batch = 100;
  options.baseline = false;
  options.epochs = 2;
  write_durations(options.manifest);
  Trainer trainer;
  trainer.read_ahead = 1;
  const nlohmann::json report = expect_each_once(scratch, options, {samples}, trainer);
  if (report.is_null()) return;
  EXPECT_EQ(report["dataset"]["cost_unit"], "seconds");
  const std::size_t workers = report["ranks"].size();
  if (workers == 1) return;
  const std::size_t intervals = read_spans(scratch.file("spans.jsonl")).size();
  EXPECT_GT(intervals, workers * report["steps"].get<std::size_t>());
}

TEST(StepMode, GivesASlowWorkerLess) {
  const ScratchFolder scratch;
  JobOptions options = options_for(scratch);
  options.epochs = 3;
  Trainer trainer;
  trainer.work = [](Session&, const Step& step) {
    int rank = 0;
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    std::this_thread::sleep_for(step.samples() * (rank == 1 ? 1600us : 200us));
  };
  const nlohmann::json report = expect_exactly_once(scratch, options, trainer);
  if (report.is_null() || report["ranks"].size() == 1) return;
  EXPECT_LT(1.2 * report["ranks"][0]["samples"].get<double>(),
            report["ranks"][1]["samples"].get<double>());
  EXPECT_GT(report["plans"], 1);
}

TEST(StepMode, AccountsForPauses) {
  const ScratchFolder scratch;
  Trainer trainer;
  trainer.work = [](Session& session, const Step& step) {
    if (step.number() != 5) return;
    session.pause(10s);
    std::this_thread::sleep_for(50ms);
  };
  const nlohmann::json report = expect_exactly_once(scratch, options_for(scratch), trainer);
  if (report.is_null()) return;
  for (const auto& rank : report["ranks"]) {
    EXPECT_GE(rank["paused_s"].get<double>(), 0.05);
    EXPECT_LT(rank["compute_s"].get<double>() + rank["data_s"].get<double>(), 10.0);
  }
}

TEST(StepMode, AccountsForAllOfTheTime) {
  const ScratchFolder scratch;
  Trainer trainer;
  trainer.work = [](Session&, const Step&) { std::this_thread::sleep_for(20ms); };
  const nlohmann::json report = expect_exactly_once(scratch, options_for(scratch), trainer);
  if (report.is_null()) return;
  const double makespan_s = report["makespan_s"];
  for (const auto& rank : report["ranks"]) {
    double sum_s = 0;
    for (const char* const part :
         {"compute_s", "data_s", "uneven_s", "comm_s", "coordinator_s", "paused_s"}) {
      EXPECT_GE(rank[part].get<double>(), 0) << part;
      sum_s += rank[part].get<double>();
    }
    // A rank that a busy machine wakes late has not begun, or has ended, some time of the job.
    EXPECT_NEAR(sum_s, makespan_s, 0.2 * makespan_s);
  }
}

TEST(StepMode, DropsThePartialBatchIfAsked) {
  const ScratchFolder scratch;
  JobOptions options = options_for(scratch);
  options.last = LastBatch::drop;
  options.epochs = 2;
  write_manifest_of(options.manifest, file_samples);
  Session session(MPI_COMM_WORLD, options);
  if (session.coordinates()) {
    EXPECT_TRUE(session.serve().complete);
    const auto report = nlohmann::json::parse(text_of(options.reports.front()));
    EXPECT_EQ(report["steps"], 2 * 17);
    EXPECT_EQ(report["dropped_samples"], 2 * (samples - std::int64_t{17} * 40));
  } else {
    train(session, {});
  }
}

TEST(StepMode, RefusesStepsThatAreDoneOutOfOrder) {
  const ScratchFolder scratch;
  const JobOptions options = options_for(scratch);
  write_manifest_of(options.manifest, file_samples);
  Session session(MPI_COMM_WORLD, options);
  if (session.coordinates()) {
    EXPECT_TRUE(session.serve().complete);
    return;
  }
  const Step first = *session.next();
  const Step second = *session.next();
  EXPECT_THROW(session.done(second), std::logic_error);
  EXPECT_THROW(session.reached(second), std::logic_error);
  EXPECT_THROW(session.stand_in(first, 8), std::logic_error) << "the part is not empty";
  session.done(first);
  session.done(second);
  while (const auto step = session.next()) session.done(*step);
}

}  // namespace
}  // namespace evenkeel
