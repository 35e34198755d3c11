#include "agent/trainer_environment.h"

#include <fmt/format.h>
#include <sched.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <string_view>

#include "session/launcher.h"

namespace evenkeel {
namespace {

constexpr std::array<std::string_view, 4> of_mpi{"OMPI_", "PMIX_", "PMI_", "PRTE_"};
constexpr std::string_view permission = "OMPI_ALLOW_RUN_AS_ROOT";  // a user's wish, and of no rank

bool is_of_mpi(std::string_view variable) {
  if (variable.starts_with(permission)) return false;
  return std::any_of(of_mpi.begin(), of_mpi.end(),
                     [&](std::string_view prefix) { return variable.starts_with(prefix); });
}

}  // namespace

std::vector<std::string> trainer_environment(const std::vector<std::string>& own,
                                             const TrainerPlace& place) {
  const std::array<std::string, 6> added{fmt::format("RANK={}", place.rank),
                                         fmt::format("WORLD_SIZE={}", place.world_size),
                                         fmt::format("LOCAL_RANK={}", place.local_rank),
                                         fmt::format("LOCAL_WORLD_SIZE={}", place.local_world_size),
                                         fmt::format("MASTER_ADDR={}", place.master_address),
                                         fmt::format("MASTER_PORT={}", place.master_port)};
  std::vector<std::string> environment;
  bool chooses_store = false;
  for (const std::string& variable : own) {
    chooses_store |= variable.starts_with("USE_LIBUV=");
    const std::string_view name = std::string_view(variable).substr(0, variable.find('=') + 1);
    const bool is_replaced = std::any_of(added.begin(), added.end(), [&](const std::string& other) {
      return other.starts_with(name);
    });
    if (!is_of_mpi(variable) && !is_replaced) environment.push_back(variable);
  }
  environment.insert(environment.end(), added.begin(), added.end());
  if (!chooses_store) environment.emplace_back("USE_LIBUV=0");
  return environment;
}

std::vector<std::string> own_environment() {
  std::vector<std::string> variables;
  for (char** variable = environ; *variable != nullptr; ++variable)
    variables.emplace_back(*variable);
  return variables;
}

void widen_cpu_binding() {
  if (!Launcher::of_this_process().may_bind()) return;
  cpu_set_t wide;
  if (::sched_getaffinity(::getppid(), sizeof(wide), &wide) != 0) return;
  static_cast<void>(::sched_setaffinity(0, sizeof(wide), &wide));
}

}  // namespace evenkeel
