// The scenario suite: jobs on simulated clusters, each a folder with a manifest and a cluster
// profile, held against the bound T*.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "balance/policy_table.h"
#include "core/option_values.h"
#include "core/time.h"
#include "dataset/dataset.h"
#include "simulation/cluster_profile.h"

namespace evenkeel::scenarios {

struct Scenario {
  std::string name;
  Dataset dataset;
  ClusterProfile cluster;
};

// All scenarios of the folder, by name.
std::vector<Scenario> load_suite(const std::string& folder);

struct Score {
  bool complete = false;
  std::int64_t lost = 0;  // workers given up: none of them ever dies or hangs here
  double ratio = 0;       // makespan / T*
  // What the budget is about: (makespan − one step of the slowest worker used) / T*. Where there
  // are fewer steps than workers, the job is little more than one step: makespan / T*, which is
  // fair, as T* divides no step.
  double judged_ratio = 0;
  double messages_a_worker_second = 0;
};

Score run_once(const Scenario& scenario, Duration latency, PolicyKind policy, std::uint64_t seed,
               PredictorKind predictor = usual_predictor);

// T* once more, and differently from the simulation's own: by bisection on the time until which
// the workers' work, each integrated on its own, adds up to the cost. `steps`: what the most
// expensive ones cost, descending: no k of them can be done by more than k workers, nor faster than
// these ever are.
double bound_s(const ClusterProfile& cluster, double cost, double step_cost,
               const std::vector<double>& steps = {});

}  // namespace evenkeel::scenarios
