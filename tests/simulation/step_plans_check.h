// What must hold of the plans of every job of step mode.
#pragma once

#include "simulation/faults.h"
#include "simulation/random_step_job.h"

namespace evenkeel {

// Plans follow each other without a gap, and in a job that is complete up to the last step. Each
// divides all micro-batches, within minimum and cap, or says by which shares samples are divided;
// equally, where that is asked for. Workers are said to take what the last one gives them.
void check_plans(const RandomStepJob& job, const StepSimulationResult& result, Faults& faults);

}  // namespace evenkeel
