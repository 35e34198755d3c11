// A session on some ranks of a larger program, whose ranks have other business with each other: the
// coordinator is the last rank of MPI_COMM_WORLD, and ranks 0 and 1 take no part.
#include <gtest/gtest.h>

#include <array>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "core/option_values.h"
#include "evenkeel/session.h"
#include "mpi/job.h"

namespace evenkeel {
namespace {

const std::vector<std::int64_t> file_samples{100, 1, 37, 512, 3, 64};  // 717
constexpr std::int64_t samples = 717;
constexpr int outsiders = 2;
constexpr int question_tag = 0;
constexpr int farewell_tag = 1;

// The program's communicators, and what goes on in MPI_COMM_WORLD while a session has its own way
// on part of the ranks: a collective that begins before it and ends after it.
class Program {
 public:
  Program() {
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Comm_size(MPI_COMM_WORLD, &size);
    takes_part = rank >= outsiders;
    MPI_Comm_split(MPI_COMM_WORLD, takes_part ? 1 : 0, -rank, &part);
    MPI_Iallreduce(&rank, &sum_, 1, MPI_INT, MPI_SUM, MPI_COMM_WORLD, &pending_);
  }
  Program(const Program&) = delete;
  Program& operator=(const Program&) = delete;

  ~Program() {
    MPI_Wait(&pending_, MPI_STATUS_IGNORE);
    EXPECT_EQ(sum_, size * (size - 1) / 2);
    MPI_Barrier(MPI_COMM_WORLD);
    int left_over = 0;
    MPI_Iprobe(MPI_ANY_SOURCE, MPI_ANY_TAG, MPI_COMM_WORLD, &left_over, MPI_STATUS_IGNORE);
    EXPECT_EQ(left_over, 0);
    MPI_Comm_free(&part);
  }

  // Asks one of the outsiders, as every worker does in each step.
  void ask(int question) const {
    const int outsider = question % outsiders;
    MPI_Send(&question, 1, MPI_INT, outsider, question_tag, MPI_COMM_WORLD);
    int answer = 0;
    MPI_Recv(&answer, 1, MPI_INT, outsider, MPI_ANY_TAG, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
    EXPECT_EQ(answer, question + rank);
  }

  void take_leave() const {
    for (int outsider = 0; outsider < outsiders; ++outsider) {
      MPI_Send(nullptr, 0, MPI_INT, outsider, farewell_tag, MPI_COMM_WORLD);
    }
  }

  // What an outsider does meanwhile. Returns how often it was asked.
  int answer_all() const {
    int asked = 0;
    for (int present = size - outsiders; present > 0;) {
      int question = 0;
      MPI_Status status;
      MPI_Recv(&question, 1, MPI_INT, MPI_ANY_SOURCE, MPI_ANY_TAG, MPI_COMM_WORLD, &status);
      if (status.MPI_TAG == farewell_tag) {
        --present;
        continue;
      }
      EXPECT_EQ(status.MPI_TAG, question_tag);
      EXPECT_GE(status.MPI_SOURCE, outsiders);
      ++asked;
      question += status.MPI_SOURCE;
      MPI_Send(&question, 1, MPI_INT, status.MPI_SOURCE, question_tag, MPI_COMM_WORLD);
    }
    int together = 1;
    MPI_Allreduce(MPI_IN_PLACE, &together, 1, MPI_INT, MPI_SUM, part);
    EXPECT_EQ(together, outsiders);
    return asked;
  }

  int rank = 0;
  int size = 0;
  bool takes_part = false;
  MPI_Comm part = MPI_COMM_NULL;  // of those that take part; and of the others

 private:
  int sum_ = 0;
  MPI_Request pending_ = MPI_REQUEST_NULL;
};

JobOptions options_for(const ScratchFolder& scratch, Mode mode) {
  JobOptions options;
  options.mode = mode;
  options.manifest = scratch.file("manifest.json");
  options.spans = scratch.file("spans.jsonl");
  options.reports = {scratch.file("report.json")};
  options.epochs = 2;
  options.step_samples = 4;
  options.global_batch = 20;
  options.shard_samples = 32;
  options.print_report = false;
  options.show_progress = false;
  return options;
}

// A rank's part in the job.
struct Work {
  std::optional<Outcome> outcome;  // of the coordinator
  std::vector<Visit> visits;       // of a worker
  int steps = 0;
};

Work take_part(const Program& program, const JobOptions& options) {
  Session session(program.part, options);
  EXPECT_EQ(session.coordinates(), program.rank == program.size - 1);
  Work work;
  if (session.coordinates()) {
    work.outcome = session.serve();
    return work;
  }
  while (const auto step = session.next()) {
    for (const Extent& extent : step->extents()) {
      work.visits.push_back({step->epoch(), extent.file, extent.first, extent.count});
    }
    program.ask(work.steps++);
    if (options.mode == Mode::step) {
      session.reached(*step);
      std::int64_t together = step->samples();
      MPI_Allreduce(MPI_IN_PLACE, &together, 1, MPI_INT64_T, MPI_SUM, session.workers());
      EXPECT_EQ(together, step->global_samples());
    }
    session.done(*step);
  }
  return work;
}

// On the coordinator.
void check_job(const JobOptions& options, const Outcome& outcome, const std::vector<Visit>& visits,
               int workers) {
  EXPECT_TRUE(outcome.complete);
  EXPECT_TRUE(outcome.lost_ranks.empty());
  expect_every_sample_once(visits, options.epochs, file_samples);
  expect_spans_tile(read_spans(options.spans), options.epochs, samples);
  const auto report = nlohmann::json::parse(text_of(options.reports.front()));
  ASSERT_EQ(report["ranks"].size(), static_cast<std::size_t>(workers));
  for (int i = 0; i < workers; ++i) {  // ranks of the session's communicator
    EXPECT_EQ(report["ranks"][static_cast<std::size_t>(i)]["rank"], i + 1);
  }
}

class PartOfWorld : public testing::TestWithParam<Mode> {};

TEST_P(PartOfWorld, DoesAJobAmidTheProgramsOwnMessages) {
  const ScratchFolder scratch;
  const JobOptions options = options_for(scratch, GetParam());
  const Program program;
  // Questions asked, and answered.
  std::array<int, 2> talk{0, 0};
  if (program.takes_part) {
    if (program.rank == program.size - 1) write_manifest_of(options.manifest, file_samples);
    const Work work = take_part(program, options);
    program.take_leave();
    talk[0] = work.steps;
    const std::vector<Visit> all = gather_visits(work.visits, program.part);
    if (work.outcome) check_job(options, *work.outcome, all, program.size - outsiders - 1);
  } else {
    talk[1] = program.answer_all();
  }
  MPI_Allreduce(MPI_IN_PLACE, talk.data(), 2, MPI_INT, MPI_SUM, MPI_COMM_WORLD);
  EXPECT_GT(talk[0], 0);
  EXPECT_EQ(talk[0], talk[1]);
}

TEST_P(PartOfWorld, LeavesTheProgramAloneWhenItRefusesAJob) {
  const ScratchFolder scratch;
  JobOptions options = options_for(scratch, GetParam());
  options.manifest = scratch.file("nowhere.json");
  const Program program;
  if (!program.takes_part) {
    program.answer_all();
    return;
  }
  if (program.rank == program.size - 1) {
    EXPECT_THROW(take_part(program, options), UserError);
  } else {
    EXPECT_THROW(take_part(program, options), SessionRefused);
  }
  program.take_leave();
}

INSTANTIATE_TEST_SUITE_P(Modes, PartOfWorld, testing::Values(Mode::lease, Mode::step),
                         [](const auto& mode) { return std::string(name_of(mode.param)); });

}  // namespace
}  // namespace evenkeel
