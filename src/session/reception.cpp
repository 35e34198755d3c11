#include "session/reception.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <span>
#include <utility>

#include "dataset/manifest.h"
#include "evenkeel/session.h"
#include "session/rank_process.h"
#include "session/start_watch.h"
#include "transport/idle_wait.h"
#include "transport/mpi_error.h"
#include "transport/wait_napping.h"

namespace evenkeel {
namespace {

enum Tag : int { welcome_tag = 10, terms_tag, need_tag, dataset_tag };

// The numbers of a welcome.
enum Number : std::size_t {
  kind,  // Kind
  end,   // JobEnd, if the job is over
  terms_numbers,
  dataset_bytes,
  machine,  // rank 0's, and where its dataset lies there
  process,
  descriptor,
  device,
  inode,
  memory_bytes,
  numbers
};
enum Kind : std::int64_t { refused, job, over };
using Numbers = std::array<std::int64_t, numbers>;

// What is sent to ranks that have not come is never changed or freed.
constexpr Numbers refusal{refused};
constexpr std::array<Numbers, 3> ends{{{over, static_cast<std::int64_t>(JobEnd::complete)},
                                       {over, static_cast<std::int64_t>(JobEnd::incomplete)},
                                       {over, static_cast<std::int64_t>(JobEnd::given_up)}}};

constexpr std::chrono::milliseconds between_looks{5};
constexpr std::chrono::seconds longest_close{5};

// A rank that is told something says the next thing at once, or once it has received the dataset,
// unless it is stopped or has died.
constexpr std::chrono::seconds longest_answer{1};
constexpr std::chrono::seconds longest_supply{60};

constexpr std::size_t chunk_bytes = std::size_t{1} << 28;  // far below INT_MAX

bool is_complete(MPI_Request& request, bool& has_failed) {
  int complete = 0;
  has_failed = MPI_Test(&request, &complete, MPI_STATUS_IGNORE) != MPI_SUCCESS;
  return complete != 0 && !has_failed;
}

void cancel(MPI_Request& receive) {
  if (receive == MPI_REQUEST_NULL || mpi_finalized()) return;
  MPI_Cancel(&receive);
  MPI_Wait(&receive, MPI_STATUS_IGNORE);  // local: cancelled, or complete already
}

// To a rank that may be dead.
void send_for_later(const Numbers& welcome, int rank, MPI_Comm comm) {
  MPI_Request request = MPI_REQUEST_NULL;
  const int code =
      MPI_Isend(welcome.data(), numbers, MPI_INT64_T, rank, welcome_tag, comm, &request);
  if (code == MPI_SUCCESS) MPI_Request_free(&request);
}

template <typename Value>
void receive(std::span<Value> values, MPI_Datatype type, int tag, const Communicator& comm,
             std::chrono::nanoseconds longest_nap = std::chrono::milliseconds(1)) {
  MPI_Request request = MPI_REQUEST_NULL;
  mpi_check(
      MPI_Irecv(values.data(), static_cast<int>(values.size()), type, 0, tag, comm.get(), &request),
      "MPI_Irecv");
  wait_napping(request, longest_nap);
}

std::shared_ptr<const Dataset> receive_dataset(const Numbers& welcome, const Communicator& comm) {
  const auto size = static_cast<std::size_t>(welcome[dataset_bytes]);
  const SharedMemory::Address address{welcome[process], welcome[descriptor], welcome[device],
                                      welcome[inode], welcome[memory_bytes]};
  const bool is_near = address.bytes > 0 && welcome[machine] == RankProcess::own().machine;
  const std::shared_ptr<const std::byte[]> shared = is_near ? SharedMemory::open(address) : nullptr;
  const std::int32_t needs = shared ? 0 : 1;
  mpi_check(MPI_Send(&needs, 1, MPI_INT32_T, 0, need_tag, comm.get()), "MPI_Send");
  if (shared) {
    return std::make_shared<const Dataset>(Dataset::attach({shared.get(), size}, shared));
  }
  const std::shared_ptr<std::byte[]> memory = Dataset::heap(size);
  for (std::span<std::byte> rest(memory.get(), size); !rest.empty();) {
    const std::span<std::byte> chunk = rest.first(std::min(rest.size(), chunk_bytes));
    receive(chunk, MPI_BYTE, dataset_tag, comm);
    rest = rest.subspan(chunk.size());
  }
  return std::make_shared<const Dataset>(Dataset::unpack({memory.get(), size}, memory));
}

// What a rank has that came after the end. A dataset has a sample at least.
AnnouncedJob nothing_to_do() {
  Manifest manifest;
  manifest.files.add("nothing", 1, FileTable::unknown_bytes, 1);
  return {{}, std::make_shared<const Dataset>(Dataset::cut(manifest, 1))};
}

}  // namespace

struct Reception::Guest {
  enum class Stage : std::uint8_t { awaited, told, supplied, done };

  Rank rank;
  Stage stage = Stage::awaited;
  MPI_Request next = MPI_REQUEST_NULL;  // of what it says next
  StartHeaderBytes header{};
  std::int32_t needs_dataset = 0;
  int pings = 0;
  std::vector<MPI_Request> sends;  // of the dataset
  HostClock::time_point heard{};

  bool is_in_progress() const { return stage == Stage::told || stage == Stage::supplied; }
  bool is_expected(HostClock::time_point now) const {
    return is_in_progress() && now - heard < (needs_dataset != 0 ? longest_supply : longest_answer);
  }
};

Reception::Reception(const Communicator& comm, StartHeader own)
    : comm_(comm), own_(std::move(own)) {
  for (int rank = 1; rank < comm.size(); ++rank) {
    Guest& guest = *guests_.emplace_back(std::make_unique<Guest>());
    guest.rank = Rank(rank);
    post(guest, guest.header.data(), static_cast<int>(guest.header.size()), header_tag);
    let_start_alone(comm, guest.rank);
  }
}

Reception::~Reception() {
  for (const std::unique_ptr<Guest>& guest : guests_) cancel(guest->next);
}

void Reception::refuse() {
  for (const std::unique_ptr<Guest>& guest : guests_) {
    send_for_later(refusal, guest->rank.value(), comm_.get());
  }
}

void Reception::open(const JobTerms& terms, std::shared_ptr<const Dataset> dataset,
                     const SharedMemory& memory, const JobClock& clock) {
  terms_ = pack(terms);
  dataset_ = std::move(dataset);
  address_ = memory.address().value_or(SharedMemory::Address());
  clock_ = clock;
}

bool Reception::turn() {
  const HostClock::time_point now = HostClock::now();
  const bool looks_at_all = now >= next_look_;
  if (looks_at_all) next_look_ = now + between_looks;
  const std::size_t arrivals = arrivals_.size();
  bool is_at_work = false;
  for (const std::unique_ptr<Guest>& guest : guests_) {
    if (!looks_at_all && !guest->is_expected(now)) continue;
    if (guest->stage != Guest::Stage::done) go_on(*guest);
    is_at_work |= guest->is_expected(now);
  }
  if (looks_at_all) {
    std::erase_if(guests_, [](const auto& guest) { return guest->stage == Guest::Stage::done; });
  }
  return is_at_work || arrivals_.size() > arrivals;
}

std::vector<Reception::Arrival> Reception::take_arrivals() { return std::exchange(arrivals_, {}); }

bool Reception::awaits(Rank rank) const {
  return std::ranges::any_of(guests_, [&](const auto& guest) {
    return guest->rank == rank && guest->stage == Guest::Stage::awaited;
  });
}

void Reception::close(JobEnd end) {
  const bool is_urgent = end == JobEnd::given_up;  // mpirun may end this rank within a second
  const auto until = HostClock::now() + (is_urgent ? HostClock::duration() : longest_close);
  IdleWait wait(IdleWait::prompt);
  while (is_anyone_in_progress() && HostClock::now() < until) {
    turn();
    wait.pause();
  }
  for (const std::unique_ptr<Guest>& guest : guests_) {
    if (guest->stage != Guest::Stage::awaited) continue;
    send_for_later(ends.at(static_cast<std::size_t>(end)), guest->rank.value(), comm_.get());
  }
}

bool Reception::is_anyone_in_progress() const {
  return std::ranges::any_of(guests_, [](const auto& guest) { return guest->is_in_progress(); });
}

void Reception::post(Guest& guest, void* to, int bytes, int tag) const {
  mpi_check(MPI_Irecv(to, bytes, MPI_BYTE, guest.rank.value(), tag, comm_.get(), &guest.next),
            "MPI_Irecv");
}

void Reception::go_on(Guest& guest) {
  bool has_failed = false;
  while (guest.stage != Guest::Stage::done && is_complete(guest.next, has_failed)) {
    guest.heard = HostClock::now();
    if (guest.stage == Guest::Stage::awaited) {
      take_in(guest);
    } else if (guest.stage == Guest::Stage::told) {
      supply(guest);
    } else {
      answer_ping(guest);
    }
  }
  if (has_failed) guest.stage = Guest::Stage::done;  // it has died
}

void Reception::take_in(Guest& guest) {
  const std::optional<std::string> fault = start_fault(guest.header, own_);
  const std::optional<StartHeader> header = decode_start_header(guest.header);
  arrivals_.push_back({guest.rank, header ? header->host : "", fault.value_or("")});
  if (fault) {
    send_for_later(refusal, guest.rank.value(), comm_.get());
    guest.stage = Guest::Stage::done;
    return;
  }
  Numbers welcome{};
  welcome[kind] = job;
  welcome[terms_numbers] = std::ssize(terms_);
  welcome[dataset_bytes] = static_cast<std::int64_t>(dataset_->packed().size());
  welcome[machine] = RankProcess::own().machine;
  welcome[process] = address_.process;
  welcome[descriptor] = address_.descriptor;
  welcome[device] = address_.device;
  welcome[inode] = address_.inode;
  welcome[memory_bytes] = address_.bytes;
  const int rank = guest.rank.value();
  mpi_check(MPI_Send(welcome.data(), numbers, MPI_INT64_T, rank, welcome_tag, comm_.get()),
            "MPI_Send");
  mpi_check(MPI_Send(terms_.data(), static_cast<int>(terms_.size()), MPI_INT64_T, rank, terms_tag,
                     comm_.get()),
            "MPI_Send");
  guest.stage = Guest::Stage::told;
  post(guest, &guest.needs_dataset, sizeof guest.needs_dataset, need_tag);
}

void Reception::supply(Guest& guest) const {
  guest.stage = Guest::Stage::supplied;
  post(guest, nullptr, 0, JobClock::ping_tag);
  if (guest.needs_dataset == 0) return;
  for (std::span<const std::byte> rest = dataset_->packed(); !rest.empty();) {
    const std::span<const std::byte> chunk = rest.first(std::min(rest.size(), chunk_bytes));
    mpi_check(MPI_Isend(chunk.data(), static_cast<int>(chunk.size()), MPI_BYTE, guest.rank.value(),
                        dataset_tag, comm_.get(), &guest.sends.emplace_back(MPI_REQUEST_NULL)),
              "MPI_Isend");
    rest = rest.subspan(chunk.size());
  }
}

// It has received all before, and waits for the answer.
void Reception::answer_ping(Guest& guest) const {
  mpi_check(
      MPI_Waitall(static_cast<int>(guest.sends.size()), guest.sends.data(), MPI_STATUSES_IGNORE),
      "MPI_Waitall");
  guest.sends.clear();
  clock_->answer_ping(comm_, guest.rank);
  if (++guest.pings == JobClock::pings) {
    guest.stage = Guest::Stage::done;
  } else {
    post(guest, nullptr, 0, JobClock::ping_tag);
  }
}

Welcome await_welcome(const Communicator& comm) {
  StartWatch::limit(StartWatch::until_announced);
  Numbers welcome{};
  receive(std::span<std::int64_t>(welcome), MPI_INT64_T, welcome_tag, comm, IdleWait::patient);
  StartWatch::limit(StartWatch::until_told);
  if (welcome[kind] == refused) throw SessionRefused();
  if (welcome[kind] == over) return {nothing_to_do(), JobClock::begin(), JobEnd(welcome[end])};
  std::vector<std::int64_t> terms(static_cast<std::size_t>(welcome[terms_numbers]));
  receive(std::span<std::int64_t>(terms), MPI_INT64_T, terms_tag, comm);
  AnnouncedJob announced{unpack(terms), receive_dataset(welcome, comm)};
  return {std::move(announced), JobClock::ask(comm), std::nullopt};
}

}  // namespace evenkeel
