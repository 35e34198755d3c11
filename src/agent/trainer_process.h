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
  gone,    // it and all processes that it started have ended: the last event
};

struct TrainerEvent {
  TrainerEventKind kind = TrainerEventKind::exited;
  std::int32_t value = 0;
};

struct TrainerCommand {
  std::vector<std::string> arguments;    // program first, searched in PATH
  std::vector<std::string> environment;  // "NAME=value"
  std::string rank;                      // prefix of lines on standard error, in brackets
  std::string guard;                     // the program whose main() is run_guard()
};

// The agent starts a guard, and the guard starts the trainer (see guard.h). When this object is
// destroyed or the agent dies, the guard kills the trainer and all processes that it has started.
class TrainerProcess {
 public:
  // Throws std::system_error if no process can be started.
  explicit TrainerProcess(const TrainerCommand& command);
  ~TrainerProcess();
  TrainerProcess(const TrainerProcess&) = delete;
  TrainerProcess& operator=(const TrainerProcess&) = delete;

  // The agent's end of the stream to the trainer, once; non-blocking.
  Descriptor take_socket() { return std::move(socket_); }

  std::optional<TrainerEvent> next_event();

  // Readable when there is an event.
  int events() const { return control_.get(); }

  // Sends a signal to the trainer and its processes; SIGKILL ends it for certain.
  void signal(int number);

  // Lets a guard go on that somebody has stopped: nothing would end.
  void wake_guard();

 private:
  Descriptor socket_;
  Descriptor control_;
  pid_t guard_ = -1;
  bool is_gone_ = false;
};

}  // namespace evenkeel
