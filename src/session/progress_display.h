// The progress line on standard error.
#pragma once

#include "coordinator/job_coordinator.h"
#include "report/progress_line.h"

namespace evenkeel {

class ProgressDisplay {
 public:
  // Live on a terminal, plain lines elsewhere.
  ProgressDisplay();

  // Shows how far the job is, if it is time again.
  void show(Instant now, const JobCoordinator& coordinator);

  // Wipes a live line, so that other text can follow.
  void clear();

 private:
  ProgressLine line_;
};

}  // namespace evenkeel
