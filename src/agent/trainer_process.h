// A trainer as a child process, with a guard between it and the agent.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "agent/descriptor.h"

namespace evenkeel {

enum class TrainerEventKind : std::int32_t {
  cannot_start,  // value: errno
  stopped,       // value: the signal
  continued,
  exited,  // value: its status
  killed,  // value: the signal
  gone,    // nothing is left of it, nor of what it has started: the last event
};

// What becomes of the trainer.
struct TrainerEvent {
  TrainerEventKind kind = TrainerEventKind::exited;
  std::int32_t value = 0;
};

struct TrainerCommand {
  std::vector<std::string> arguments;    // the program first, looked for in PATH
  std::vector<std::string> environment;  // "NAME=value"
  std::string rank;                      // what lines of its standard error begin with, in brackets
  std::string guard;                     // the program whose main() is run_guard()
};

// The agent starts a guard, and the guard starts the trainer (see guard.h). When this object goes,
// or the agent dies in whatever way, the guard kills the trainer and all that it has started.
class TrainerProcess {
 public:
  // Throws std::system_error if no process can be started.
  explicit TrainerProcess(const TrainerCommand& command);
  ~TrainerProcess();
  TrainerProcess(const TrainerProcess&) = delete;
  TrainerProcess& operator=(const TrainerProcess&) = delete;

  // The agent's end of the stream to the trainer, once; it does not block.
  Descriptor take_socket() { return std::move(socket_); }

  // The next event, if there is one.
  std::optional<TrainerEvent> next_event();

  // Readable when there is an event.
  int events() const { return control_.get(); }

  // Sends a signal to the trainer and what it has started; SIGKILL ends it for certain.
  void signal(int number);

 private:
  Descriptor socket_;
  Descriptor control_;
  pid_t guard_ = -1;
  bool is_gone_ = false;
};

}  // namespace evenkeel
