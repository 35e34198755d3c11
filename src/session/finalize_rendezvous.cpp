#include "session/finalize_rendezvous.h"

#include <dlfcn.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <numeric>
#include <thread>
#include <utility>

#include "report/verdict.h"
#include "session/end_messages.h"
#include "session/job_end.h"
#include "session/launcher_recovery.h"
#include "transport/host_clock.h"
#include "transport/idle_wait.h"
#include "transport/mpi_error.h"

namespace evenkeel {
namespace {

enum Tag : int { here_tag = 1, way_tag, call_tag, sign_tag, outcome_tag };

using std::chrono::seconds;

// How long rank 0 waits for a rank: one that was silent in the job already, or is seen to be
// stopped; one that answers calls, since its last answer; and any other, which may be at work of
// its own.
constexpr seconds before_silent_is_given_up{10};
constexpr seconds before_unanswering_is_given_up{60};
constexpr seconds before_busy_is_given_up{3600};

// Where deaths are survived, no harm is done to a rank that comes later.
constexpr seconds before_busy_is_left{10};

// But to one that has not even begun: it learns from rank 0 that the job is over. If it is of
// another machine, nobody knows whether it lives.
constexpr seconds before_unseen_is_left{60};

// How long the others wait for rank 0, since its last answer; it may have results to write, perhaps
// on a file system that stands still. Where deaths are survived, they only end themselves.
constexpr seconds before_rank_0_is_given_up{600};
constexpr seconds before_rank_0_is_left{60};

constexpr seconds between_calls{5};

// Time for the last messages to leave.
constexpr std::chrono::milliseconds before_end{100};

// A sign of life; other signs name a rank that is stopped.
const int alive = -1;

[[noreturn]] void end() {
  std::cout.flush();
  std::fflush(nullptr);
  ::_exit(EXIT_SUCCESS);
}

// How far Open MPI has come. MPI itself does not say: MPI_Finalized returns true long before
// MPI_Finalize returns. Null with another MPI.
const volatile int* mpi_state() {
  return static_cast<const volatile int*>(::dlsym(RTLD_DEFAULT, "ompi_mpi_state"));
}
constexpr int finalize_completed = 5;  // OMPI_MPI_STATE_FINALIZE_COMPLETED, in Open MPI 4 and 5

enum class Arrival : std::uint8_t { awaited, here, dead };

// MPI may know that the sender has died.
Arrival look(MPI_Request& request) {
  int complete = 0;
  if (MPI_Test(&request, &complete, MPI_STATUS_IGNORE) != MPI_SUCCESS) return Arrival::dead;
  return complete != 0 ? Arrival::here : Arrival::awaited;
}

void cancel(MPI_Request& receive) {
  if (receive == MPI_REQUEST_NULL) return;
  MPI_Cancel(&receive);
  MPI_Request_free(&receive);
}

// Without waiting for it: `number` outlives MPI.
void send(const int& number, int to, int tag, MPI_Comm comm) {
  MPI_Request request = MPI_REQUEST_NULL;
  if (MPI_Isend(&number, 1, MPI_INT, to, tag, comm, &request) != MPI_SUCCESS) return;
  MPI_Request_free(&request);
}

std::vector<RankProcess> processes_of(const Communicator& comm) {
  constexpr int numbers = sizeof(RankProcess) / sizeof(std::int64_t);
  const RankProcess own = RankProcess::own();
  std::vector<RankProcess> all(static_cast<std::size_t>(comm.size()));
  mpi_check(MPI_Allgather(&own, numbers, MPI_INT64_T, all.data(), numbers, MPI_INT64_T, comm.get()),
            "MPI_Allgather");
  return all;
}

}  // namespace

const std::vector<int>& MachineRanks::stopped(Duration now) {
  if (now < next_look_) return stopped_;
  next_look_ = now + seconds(1);
  stopped_.clear();
  for (std::size_t rank = 0; rank < processes_.size(); ++rank) {
    const bool is_stopped = processes_[rank].is_stopped();
    since_[rank] = is_stopped ? std::min(since_[rank], now) : never;
    if (is_stopped && now - since_[rank] >= before_stopped_) {
      stopped_.push_back(static_cast<int>(rank));
    }
  }
  return stopped_;
}

bool MachineRanks::wake(int rank) {
  const auto i = static_cast<std::size_t>(rank);
  if (was_woken_[i]) return false;
  was_woken_[i] = true;
  processes_[i].wake();
  since_[i] = never;
  std::erase(stopped_, rank);
  return true;
}

// mpirun would wait for them although the job is over.
void MachineRanks::kill_stopped() const {
  for (const RankProcess& process : processes_) {
    if (process.is_stopped()) process.kill();
  }
}

struct FinalizeRendezvous::Peer {
  int rank = 0;
  int status = 0;
  int sign_of = alive;
  MPI_Request here = MPI_REQUEST_NULL;
  MPI_Request sign = MPI_REQUEST_NULL;
  Arrival arrival = Arrival::here;
  bool is_silent = false;
  bool is_absent = false;
  bool is_stopped = false;
  bool is_called = false;
  Duration heard{};
  Duration next_call = between_calls;
  Duration next_report{};
};

FinalizeRendezvous::FinalizeRendezvous(MPI_Comm comm, bool answers)
    : comm_(Communicator::duplicate(comm)),
      failures_(comm_.get()),
      survives_deaths_(deaths_are_survived()),
      answers_(answers),
      machine_(std::make_shared<MachineRanks>(processes_of(comm_), before_silent_is_given_up)),
      names_(static_cast<std::size_t>(comm_.size())) {
  std::iota(names_.begin(), names_.end(), 0);
  int world = 0;
  mpi_check(MPI_Comm_size(MPI_COMM_WORLD, &world), "MPI_Comm_size");
  is_whole_world_ = world == comm_.size();
}

std::shared_ptr<FinalizeRendezvous> FinalizeRendezvous::prepare(MPI_Comm comm, bool answers) {
  if (mpi_state() == nullptr) return nullptr;
  std::shared_ptr<FinalizeRendezvous> rendezvous(new FinalizeRendezvous(comm, answers));
  int key = MPI_KEYVAL_INVALID;
  mpi_check(MPI_Comm_create_keyval(MPI_COMM_NULL_COPY_FN, begin_finalize, &key, nullptr),
            "MPI_Comm_create_keyval");
  // MPI_Finalize begins by deleting the attributes of MPI_COMM_SELF.
  auto* const kept = new std::shared_ptr<FinalizeRendezvous>(rendezvous);
  mpi_check(MPI_Comm_set_attr(MPI_COMM_SELF, key, kept), "MPI_Comm_set_attr");
  return rendezvous;
}

int FinalizeRendezvous::begin_finalize(MPI_Comm /*self*/, int /*key*/, void* kept,
                                       void* /*extra*/) {
  static std::vector<std::shared_ptr<FinalizeRendezvous>> all;  // which sends may still read
  const std::unique_ptr<std::shared_ptr<FinalizeRendezvous>> own(
      static_cast<std::shared_ptr<FinalizeRendezvous>*>(kept));
  const std::shared_ptr<FinalizeRendezvous>& rendezvous = all.emplace_back(*own);
  if (rendezvous->meet() == Way::end) {
    rendezvous->machine_->kill_stopped();
    end();
  }
  std::thread([rendezvous = rendezvous] { rendezvous->watch_finalize(); }).detach();
  return MPI_SUCCESS;
}

FinalizeRendezvous::Way FinalizeRendezvous::meet() {
  time_.now();
  const Way way = comm_.rank() == Rank(0) ? gather() : ask();
  cancel(call_);
  comm_.leave_to_finalize();
  return way;
}

// A rank may have been stopped, or hang, since all arrived. Without stopped ranks, MPI_Finalize
// ends normally; it waits for the rest of the world, if there is one.
void FinalizeRendezvous::watch_finalize() {
  const volatile int* const state = mpi_state();
  TimeAwake time = time_;  // as the ranks of this machine have been looked at
  const Duration begin = time.now();
  while (time.now() - begin < before_busy_is_given_up) {
    std::this_thread::sleep_for(seconds(1));
    if (*state == finalize_completed) return;
    if (survives_deaths_ && time.now() - begin > before_busy_is_left) {
      machine_->kill_stopped();
      if (time.now() - begin > 2 * before_busy_is_left) end();
    } else if (is_whole_world_) {
      const std::vector<int> stopped = machine_->stopped(time.now());
      const auto wake = [&](int rank) { return machine_->wake(rank); };
      if (!std::ranges::all_of(stopped, wake)) end_job(status_);
    }
  }
}

void FinalizeRendezvous::answer() {
  for (;;) {
    MPI_Status status;
    int complete = 0;
    if (call_ != MPI_REQUEST_NULL) {
      const int code = MPI_Test(&call_, &complete, &status);
      if (code != MPI_SUCCESS) failures_.explain(code);
      if (code != MPI_SUCCESS || complete == 0) return;
      send(alive, status.MPI_SOURCE, sign_tag, comm_.get());
    }
    MPI_Irecv(&call_word_, 1, MPI_INT, MPI_ANY_SOURCE, call_tag, comm_.get(), &call_);
  }
}

void FinalizeRendezvous::tell_outcome(int status, std::string verdict) {
  status_ = outcome_ = status;
  verdict_ = std::move(verdict);
  for (int rank = 1; rank < comm_.size(); ++rank) {
    if (std::find(silent_.begin(), silent_.end(), Rank(rank)) != silent_.end()) continue;
    send(outcome_, rank, outcome_tag, comm_.get());
  }
}

// ---- rank 0 finds out who has arrived, and tells everybody, late ranks included, which way to end

FinalizeRendezvous::Way FinalizeRendezvous::gather() {
  std::vector<Peer> peers(static_cast<std::size_t>(comm_.size()));
  for (std::size_t i = 1; i < peers.size(); ++i) {
    Peer& peer = peers[i];
    peer.rank = static_cast<int>(i);
    peer.is_silent = std::find(silent_.begin(), silent_.end(), Rank(peer.rank)) != silent_.end();
    peer.is_absent = std::find(absent_.begin(), absent_.end(), Rank(peer.rank)) != absent_.end();
    const int code =
        MPI_Irecv(&peer.status, 1, MPI_INT, peer.rank, here_tag, comm_.get(), &peer.here);
    peer.arrival = code == MPI_SUCCESS ? Arrival::awaited : Arrival::dead;
  }
  IdleWait wait(IdleWait::patient);
  while (waits(peers)) wait.pause();

  bool all_came = true;
  for (Peer& peer : peers) {
    cancel(peer.sign);
    if (peer.arrival == Arrival::awaited) cancel(peer.here);
    all_came &= peer.arrival == Arrival::here;
    if (peer.arrival == Arrival::here) status_ = std::max(status_, peer.status);
  }
  if (!all_came && !survives_deaths_ && is_whole_world_) end_without(peers);
  const Way way = all_came || !survives_deaths_ ? Way::finalize : Way::end;
  tell(peers, way);
  const auto is_known = [&](const Peer& peer) {  // not merely late, with work of its own
    return peer.arrival != Arrival::awaited || answers_ || peer.is_silent || peer.is_stopped;
  };
  if (way == Way::end && is_whole_world_ && std::ranges::all_of(peers, is_known)) limit_launcher();
  return way;
}

// Looks at all; whether to look again.
bool FinalizeRendezvous::waits(std::vector<Peer>& peers) {
  const Duration now = time_.now();
  answer();
  for (const int rank : machine_->stopped(now)) {
    peers[static_cast<std::size_t>(rank)].is_stopped = true;
  }
  bool waits = false;
  for (Peer& peer : peers) {
    if (peer.rank == 0) continue;
    if (!(survives_deaths_ && peer.is_silent)) look(peer, now);
    if (peer.sign_of > 0 && peer.sign_of < comm_.size()) {
      peers[static_cast<std::size_t>(peer.sign_of)].is_stopped = true;
    }
    waits |=
        peer.arrival == Arrival::awaited && !peer.is_stopped && now - peer.heard < patience(peer);
  }
  return waits;
}

// Whether its last message has come, and whether it lives: it is called for that.
void FinalizeRendezvous::look(Peer& peer, Duration now) {
  if (peer.arrival == Arrival::awaited) peer.arrival = evenkeel::look(peer.here);
  if (peer.arrival == Arrival::dead) return;
  if (peer.sign == MPI_REQUEST_NULL || evenkeel::look(peer.sign) == Arrival::here) {
    if (peer.is_called) peer.heard = now;
    MPI_Irecv(&peer.sign_of, 1, MPI_INT, peer.rank, sign_tag, comm_.get(), &peer.sign);
  }
  if (peer.arrival != Arrival::awaited || now < peer.next_call) return;
  peer.is_called = true;
  peer.next_call = now + between_calls;
  send(alive, peer.rank, call_tag, comm_.get());
}

Duration FinalizeRendezvous::patience(const Peer& peer) const {
  if (peer.is_silent) return survives_deaths_ ? seconds(0) : before_silent_is_given_up;
  if (survives_deaths_ && peer.is_absent) {
    const std::optional<bool> lives = machine_->lives(peer.rank);
    if (!lives) return before_unseen_is_left;
    return *lives ? before_busy_is_given_up : seconds(0);
  }
  if (answers_) return before_unanswering_is_given_up;
  return survives_deaths_ ? before_busy_is_left : before_busy_is_given_up;
}

void FinalizeRendezvous::tell(const std::vector<Peer>& peers, Way way) {
  way_ = {static_cast<int>(way), status_};
  std::vector<MPI_Request> sends(peers.size(), MPI_REQUEST_NULL);
  bool all_came = true;
  for (const Peer& peer : peers) {
    all_came &= peer.arrival == Arrival::here;
    if (peer.rank == 0 || peer.arrival == Arrival::dead) continue;
    MPI_Isend(way_.data(), 2, MPI_INT, peer.rank, way_tag, comm_.get(),
              &sends[static_cast<std::size_t>(peer.rank)]);
  }
  const auto sent_by = HostClock::now() + before_end;
  const auto is_sent = [](MPI_Request& send) { return evenkeel::look(send) != Arrival::awaited; };
  IdleWait wait(IdleWait::prompt);
  while (all_came || HostClock::now() < sent_by) {
    if (std::all_of(sends.begin(), sends.end(), is_sent) && way == Way::finalize) break;
    wait.pause();
  }
}

void FinalizeRendezvous::end_without(const std::vector<Peer>& peers) const {
  std::vector<Rank> missing;
  for (const Peer& peer : peers) {
    if (peer.arrival != Arrival::here) missing.emplace_back(peer.rank);
  }
  say(
      fmt::format("{} stopped, or cut off for good, or {}: all others are at their end, so the "
                  "job is ended",
                  ranks_text(missing) + (missing.size() == 1 ? " is" : " are"),
                  missing.size() == 1 ? "hangs" : "hang"));
  if (!verdict_.empty()) say(verdict_);
  end_job(status_);
}

// ---- the other ranks

FinalizeRendezvous::Way FinalizeRendezvous::ask() {
  if (rank_0_is_lost_) return give_up_rank_0(false);
  Peer rank_0;  // `here`: its last message
  MPI_Request outcome = MPI_REQUEST_NULL;
  MPI_Request sent = MPI_REQUEST_NULL;
  if (MPI_Irecv(way_.data(), 2, MPI_INT, 0, way_tag, comm_.get(), &rank_0.here) != MPI_SUCCESS ||
      MPI_Irecv(&outcome_, 1, MPI_INT, 0, outcome_tag, comm_.get(), &outcome) != MPI_SUCCESS ||
      MPI_Isend(&status_, 1, MPI_INT, 0, here_tag, comm_.get(), &sent) != MPI_SUCCESS) {
    return give_up_rank_0(false);
  }
  Arrival has_left = Arrival::awaited;
  Arrival told = Arrival::awaited;
  rank_0.arrival = Arrival::awaited;
  IdleWait wait(IdleWait::patient);
  while (reaches_rank_0(time_.now(), rank_0, told == Arrival::here)) {
    if (has_left == Arrival::awaited) has_left = evenkeel::look(sent);
    if (told == Arrival::awaited) told = evenkeel::look(outcome);
    const Way way{way_[0]};
    if (rank_0.arrival == Arrival::here && (has_left == Arrival::here || way == Way::end)) {
      status_ = std::max(status_, way_[1]);
      cancel(rank_0.sign);
      cancel(outcome);
      return way;
    }
    if (has_left == Arrival::dead) break;
    wait.pause();
  }
  cancel(rank_0.sign);
  return give_up_rank_0(told == Arrival::here);
}

// Calls it, and tells it of others on this machine that are stopped.
bool FinalizeRendezvous::reaches_rank_0(Duration now, Peer& rank_0, bool knows_outcome) {
  answer();
  look(rank_0, now);
  bool is_stopped = false;
  for (const int rank : machine_->stopped(now)) {
    is_stopped |= rank == 0;
    if (rank != 0 && now >= rank_0.next_report) {
      send(names_[static_cast<std::size_t>(rank)], 0, sign_tag, comm_.get());
    }
  }
  if (now >= rank_0.next_report) rank_0.next_report = now + between_calls;
  if (is_stopped && knows_outcome && !survives_deaths_ && machine_->wake(0)) is_stopped = false;
  const Duration longest = survives_deaths_ ? before_rank_0_is_left
                           : answers_       ? before_rank_0_is_given_up
                                            : before_busy_is_given_up;
  return rank_0.arrival != Arrival::dead && !is_stopped && now - rank_0.heard < longest;
}

FinalizeRendezvous::Way FinalizeRendezvous::give_up_rank_0(bool knows_outcome) const {
  if (survives_deaths_) return Way::end;
  if (!is_whole_world_) return Way::finalize;
  say(
      fmt::format("rank {}: rank 0, which coordinates, is stopped, or cut off for good, or hangs: "
                  "the job is ended",
                  comm_.rank().value()));
  end_job(knows_outcome ? std::max(status_, outcome_) : 1);
}

}  // namespace evenkeel
