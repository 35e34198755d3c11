// failing_step: in step mode, rank 1 fails a step while the others wait for it in their all-reduce.
// The job has to end, with a line that says where and why.
#include <mpi.h>

#include "evenkeel/session.h"
#include "mpi/job.h"

int main(int argc, char** argv) {
  MPI_Init(&argc, &argv);
  int rank = 0;
  MPI_Comm_rank(MPI_COMM_WORLD, &rank);
  const evenkeel::ScratchFolder scratch;
  evenkeel::JobOptions options;
  options.manifest = scratch.file("manifest.json");
  options.mode = evenkeel::Mode::step;
  options.global_batch = 100;
  options.show_progress = false;
  evenkeel::write_manifest_of(options.manifest, {1'000'000});
  evenkeel::Session session(MPI_COMM_WORLD, options);
  if (session.coordinates()) session.serve();
  while (const auto step = session.next()) {
    if (rank == 1 && step->number() == 3) {
      session.failed(*step, "bad sample");
      continue;
    }
    session.reached(*step);
    MPI_Barrier(session.workers());
    session.done(*step);
  }
  MPI_Finalize();
}
