#include "session/rank_process.h"

#include <signal.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <fstream>
#include <functional>
#include <sstream>
#include <string>

namespace evenkeel {
namespace {

// Hosts that share one kernel, such as containers, have other names or other process ids.
std::int64_t own_machine() {
  std::string boot;
  std::getline(std::ifstream("/proc/sys/kernel/random/boot_id"), boot);
  utsname host{};
  ::uname(&host);
  struct stat process_ids {};
  ::stat("/proc/self/ns/pid", &process_ids);
  const std::string name = boot + host.nodename + std::to_string(process_ids.st_ino);
  return static_cast<std::int64_t>(std::hash<std::string>()(name));
}

}  // namespace

// /proc/PID/stat is "PID (NAME) STATE PPID ...", START is field 22; a name may contain anything.
std::optional<ProcessState> process_state(pid_t process) {
  std::ifstream file("/proc/" + std::to_string(process) + "/stat");
  std::string stat;
  std::getline(file, stat);
  const std::size_t name_end = stat.rfind(')');
  if (name_end == std::string::npos) return std::nullopt;
  std::istringstream fields(stat.substr(name_end + 1));
  ProcessState state;
  fields >> state.letter >> state.parent;
  std::string skipped;
  constexpr int after_parent = 4;
  constexpr int start_field = 22;
  for (int field = after_parent + 1; field < start_field; ++field) fields >> skipped;
  if (!(fields >> state.start)) return std::nullopt;
  return state;
}

RankProcess RankProcess::own() {
  const std::optional<ProcessState> state = process_state(::getpid());
  return {own_machine(), ::getpid(), state ? state->start : 0};
}

bool RankProcess::is_stopped() const {
  if (!is_here() || id == ::getpid()) return false;
  const std::optional<ProcessState> state = process_state(static_cast<pid_t>(id));
  return state && state->start == start && state->letter == 'T';
}

std::optional<bool> RankProcess::lives() const {
  if (!is_here()) return std::nullopt;
  const std::optional<ProcessState> state = process_state(static_cast<pid_t>(id));
  return state && state->start == start && state->letter != 'Z' && state->letter != 'X';
}

bool RankProcess::is_here() const {
  static const std::int64_t here = own_machine();
  return machine == here;
}

void RankProcess::kill() const { ::kill(static_cast<pid_t>(id), SIGKILL); }

void RankProcess::wake() const { ::kill(static_cast<pid_t>(id), SIGCONT); }

}  // namespace evenkeel
