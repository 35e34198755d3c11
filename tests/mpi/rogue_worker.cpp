// rogue_worker KIND: rank 1 takes part in the start of a job like any worker, and then says what no
// worker says. The job has to end with one line that names it.
#include <string>

#include "evenkeel/session.h"
#include "mpi/job.h"
#include "session/finalize_rendezvous.h"
#include "session/job_clock.h"
#include "session/job_start.h"
#include "session/launcher.h"
#include "session/mpi_program.h"
#include "transport/transport.h"

namespace evenkeel {
namespace {

void be_rogue(MPI_Comm comm, const std::string& kind) {
  FinalizeRendezvous::prepare(comm, false);
  Transport transport(comm);
  const Communicator workers = Communicator::without_rank_zero(comm);
  gather_hosts(transport.communicator(), "rogue");
  await_announcement(transport.communicator());
  JobClock::agree(transport.communicator());
  if (kind == "nonsense") transport.send(Rank(0), Finish{});
  if (kind == "untimely") transport.send(Rank(0), Farewell{});
  MPI_Barrier(comm);  // until the end of the job comes
}

void be_good(MPI_Comm comm) {
  const ScratchFolder scratch;
  JobOptions options;
  options.manifest = scratch.file("manifest.json");
  options.show_progress = false;
  write_manifest_of(options.manifest, {1'000'000'000});
  Session session(comm, options);
  if (session.coordinates()) session.serve();
  while (const auto step = session.next()) session.done(*step);
}

}  // namespace
}  // namespace evenkeel

int main(int argc, char** argv) {
  if (!evenkeel::Launcher::of_this_process().exists() || argc != 2) return 2;
  const evenkeel::MpiProgram mpi(argc, argv);
  std::string kind = mpi.rank() == 0 ? argv[1] : "";
  mpi.broadcast_text(kind);
  if (mpi.rank() == 1) {
    evenkeel::be_rogue(mpi.world(), kind);
  } else {
    evenkeel::be_good(mpi.world());
  }
}
