// Leases of one step that takes no time: rank 0's coordinator and a worker beside it take turns, so
// that each turn finds the same messages, and the instructions of a lease repeat.
// scripts/bench/dispatch counts them.
//
//   mpirun -n 1 dispatch_in_turns MANIFEST
#include <mpi.h>

#include <chrono>
#include <cstdlib>
#include <string>

#include "job/job_options.h"
#include "session/job_rank.h"

namespace evenkeel {
namespace {

bool run(const std::string& manifest) {
  JobOptions options;
  options.manifest = manifest;
  options.policy = PolicyKind::self;
  options.step_samples = 1;
  options.shard_samples = 1'000'000'000;
  options.print_report = options.show_progress = false;
  JobRank rank(JobComms::make(MPI_COMM_WORLD, "", false), options, Rank(0), "");
  CoordinatorHost& coordinator = *rank.coordinator();
  WorkerHost& worker = *rank.worker();
  MeasuredStep measured;
  measured.local = std::chrono::microseconds(1);  // said: the clock's times would differ
  while (!worker.over()) {
    coordinator.turn();
    while (const auto step = worker.take()) worker.done(*step, measured);
  }
  worker.close();
  while (!coordinator.over()) coordinator.turn();
  return coordinator.finish().complete;
}

}  // namespace
}  // namespace evenkeel

int main(int argc, char** argv) {
  if (argc != 2) return EXIT_FAILURE;
  MPI_Init(&argc, &argv);
  const bool is_complete = evenkeel::run(argv[1]);
  MPI_Finalize();
  return is_complete ? EXIT_SUCCESS : EXIT_FAILURE;
}
