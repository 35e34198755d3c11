// A rank's process, as other ranks of its machine see it.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>

namespace evenkeel {

// What /proc says of a process.
struct ProcessState {
  char letter = 0;  // 'R', 'S', 'T': stopped, …
  pid_t parent = 0;
  std::int64_t start = 0;  // tells processes with the same id apart
};

// None: there is no such process.
std::optional<ProcessState> process_state(pid_t process);

// Plain numbers, to be sent to other ranks.
struct RankProcess {
  std::int64_t machine = 0;  // and the name and process ids that it has there
  std::int64_t id = 0;
  std::int64_t start = 0;

  static RankProcess own();

  // Whether it is another process of this machine that is stopped by a signal; not by a debugger.
  bool is_stopped() const;

  // Whether it has not ended. None: it is of another machine, which this rank cannot see.
  std::optional<bool> lives() const;
  void kill() const;
  void wake() const;  // if it is stopped

  bool is_here() const;  // a process of this machine
};

}  // namespace evenkeel
