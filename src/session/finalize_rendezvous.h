// How the ranks of a job leave MPI when some of them may have died, are stopped, or are cut off.
#pragma once

#include <mpi.h>

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/time.h"
#include "core/types.h"
#include "session/rank_process.h"
#include "session/time_awake.h"
#include "transport/communicator.h"
#include "transport/failures.h"

namespace evenkeel {

// The ranks of this machine. One that is seen to be stopped for a while is counted as stopped.
class MachineRanks {
 public:
  MachineRanks(std::vector<RankProcess> processes, Duration before_stopped)
      : processes_(std::move(processes)),
        before_stopped_(before_stopped),
        since_(processes_.size(), never),
        was_woken_(processes_.size(), false) {}

  // The ranks that have been stopped for so long. Looks at most once per second.
  const std::vector<int>& stopped(Duration now);

  // Lets one of them go on. Returns false if it was done before: somebody stops it again.
  bool wake(int rank);

  void kill_stopped() const;

  std::optional<bool> lives(int rank) const {
    return processes_[static_cast<std::size_t>(rank)].lives();
  }

 private:
  static constexpr Duration never = Duration::max();

  std::vector<RankProcess> processes_;  // of all ranks of the job
  Duration before_stopped_;
  std::vector<Duration> since_;
  std::vector<bool> was_woken_;
  std::vector<int> stopped_;
  Duration next_look_{};
};

// MPI_Finalize waits for every rank that does not arrive, because it is stopped, hangs or cannot be
// reached, or because a message to a dead rank is in progress. So the ranks meet at the very
// beginning of MPI_Finalize. If all arrive, MPI_Finalize continues.
//
// Where deaths are survived, the ranks that arrived otherwise flush their standard streams and end
// there: with status 0, since mpirun might end the others for another status, and returns 0 anyway.
// Open MPI 5 may wait even for a rank whose death it reported; mpirun of Open MPI 4.1 may itself
// hang if a rank ends while others wait in MPI_Finalize.
//
// Elsewhere, once all ranks have arrived but those that are given up, rank 0 ends the job through
// the launcher, with the highest of the ranks' statuses. If it is rank 0 that is stopped, after the
// results are written, others of its machine wake it first: where another rank ends the job, mpirun
// of Open MPI 4.1 does not always return the status that it is told.
class FinalizeRendezvous {
 public:
  // Collective over `comm`, between MPI_Init and MPI_Finalize. `answers`: every rank calls answer()
  // regularly until MPI_Finalize; so a rank that does not is given up in time. Null with another
  // MPI than Open MPI.
  static std::shared_ptr<FinalizeRendezvous> prepare(MPI_Comm comm, bool answers);

  // Tells those that wait in MPI_Finalize already, and ask, that this rank lives.
  void answer();

  // On rank 0, once all results are written: the status of the job, and what it says last if it has
  // to end the job.
  void tell_outcome(int status, std::string verdict);

  // This rank's program ends with status 1.
  void fail() { status_ = 1; }

  // On rank 0: these are silent.
  void do_not_wait_for(const std::vector<Rank>& silent) { silent_ = silent; }

  // On rank 0: these have not come yet, and perhaps never will.
  void expect(const std::vector<Rank>& absent) { absent_ = absent; }

  // On other ranks: rank 0 has died or hangs.
  void do_not_wait_for_rank_0() { rank_0_is_lost_ = true; }

 private:
  enum class Way : int { finalize, end };
  struct Peer;

  FinalizeRendezvous(MPI_Comm comm, bool answers);
  static int begin_finalize(MPI_Comm, int, void* rendezvous, void*);
  Way meet();
  void watch_finalize();
  Way gather();
  bool waits(std::vector<Peer>& peers);
  void look(Peer& peer, Duration now);
  Duration patience(const Peer& peer) const;
  void tell(const std::vector<Peer>& peers, Way way);
  [[noreturn]] void end_without(const std::vector<Peer>& peers) const;
  Way ask();
  bool reaches_rank_0(Duration now, Peer& rank_0, bool knows_outcome);
  Way give_up_rank_0(bool knows_outcome) const;

  Communicator comm_;
  Failures failures_;
  bool survives_deaths_;
  bool answers_;
  bool is_whole_world_ = false;
  TimeAwake time_;
  std::shared_ptr<MachineRanks> machine_;
  std::vector<Rank> silent_;  // rank 0 does not wait for them
  std::vector<Rank> absent_;  // rank 0 waits for them if they live
  std::string verdict_;
  int status_ = 0;  // of this rank; on rank 0 of the job
  bool rank_0_is_lost_ = false;

  // What is received and sent lives until the end of MPI.
  MPI_Request call_ = MPI_REQUEST_NULL;  // of a rank that waits for a sign of life
  int call_word_ = 0;
  int outcome_ = 0;                                     // as rank 0 tells the others
  std::array<int, 2> way_{static_cast<int>(Way::end)};  // and a status: rank 0's last message
  std::vector<int> names_;                              // of all ranks, for messages about them
};

}  // namespace evenkeel
