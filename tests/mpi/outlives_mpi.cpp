// A session that outlives MPI_Finalize, as a careless main has it, and does no harm.
#include <mpi.h>

#include "evenkeel/session.h"
#include "mpi/job.h"

int main(int argc, char** argv) {
  MPI_Init(&argc, &argv);
  const evenkeel::ScratchFolder scratch;
  evenkeel::JobOptions options;
  options.manifest = scratch.file("manifest.json");
  options.show_progress = false;
  evenkeel::write_manifest_of(options.manifest, {100});
  evenkeel::Session session(MPI_COMM_WORLD, options);
  const bool done = !session.coordinates() || session.serve().complete;
  while (!session.coordinates()) {
    const auto step = session.next();
    if (!step) break;
    session.done(*step);
  }
  MPI_Finalize();
  return done ? 0 : 1;
}
