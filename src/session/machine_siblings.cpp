#include "session/machine_siblings.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string_view>
#include <system_error>

#include "session/rank_process.h"

namespace evenkeel {
namespace {

constexpr std::string_view rank_variable = "PMIX_RANK=";

// Empty: it has ended, or belongs to somebody else.
std::vector<std::string> environment_of(pid_t process) {
  std::ifstream file("/proc/" + std::to_string(process) + "/environ");
  std::vector<std::string> variables;
  for (std::string one; std::getline(file, one, '\0');) variables.push_back(one);
  return variables;
}

std::optional<int> number_in(std::string_view text) {
  int number = 0;
  const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (fault != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

std::optional<int> rank_in(const std::vector<std::string>& environment) {
  for (const std::string& one : environment) {
    if (one.starts_with(rank_variable)) return number_in(one.substr(rank_variable.size()));
  }
  return std::nullopt;
}

int number_of(const char* variable) {
  const char* const value = std::getenv(variable);
  return value == nullptr ? 0 : number_in(value).value_or(0);
}

std::string program_of(pid_t process) {
  std::error_code fault;
  return std::filesystem::read_symlink("/proc/" + std::to_string(process) + "/exe", fault).string();
}

bool is_launcher(pid_t process) {
  constexpr std::array<std::string_view, 7> names{"mpirun", "mpiexec", "orterun",       "prterun",
                                                  "orted",  "prted",   "mpirun.openmpi"};
  std::ifstream file("/proc/" + std::to_string(process) + "/comm");
  std::string name;
  std::getline(file, name);
  return std::find(names.begin(), names.end(), name) != names.end();
}

bool has_ended(const ProcessState& state) { return state.letter == 'Z' || state.letter == 'X'; }

template <typename Visit>
void for_each_process(Visit visit) {
  std::error_code fault;
  std::filesystem::directory_iterator at("/proc", fault);
  for (; !fault && at != std::filesystem::directory_iterator(); at.increment(fault)) {
    const std::optional<int> id = number_in(at->path().filename().string());
    const std::optional<ProcessState> state = id ? process_state(*id) : std::nullopt;
    if (state && !has_ended(*state)) visit(static_cast<pid_t>(*id), *state);
  }
}

}  // namespace

std::optional<MachineSiblings> MachineSiblings::of_this_process() {
  const std::vector<std::string> own = environment_of(::getpid());
  MachineSiblings siblings;
  bool has_name = false;
  for (const std::string& one : own) {
    const bool is_name = one.starts_with("PMIX_NAMESPACE=");
    has_name |= is_name;
    if (is_name || one.starts_with("PMIX_SERVER_URI")) siblings.job_.push_back(one);
  }
  const std::optional<int> rank = rank_in(own);
  if (!has_name || !rank) return std::nullopt;
  siblings.own_rank_ = *rank;
  siblings.ranks_ = number_of("OMPI_COMM_WORLD_SIZE");
  siblings.ranks_here_ = number_of("OMPI_COMM_WORLD_LOCAL_SIZE");
  siblings.program_ = program_of(::getpid());
  siblings.daemon_ = siblings.daemon();
  return siblings;
}

// A rank may have been started through a shell, which has the same environment.
pid_t MachineSiblings::daemon() const {
  pid_t parent = ::getppid();
  while (parent > 0 && rank_of(parent) == own_rank_) {
    const std::optional<ProcessState> state = process_state(parent);
    parent = state ? state->parent : 0;
  }
  return parent > 0 && is_launcher(parent) ? parent : 0;
}

std::optional<int> MachineSiblings::rank_of(pid_t process) const {
  const std::vector<std::string> environment = environment_of(process);
  const bool is_of_job = std::ranges::all_of(job_, [&](const std::string& one) {
    return std::find(environment.begin(), environment.end(), one) != environment.end();
  });
  return is_of_job ? rank_in(environment) : std::nullopt;
}

MachineSiblings::Look MachineSiblings::look() const {
  Look look;
  int children = 0;
  for_each_process([&](pid_t process, const ProcessState& state) {
    if (daemon_ > 0 && state.parent == daemon_) ++children;
    if (state.letter != 'T') return;
    const std::optional<int> rank = rank_of(process);
    if (rank && *rank != own_rank_) look.stopped.push_back({process, *rank});
  });
  look.is_one_gone = daemon_ > 0 && children < ranks_here_;
  if (look.stopped.empty()) return look;
  // A rank whose own program goes on is not stopped, whatever it has started, or was started by.
  const std::vector<int> at_work = ranks_at_work();
  std::erase_if(look.stopped, [&](const Process& one) {
    return std::find(at_work.begin(), at_work.end(), one.rank) != at_work.end();
  });
  return look;
}

std::vector<MachineSiblings::Process> MachineSiblings::all() const {
  std::vector<Process> found;
  for_each_process([&](pid_t process, const ProcessState& /*state*/) {
    if (const std::optional<int> rank = rank_of(process)) found.push_back({process, *rank});
  });
  return found;
}

std::vector<int> MachineSiblings::ranks_at_work() const {
  std::vector<int> ranks;
  for (const Process& one : all()) {
    const std::optional<ProcessState> state = process_state(one.id);
    if (state && state->letter != 'T' && program_of(one.id) == program_) ranks.push_back(one.rank);
  }
  std::sort(ranks.begin(), ranks.end());
  return ranks;
}

std::vector<int> MachineSiblings::missing_ranks() const {
  std::vector<int> missing;
  if (ranks_ != ranks_here_) return missing;
  const std::vector<Process> here = all();
  for (int rank = 0; rank < ranks_; ++rank) {
    if (std::ranges::none_of(here, [&](const Process& one) { return one.rank == rank; })) {
      missing.push_back(rank);
    }
  }
  return missing;
}

}  // namespace evenkeel
