#include "session/machine_siblings.h"

#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <fstream>
#include <string_view>
#include <system_error>

#include "session/launcher.h"
#include "session/rank_process.h"

namespace evenkeel {
namespace {

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

std::optional<int> number_in(const std::vector<std::string>& environment, std::string_view name) {
  for (const std::string& one : environment) {
    if (one.size() > name.size() && one.starts_with(name) && one[name.size()] == '=') {
      return number_in(std::string_view(one).substr(name.size() + 1));
    }
  }
  return std::nullopt;
}

std::optional<int> rank_in(const std::vector<std::string>& environment) {
  return number_in(environment, "PMIX_RANK");
}

std::string program_of(pid_t process) {
  std::error_code fault;
  return std::filesystem::read_symlink("/proc/" + std::to_string(process) + "/exe", fault).string();
}

constexpr char stopped = 'T';

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
  // As it was at exec. The program itself may be in MPI_Init, and change what getenv() reads.
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
  siblings.ranks_ = number_in(own, "OMPI_COMM_WORLD_SIZE").value_or(0);
  siblings.ranks_here_ = number_in(own, "OMPI_COMM_WORLD_LOCAL_SIZE").value_or(0);
  siblings.place_ = number_in(own, "OMPI_COMM_WORLD_LOCAL_RANK").value_or(0);
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
  return parent > 0 && Launcher::starts_ranks(parent) ? parent : 0;
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
  bool is_one_stopped = false;
  for_each_process([&](pid_t process, const ProcessState& state) {
    if (daemon_ > 0 && state.parent == daemon_) ++children;
    if (state.letter != stopped || is_one_stopped) return;
    const std::optional<int> rank = rank_of(process);
    is_one_stopped = rank && *rank != own_rank_;
  });
  look.is_one_gone = daemon_ > 0 && children < ranks_here_;
  if (is_one_stopped) look.stopped = of_stopped_ranks(all());
  std::erase_if(look.stopped, [&](const Process& one) { return one.rank == own_rank_; });
  return look;
}

std::chrono::seconds MachineSiblings::between_looks() const {
  return std::chrono::seconds(std::max(place_, 1));
}

std::vector<MachineSiblings::Process> MachineSiblings::of_stopped_ranks(
    const std::vector<Process>& all) {
  std::vector<Process> found;
  for (const Process& one : all) {
    if (!one.is_stopped) continue;
    bool is_program_stopped = false;
    bool is_program_at_work = false;
    bool is_any_at_work = false;
    for (const Process& other : all) {
      if (other.rank != one.rank) continue;
      is_program_stopped |= other.is_program && other.is_stopped;
      is_program_at_work |= other.is_program && !other.is_stopped;
      is_any_at_work |= !other.is_stopped;
    }
    const bool is_rank_stopped = is_program_stopped ? !is_program_at_work : !is_any_at_work;
    if (is_rank_stopped) found.push_back(one);
  }
  return found;
}

std::vector<MachineSiblings::Process> MachineSiblings::all() const {
  std::vector<Process> found;
  for_each_process([&](pid_t process, const ProcessState& state) {
    if (const std::optional<int> rank = rank_of(process)) {
      found.push_back({process, *rank, state.letter == stopped, program_of(process) == program_});
    }
  });
  return found;
}

bool MachineSiblings::is_first_at_work() const {
  return std::ranges::none_of(all(), [&](const Process& one) {
    return one.rank < own_rank_ && one.is_program && !one.is_stopped;
  });
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
