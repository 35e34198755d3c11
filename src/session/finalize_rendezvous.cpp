#include "session/finalize_rendezvous.h"

#include <dlfcn.h>
#include <signal.h>
#include <sys/types.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <string>
#include <system_error>
#include <thread>

#include "session/launcher_recovery.h"
#include "transport/idle_wait.h"
#include "transport/mpi_error.h"

namespace evenkeel {
namespace {

using Clock = std::chrono::steady_clock;

constexpr int here_tag = 1;
constexpr int way_tag = 2;

// How long rank 0 waits for the others, and they for rank 0, which may have results to write.
constexpr std::chrono::seconds longest_for_others{10};
constexpr std::chrono::seconds longest_for_rank_0{60};

// Time for the last messages to leave.
constexpr std::chrono::milliseconds before_end{100};

// The other ranks of this job on this machine have the same parent: mpirun or its daemon.
// /proc/PID/stat is "PID (NAME) STATE PPID ..."; a name may contain anything.
bool is_stopped_sibling(const std::filesystem::path& process) {
  std::ifstream file(process / "stat");
  std::string stat;
  std::getline(file, stat);
  const std::size_t name_end = stat.rfind(')');
  if (name_end == std::string::npos || name_end + 4 > stat.size()) return false;
  return stat[name_end + 2] == 'T' && std::atoi(stat.c_str() + name_end + 4) == ::getppid();
}

[[noreturn]] void end() {
  std::cout.flush();
  std::fflush(nullptr);
  ::_exit(EXIT_SUCCESS);
}

// mpirun would wait for them although the job is over.
void kill_stopped_siblings() {
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator("/proc", error)) {
    const pid_t process = std::atoi(entry.path().filename().c_str());
    if (process > 1 && is_stopped_sibling(entry.path())) ::kill(process, SIGKILL);
  }
}

// How far Open MPI has come. MPI itself does not say: MPI_Finalized returns true long before
// MPI_Finalize returns. Null with another MPI.
const volatile int* mpi_state() {
  return static_cast<const volatile int*>(::dlsym(RTLD_DEFAULT, "ompi_mpi_state"));
}
constexpr int finalize_completed = 5;  // OMPI_MPI_STATE_FINALIZE_COMPLETED, in Open MPI 4 and 5

// A rank may have been stopped, or hang, since all arrived. Without stopped ranks, MPI_Finalize
// ends normally.
void end_if_finalize_hangs(const volatile int* state) {
  for (const bool is_last : {false, true}) {
    std::this_thread::sleep_for(longest_for_others);
    if (*state == finalize_completed) return;
    kill_stopped_siblings();
    if (is_last) end();
  }
}

enum class Arrival : std::uint8_t { awaited, here, dead };

// MPI may know that the sender has died.
Arrival look(MPI_Request& request) {
  int complete = 0;
  if (MPI_Test(&request, &complete, MPI_STATUS_IGNORE) != MPI_SUCCESS) return Arrival::dead;
  return complete != 0 ? Arrival::here : Arrival::awaited;
}

}  // namespace

std::shared_ptr<FinalizeRendezvous> FinalizeRendezvous::prepare(MPI_Comm comm) {
  if (!deaths_are_survived()) return nullptr;
  std::shared_ptr<FinalizeRendezvous> rendezvous(new FinalizeRendezvous(comm));
  int key = MPI_KEYVAL_INVALID;
  mpi_check(MPI_Comm_create_keyval(MPI_COMM_NULL_COPY_FN, begin_finalize, &key, nullptr),
            "MPI_Comm_create_keyval");
  // MPI_Finalize begins by deleting the attributes of MPI_COMM_SELF.
  auto* const kept = new std::shared_ptr<FinalizeRendezvous>(rendezvous);
  mpi_check(MPI_Comm_set_attr(MPI_COMM_SELF, key, kept), "MPI_Comm_set_attr");
  return rendezvous;
}

int FinalizeRendezvous::begin_finalize(MPI_Comm /*self*/, int /*key*/, void* rendezvous,
                                       void* /*extra*/) {
  const std::unique_ptr<std::shared_ptr<FinalizeRendezvous>> kept(
      static_cast<std::shared_ptr<FinalizeRendezvous>*>(rendezvous));
  if ((*kept)->meet() == Way::end) {
    kill_stopped_siblings();
    end();
  }
  if (const volatile int* const state = mpi_state()) {
    std::thread(end_if_finalize_hangs, state).detach();
  }
  return MPI_SUCCESS;
}

FinalizeRendezvous::Way FinalizeRendezvous::meet() {
  const Way way = comm_.rank() == Rank(0) ? gather() : ask();
  comm_.leave_to_finalize();
  return way;
}

// Rank 0: finds out who has arrived, and tells everybody, late ranks included, which way to end.
FinalizeRendezvous::Way FinalizeRendezvous::gather() const {
  const auto ranks = static_cast<std::size_t>(comm_.size());
  std::vector<MPI_Request> words(ranks, MPI_REQUEST_NULL);
  std::vector<Arrival> arrivals(ranks, Arrival::here);
  for (std::size_t rank = 1; rank < ranks; ++rank) {
    const int code = MPI_Irecv(nullptr, 0, MPI_BYTE, static_cast<int>(rank), here_tag, comm_.get(),
                               &words[rank]);
    arrivals[rank] = code == MPI_SUCCESS ? Arrival::awaited : Arrival::dead;
  }
  const auto is_silent = [this](std::size_t rank) {
    const Rank sought(static_cast<std::int32_t>(rank));
    return std::find(silent_.begin(), silent_.end(), sought) != silent_.end();
  };
  const Clock::time_point deadline = Clock::now() + longest_for_others;
  IdleWait wait(IdleWait::prompt);
  bool waits = true;
  while (waits && Clock::now() < deadline) {
    waits = false;
    for (std::size_t rank = 1; rank < ranks; ++rank) {
      if (arrivals[rank] == Arrival::awaited) arrivals[rank] = look(words[rank]);
      waits |= arrivals[rank] == Arrival::awaited && !is_silent(rank);
    }
    if (waits) wait.pause();
  }
  const bool all_came = std::count(arrivals.begin(), arrivals.end(), Arrival::here) == comm_.size();
  const Way way = all_came ? Way::finalize : Way::end;

  const int word = static_cast<int>(way);
  std::vector<MPI_Request> sends(ranks, MPI_REQUEST_NULL);
  for (std::size_t rank = 1; rank < ranks; ++rank) {
    if (arrivals[rank] == Arrival::dead) continue;
    MPI_Isend(&word, 1, MPI_INT, static_cast<int>(rank), way_tag, comm_.get(), &sends[rank]);
  }
  const Clock::time_point sent_by = Clock::now() + before_end;
  const auto is_sent = [](MPI_Request& send) { return look(send) != Arrival::awaited; };
  while (Clock::now() < sent_by || way == Way::finalize) {
    if (std::all_of(sends.begin(), sends.end(), is_sent) && way == Way::finalize) break;
    wait.pause();
  }
  return way;
}

FinalizeRendezvous::Way FinalizeRendezvous::ask() const {
  if (rank_0_is_lost_) return Way::end;
  int word = static_cast<int>(Way::end);
  MPI_Request here = MPI_REQUEST_NULL;
  MPI_Request answer = MPI_REQUEST_NULL;
  if (MPI_Irecv(&word, 1, MPI_INT, 0, way_tag, comm_.get(), &answer) != MPI_SUCCESS ||
      MPI_Isend(nullptr, 0, MPI_BYTE, 0, here_tag, comm_.get(), &here) != MPI_SUCCESS) {
    return Way::end;
  }
  const Clock::time_point deadline = Clock::now() + longest_for_rank_0;
  IdleWait wait(IdleWait::patient);
  while (Clock::now() < deadline) {
    const Arrival sent = here == MPI_REQUEST_NULL ? Arrival::here : look(here);
    const Arrival answered = look(answer);
    if (answered == Arrival::here && sent == Arrival::here) return static_cast<Way>(word);
    if (answered == Arrival::here && word == static_cast<int>(Way::end)) return Way::end;
    if (answered == Arrival::dead || sent == Arrival::dead) return Way::end;
    wait.pause();
  }
  return Way::end;
}

}  // namespace evenkeel
