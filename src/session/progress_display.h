// The progress line on standard error.
#pragma once

#include "coordinator/job_coordinator.h"
#include "report/progress_line.h"

namespace evenkeel {

class ProgressDisplay {
 public:
  // Live on a terminal, plain lines elsewhere.
  ProgressDisplay();

  void show(Instant now, const JobCoordinator& coordinator);

  // Clears a live line, so that other text can follow.
  void clear();

 private:
  ProgressLine line_;
};

}  // namespace evenkeel
