#include "agent/trainer_place.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sched.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <cstring>
#include <string_view>

#include "session/launcher.h"
#include "transport/communicator.h"
#include "transport/mpi_error.h"

namespace evenkeel {
namespace {

constexpr const char* this_machine = "127.0.0.1";

std::string from_environment(const char* name, const std::string& otherwise) {
  const char* const value = std::getenv(name);
  return value == nullptr || *value == '\0' ? otherwise : value;
}

// The first address of an interface that is up and is not the loopback.
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

// A free port for trainer 0, which may take long until it listens there. A socket that does not
// listen holds the port against all others, except those who name it and set SO_REUSEADDR, as
// PyTorch and most servers do.
std::string hold_port(Descriptor& held) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  socklen_t size = sizeof(address);
  held = Descriptor(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  constexpr int on = 1;
  ::setsockopt(held.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
  // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): as the interface wants it
  auto* const generic = reinterpret_cast<sockaddr*>(&address);
  const bool found =
      ::bind(held.get(), generic, size) == 0 && ::getsockname(held.get(), generic, &size) == 0;
  constexpr const char* usual = "29500";  // PyTorch's
  return found ? std::to_string(ntohs(address.sin_port)) : usual;
}

constexpr std::array<std::string_view, 4> of_mpi{"OMPI_", "PMIX_", "PMI_", "PRTE_"};
constexpr std::string_view permission = "OMPI_ALLOW_RUN_AS_ROOT";  // a user's setting, not a rank's

bool is_of_mpi(std::string_view variable) {
  if (variable.starts_with(permission)) return false;
  return std::any_of(of_mpi.begin(), of_mpi.end(),
                     [&](std::string_view prefix) { return variable.starts_with(prefix); });
}

}  // namespace

TrainerPlace place_trainer(MPI_Comm comm, Rank first_worker) {
  const Communicator ranks = Communicator::duplicate(comm);
  TrainerPlace place;
  place.rank = ranks.rank().value() - first_worker.value();
  place.world_size = ranks.size() - first_worker.value();
  const int part = place.rank >= 0 ? 1 : 0;
  const Communicator neighbours = Communicator::of_part(Communicator::of_machine(ranks), part);
  place.local_rank = neighbours.rank().value();
  place.local_world_size = neighbours.size();

  std::array<char, 256> address{};  // MPI needs a fixed size
  std::array<char, 16> port{};
  if (place.rank == 0) {
    const bool is_alone = place.local_world_size == place.world_size;
    const std::string found = is_alone ? this_machine : own_address();
    from_environment("MASTER_ADDR", found).copy(address.data(), address.size() - 1);
    const std::string given = from_environment("MASTER_PORT", "");
    (given.empty() ? hold_port(place.held_port) : given).copy(port.data(), port.size() - 1);
  }
  const auto broadcast = [&](auto& text) {
    const int size = static_cast<int>(text.size());
    mpi_check(MPI_Bcast(text.data(), size, MPI_CHAR, first_worker.value(), ranks.get()),
              "MPI_Bcast");
    return std::string(text.data());
  };
  place.master_address = broadcast(address);
  place.master_port = broadcast(port);
  return place;
}

std::vector<std::string> trainer_environment(const char* const* own, const TrainerPlace& place) {
  const std::array<std::string, 6> added{fmt::format("RANK={}", place.rank),
                                         fmt::format("WORLD_SIZE={}", place.world_size),
                                         fmt::format("LOCAL_RANK={}", place.local_rank),
                                         fmt::format("LOCAL_WORLD_SIZE={}", place.local_world_size),
                                         fmt::format("MASTER_ADDR={}", place.master_address),
                                         fmt::format("MASTER_PORT={}", place.master_port)};
  std::vector<std::string> environment;
  bool chooses_store = false;
  for (; *own != nullptr; ++own) {
    const std::string_view variable = *own;
    chooses_store |= variable.starts_with("USE_LIBUV=");
    const std::string_view name = variable.substr(0, variable.find('=') + 1);
    const bool is_replaced = std::any_of(added.begin(), added.end(), [&](const std::string& other) {
      return other.starts_with(name);
    });
    if (!is_of_mpi(variable) && !is_replaced) environment.emplace_back(variable);
  }
  environment.insert(environment.end(), added.begin(), added.end());
  if (!chooses_store) environment.emplace_back("USE_LIBUV=0");
  return environment;
}

void widen_cpu_binding() {
  if (!Launcher::of_this_process().may_bind()) return;
  cpu_set_t wide;
  if (::sched_getaffinity(::getppid(), sizeof(wide), &wide) != 0) return;
  static_cast<void>(::sched_setaffinity(0, sizeof(wide), &wide));
}

}  // namespace evenkeel
