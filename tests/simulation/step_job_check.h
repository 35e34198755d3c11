// Runs random jobs of step mode, checks them, and counts what happened in them.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "simulation/random_step_job.h"

namespace evenkeel {

// How often what happened, over many jobs: a fault that never happened proves nothing.
struct StepJobsHappened {
  std::int64_t jobs = 0;
  std::int64_t deaths = 0;              // jobs that ended for them
  std::int64_t hangs = 0;               // that began while the job ran
  std::int64_t phases = 0;              // so did these
  std::int64_t silences = 0;            // longer than the coordinator bears, and the job went on
  std::int64_t standstills = 0;         // jobs whose coordinator did, with messages waiting
  std::int64_t suspensions = 0;         // likewise, and all workers with it
  std::int64_t cut_to_coordinator = 0;  // jobs
  std::int64_t cut_to_ranks = 0;        // jobs
  std::int64_t cut_off = 0;             // jobs that ended for a cut for ever
  std::int64_t done_untold = 0;         // steps
  std::int64_t lies = 0;
  std::int64_t changes_of_speed = 0;  // believed
  std::int64_t redivisions = 0;       // plans that divide otherwise than the one before
  std::int64_t members_plans = 0;     // by cost
  std::int64_t left_out = 0;          // workers without a part of a plan, though it would go round
  std::int64_t brought_back = 0;      // that had none in the plan before
  std::int64_t stand_ins = 0;         // steps of workers without a part
  std::int64_t at_most = 0;           // workers that take as much as they may, and others take less
  std::int64_t ragged_batches = 0;
  std::int64_t dropped_samples = 0;
  std::int64_t late_plans = 0;  // workers that waited for one after the first
  std::int64_t reading_ahead = 0;
  std::int64_t further_epochs = 0;
  std::int64_t ended_mid_epoch = 0;
  std::int64_t fewer_micro_batches_than_workers = 0;
};

// Runs the job and checks it, as check_run() does. If a worker has died or was cut off for ever,
// the job without losses must have gone the same way up to there. If the job is complete, its plans
// are followed again at other speeds: the parts must be the same. Returns the faults found, none if
// all is well.
std::vector<std::string> check_step_job(const RandomStepJob& job, StepJobsHappened& happened);

}  // namespace evenkeel
