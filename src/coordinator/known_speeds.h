// What is known of workers' speeds from an earlier job.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/per_worker.h"

namespace evenkeel {

// Of one rank; lists of them are in order of rank.
struct KnownSpeed {
  std::string host;
  double speed = 0;  // cost units per second; 0: not known
};

struct SpeedMatch {
  PerWorker<double> weights;  // empty: no worker's speed is known
  std::int32_t known = 0;     // workers
};

// Finds each worker's speed by its host, and by its place among the ranks of that host. Workers of
// which nothing is known count with the mean of the others. The mean of all weights is 1. `hosts`:
// one per worker, in order of rank.
SpeedMatch match_speeds(const std::vector<KnownSpeed>& earlier,
                        const std::vector<std::string>& hosts);

// "old.json: first speeds of 3 of 4 workers are taken from it".
std::string match_text(const SpeedMatch& match, const std::string& file);

}  // namespace evenkeel
