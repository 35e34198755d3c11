// What must hold of every job of step mode, by what is seen of it from outside.
#pragma once

#include <string>
#include <vector>

#include "simulation/random_step_job.h"
#include "simulation/step_run.h"

namespace evenkeel {

// The parts of every global batch tile it, and so do the spans; parts are whole micro-batches
// within minimum and cap, as the plans say; plans follow each other without a gap; all the time of
// every worker is accounted for; a job ends early only for a death or a worker that is cut off for
// ever, and in time; it has done the steps that all workers told. Returns the faults found in a run
// of the job, none if all is well.
std::vector<std::string> check_run(const RandomStepJob& job, const StepRun& run);

}  // namespace evenkeel
