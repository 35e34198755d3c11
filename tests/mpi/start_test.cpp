// The ranks meet at the start of a job: all that can take part, or none.
#include <gtest/gtest.h>

#include <chrono>
#include <cstddef>
#include <functional>
#include <string>
#include <thread>
#include <vector>

#include "evenkeel/session.h"
#include "mpi/job.h"
#include "session/job_start.h"

namespace evenkeel {
namespace {

using namespace std::chrono_literals;

class World {
 public:
  World() {
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Comm_size(MPI_COMM_WORLD, &size);
  }
  bool is_last() const { return rank == size - 1; }

  int rank = 0;
  int size = 0;
};

// What rank 0 says; elsewhere nothing, or "refused".
std::string meeting(const StartHeader& own, const StartPatience& patience = {}) {
  try {
    meet(MPI_COMM_WORLD, own, patience);
    return "";
  } catch (const SessionRefused&) {
    return "refused";
  } catch (const UserError& error) {
    return error.what();
  } catch (const JobError& error) {
    return std::string("job error: ") + error.what();
  }
}

void expect_refused(const StartHeader& own, const std::string& complaint) {
  const World world;
  const std::string said = meeting(own);
  if (world.rank != 0) {
    EXPECT_EQ(said, "refused");
  } else {
    EXPECT_EQ(said.find(complaint), 0U) << said;
  }
}

std::string last_rank() { return "rank " + std::to_string(World().size - 1) + ": "; }

// Of a session whose last rank has other options.
void expect_session_refused(const std::function<void(JobOptions&)>& change,
                            const std::string& complaint) {
  const World world;
  const ScratchFolder scratch;
  JobOptions options;
  options.manifest = scratch.file("manifest.json");
  options.print_report = options.show_progress = false;
  write_manifest_of(options.manifest, {10});
  JobOptions changed = options;
  change(changed);
  try {
    const Session session(MPI_COMM_WORLD, world.is_last() ? changed : options);
    ADD_FAILURE() << "accepted";
  } catch (const SessionRefused&) {
    EXPECT_NE(world.rank, 0);
  } catch (const UserError& error) {
    EXPECT_EQ(std::string(error.what()).find(last_rank() + complaint), 0U) << error.what();
  }
  // Nothing is left behind.
  Session session(MPI_COMM_WORLD, options);
  Outcome outcome;
  work_through(session, outcome);
  EXPECT_EQ(outcome.complete, world.rank == 0);
}

TEST(Start, TellsRank0TheHostsOfAll) {
  const World world;
  StartHeader own = start_header();
  own.host = "host-" + std::to_string(world.rank);
  const std::vector<std::string> hosts = meet(MPI_COMM_WORLD, own);
  EXPECT_EQ(hosts.size(), world.rank == 0 ? static_cast<std::size_t>(world.size) : 0U);
  for (std::size_t i = 0; i < hosts.size(); ++i) EXPECT_EQ(hosts[i], "host-" + std::to_string(i));
}

TEST(Start, IsRefusedToAnotherBuild) {
  StartHeader own = start_header();
  if (World().is_last()) own.terms.front().second = "99.0.0";
  expect_refused(own, last_rank() + "evenkeel 99.0.0, on rank 0 ");
}

TEST(Start, IsRefusedIfOneRankHasAFault) {
  StartHeader own = start_header();
  if (World().is_last()) own.fault = "train.py: no such file";
  expect_refused(own, last_rank() + "train.py: no such file");
}

TEST(Start, IsRefusedForTheFaultOfRank0) {
  StartHeader own = start_header();
  own.fault = World().rank == 0 ? "--seed: missing" : "--seed: missing too";
  expect_refused(own, "--seed: missing");
}

TEST(Start, IsRefusedToRanksThatDifferInSeveralWays) {
  StartHeader own = start_header();
  const World world;
  own.terms.emplace_back("--seed", std::to_string(world.rank < 2 ? world.rank : 2));
  if (world.size < 4) GTEST_SKIP() << "too few ranks";
  const std::string said = meeting(own);
  if (world.rank != 0) return;
  EXPECT_EQ(said.find("rank 1: --seed 1, on rank 0 0; "), 0U) << said;
  EXPECT_NE(said.find("; " + std::to_string(world.size - 2) + " more differ otherwise"),
            std::string::npos)
      << said;
}

TEST(Start, WaitsForARankThatComesLate) {
  const World world;
  if (world.is_last()) std::this_thread::sleep_for(2s);
  testing::internal::CaptureStderr();
  EXPECT_EQ(meeting(start_header(), {500ms, 60s}), "");
  const std::string said = testing::internal::GetCapturedStderr();
  if (world.rank != 0) return;
  EXPECT_EQ(said, "evenkeel: no sign of rank " + std::to_string(world.size - 1) +
                      " yet; do all ranks run this program, in this build?\n");
}

TEST(Start, EndsIfARankNeverComes) {
  const World world;
  const std::string said = world.is_last() ? "" : meeting(start_header(), {100ms, 500ms});
  if (world.is_last()) return;
  EXPECT_EQ(said, world.rank == 0 ? "job error: no sign of rank " + std::to_string(world.size - 1) +
                                        ": the job cannot start"
                                  : "job error: no sign of rank 0: the job cannot start");
}

// A program that knows its mode does another kind of work in the other.
TEST(Start, OfASessionNeedsOneMode) {
  expect_session_refused([](JobOptions& options) { options.mode = Mode::step; },
                         "--mode step, on rank 0 lease");
}

// How long it goes on after a signal is each rank's own matter.
TEST(Start, OfASessionNeedsOneGrace) {
  expect_session_refused([](JobOptions& options) { options.grace_s = 1.5; },
                         "--grace 1.5, on rank 0 0");
}

}  // namespace
}  // namespace evenkeel
