#include "session/launcher.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <initializer_list>
#include <iostream>
#include <optional>
#include <string>
#include <vector>

#include "session/rank_process.h"

namespace evenkeel {
namespace {

constexpr std::string_view of_open_mpi_4 = "--enable-recovery";
constexpr std::string_view of_open_mpi_5 = "--with-ft ulfm";

bool is_there(const char* name) { return std::getenv(name) != nullptr; }

bool is_set(const char* name) {
  const char* const value = std::getenv(name);
  return value != nullptr && std::string_view(value) != "0" && std::string_view(value) != "false";
}

Launcher::Kind kind_of_launcher() {
  if (is_there("PRTE_LAUNCHED")) return Launcher::Kind::prterun;
  if (is_there("OMPI_COMM_WORLD_SIZE")) return Launcher::Kind::orterun;
  const std::initializer_list<const char*> signs{"PMIX_RANK", "PMI_RANK", "SMPI_GLOBAL_SIZE"};
  return std::any_of(signs.begin(), signs.end(), is_there) ? Launcher::Kind::other
                                                           : Launcher::Kind::none;
}

std::string name_of(pid_t process) {
  std::ifstream file(fmt::format("/proc/{}/comm", process));
  std::string name;
  std::getline(file, name);
  return name;
}

bool is_mpirun(std::string_view name) {
  constexpr std::array<std::string_view, 6> names{"mpirun",  "mpiexec",        "orterun",
                                                  "prterun", "mpirun.openmpi", "mpiexec.openmpi"};
  return std::find(names.begin(), names.end(), name) != names.end();
}

// On other machines, ranks are children of mpirun's daemons, prted.
bool is_child_of_prterun() { return name_of(::getppid()) == "prterun"; }

// The part of its command line before the program that it starts.
std::vector<std::string> options_of_parent() {
  const char* const program = std::getenv("OMPI_COMMAND");
  std::ifstream file(fmt::format("/proc/{}/cmdline", ::getppid()));
  std::vector<std::string> options;
  std::string option;
  while (std::getline(file, option, '\0')) {
    if (program != nullptr && option == program) break;
    options.push_back(option);
  }
  return options;
}

// The parent's descriptor, or -1. The first way shares the file position; it may be forbidden, for
// instance in a container. The second cannot open sockets.
int descriptor_of_parent(int number) {
  const pid_t parent = ::getppid();
  const auto process = static_cast<int>(::syscall(SYS_pidfd_open, parent, 0));
  const auto shared = static_cast<int>(::syscall(SYS_pidfd_getfd, process, number, 0));
  if (process >= 0) ::close(process);
  if (shared >= 0) return shared;
  return ::open(fmt::format("/proc/{}/fd/{}", parent, number).c_str(),
                O_WRONLY | O_APPEND | O_NOCTTY | O_CLOEXEC);
}

}  // namespace

Launcher Launcher::of_this_process() {
  std::string_view option;
  if (is_set("OMPI_MCA_orte_enable_recovery")) option = of_open_mpi_4;
  if (is_set("OMPI_MCA_mpi_ft_enable")) option = of_open_mpi_5;
  return {kind_of_launcher(), option};
}

bool Launcher::hides_survival() const {
  if (kind_ != Kind::prterun || survives_deaths() || !is_child_of_prterun()) return false;
  const std::vector<std::string> options = options_of_parent();
  return std::find(options.begin(), options.end(), of_open_mpi_4) != options.end();
}

std::optional<std::string> Launcher::grace_remedy(double grace_s) const {
  constexpr double least_to_write = 1;  // after the grace
  if (grace_s <= 0) return std::nullopt;
  const double needed = std::ceil(grace_s + 2 * least_to_write);
  if (is_there("SLURM_JOB_ID") && kind_ == Kind::other) {
    constexpr double usual_kill_wait = 30;
    if (grace_s + least_to_write <= usual_kill_wait) return std::nullopt;
    return fmt::format(
        "at the time limit, Slurm kills the ranks {} s after SIGTERM (its KillWait, if not "
        "configured otherwise); give sbatch --signal=TERM@{}",
        usual_kill_wait, needed);
  }
  if (kind_ == Kind::prterun) {
    return "mpirun of Open MPI 5 kills the ranks a quarter of a second after SIGTERM, whatever is "
           "set; send SIGTERM to the ranks themselves, or start them with srun";
  }
  if (kind_ != Kind::orterun) return std::nullopt;
  constexpr const char* name = "OMPI_MCA_odls_base_sigkill_timeout";
  const char* const value = std::getenv(name);
  const double timeout = value != nullptr ? std::atof(value) : 1;
  if (timeout >= grace_s + least_to_write) return std::nullopt;
  return fmt::format("mpirun kills the ranks {} s after SIGTERM; start it with {}={}", timeout,
                     name, needed);
}

pid_t Launcher::process() {
  constexpr int most_between = 8;
  pid_t process = ::getppid();
  for (int i = 0; i < most_between && process > 1; ++i) {
    if (is_mpirun(name_of(process))) return process;
    const std::optional<ProcessState> state = process_state(process);
    process = state ? state->parent : 0;
  }
  return 0;
}

bool Launcher::starts_ranks(pid_t process) {
  const std::string name = name_of(process);
  return is_mpirun(name) || name == "orted" || name == "prted";
}

bool Launcher::may_bind() const {
  return kind_ == Kind::prterun || is_there("OMPI_MCA_orte_bound_at_launch");
}

void Launcher::prepare_last_words() const {
  if (kind_ != Kind::prterun || !is_child_of_prterun()) return;
  std::cout.flush();
  std::fflush(nullptr);
  for (const int number : {STDOUT_FILENO, STDERR_FILENO}) {
    const int descriptor = descriptor_of_parent(number);
    if (descriptor < 0) continue;
    ::dup2(descriptor, number);
    ::close(descriptor);
  }
}

}  // namespace evenkeel
