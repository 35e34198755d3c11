// Signals to forward, as events for poll().
#pragma once

#include <optional>

#include "agent/descriptor.h"

namespace evenkeel {

// From its construction on, SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGUSR1, SIGUSR2, SIGTSTP and SIGCONT
// are recorded and have no other effect. One per process, until it ends.
class SignalRelay {
 public:
  SignalRelay();

  std::optional<int> next();

  int get() const { return out_.get(); }

 private:
  Descriptor out_;
};

}  // namespace evenkeel
