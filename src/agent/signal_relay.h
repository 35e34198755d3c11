// Signals that a process is to pass on, as something that poll() can wait for.
#pragma once

#include <optional>

#include "agent/descriptor.h"

namespace evenkeel {

// From its construction on, SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGUSR1, SIGUSR2, SIGTSTP and SIGCONT
// are taken down instead of doing what they usually do. One in a process, and for its rest.
class SignalRelay {
 public:
  SignalRelay();

  // The next signal that has come, if any.
  std::optional<int> next();

  int get() const { return out_.get(); }

 private:
  Descriptor out_;
};

}  // namespace evenkeel
