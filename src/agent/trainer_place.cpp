#include "agent/trainer_place.h"

#include <arpa/inet.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <cstring>

#include "transport/mpi_error.h"

namespace evenkeel {
namespace {

constexpr const char* this_machine = "127.0.0.1";

std::string from_environment(const char* name) {
  const char* const value = std::getenv(name);
  return value == nullptr ? "" : value;
}

// The first address of an interface that is up and leads elsewhere.
std::string own_address() {
  ifaddrs* interfaces = nullptr;
  if (::getifaddrs(&interfaces) != 0) return this_machine;
  std::string found = this_machine;
  for (const ifaddrs* at = interfaces; at != nullptr; at = at->ifa_next) {
    const bool leads_elsewhere =
        (at->ifa_flags & IFF_UP) != 0 && (at->ifa_flags & IFF_LOOPBACK) == 0;
    if (!leads_elsewhere || at->ifa_addr == nullptr || at->ifa_addr->sa_family != AF_INET) continue;
    sockaddr_in address{};
    std::memcpy(&address, at->ifa_addr, sizeof(address));
    std::array<char, INET_ADDRSTRLEN> text{};
    ::inet_ntop(AF_INET, &address.sin_addr, text.data(), text.size());
    found = text.data();
    break;
  }
  ::freeifaddrs(interfaces);
  return found;
}

// A port that nobody listens on now; trainer 0 will, a moment later.
std::string free_port() {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  socklen_t size = sizeof(address);
  const int probe = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): as the interface wants it
  auto* const generic = reinterpret_cast<sockaddr*>(&address);
  const bool found =
      probe >= 0 && ::bind(probe, generic, size) == 0 && ::getsockname(probe, generic, &size) == 0;
  if (probe >= 0) ::close(probe);
  constexpr const char* usual = "29500";  // PyTorch's
  return found ? std::to_string(ntohs(address.sin_port)) : usual;
}

std::int32_t size_of(MPI_Comm comm) {
  int size = 0;
  mpi_check(MPI_Comm_size(comm, &size), "MPI_Comm_size");
  return size;
}

std::int32_t rank_in(MPI_Comm comm) {
  int rank = 0;
  mpi_check(MPI_Comm_rank(comm, &rank), "MPI_Comm_rank");
  return rank;
}

// Where the trainers meet, as text of a fixed size that MPI can broadcast.
struct Meeting {
  std::array<char, 256> address{};
  std::array<char, 16> port{};
};

}  // namespace

TrainerPlace place_trainer(MPI_Comm comm, Rank first_worker) {
  const std::int32_t rank = rank_in(comm);
  TrainerPlace place;
  place.rank = rank - first_worker.value();
  place.world_size = size_of(comm) - first_worker.value();

  MPI_Comm machine = MPI_COMM_NULL;
  mpi_check(MPI_Comm_split_type(comm, MPI_COMM_TYPE_SHARED, rank, MPI_INFO_NULL, &machine),
            "MPI_Comm_split_type");
  const int has_trainer = place.rank >= 0 ? 1 : 0;
  MPI_Comm trainers = MPI_COMM_NULL;
  mpi_check(MPI_Comm_split(machine, has_trainer, rank, &trainers), "MPI_Comm_split");
  place.local_rank = rank_in(trainers);
  place.local_world_size = size_of(trainers);
  MPI_Comm_free(&trainers);
  MPI_Comm_free(&machine);

  Meeting meeting;
  if (place.rank == 0) {
    std::string address = from_environment("MASTER_ADDR");
    if (address.empty()) {
      address = place.local_world_size == place.world_size ? this_machine : own_address();
    }
    std::string port = from_environment("MASTER_PORT");
    if (port.empty()) port = free_port();
    address.copy(meeting.address.data(), meeting.address.size() - 1);
    port.copy(meeting.port.data(), meeting.port.size() - 1);
  }
  mpi_check(MPI_Bcast(&meeting, sizeof(meeting), MPI_BYTE, first_worker.value(), comm),
            "MPI_Bcast");
  place.master_address = meeting.address.data();
  place.master_port = meeting.port.data();
  return place;
}

}  // namespace evenkeel
