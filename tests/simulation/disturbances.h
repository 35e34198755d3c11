// What goes wrong between the ranks of random jobs, beside what ranks do themselves.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "core/random.h"
#include "simulation/cluster_profile.h"

namespace evenkeel {

// What is drawn depends on the seed alone; each kind of disturbance has a stream of its own.
class Disturbances {
 public:
  // Times begin within the job, which takes about so long; none of them is longer than that.
  Disturbances(std::uint64_t seed, double job_s, double longest_s)
      : seed_(seed), job_s_(job_s), longest_s_(longest_s) {}

  // The coordinator stands still for a time.
  bool add_standstill(ClusterProfile& cluster) const;

  // The coordinator and all workers do. Alone: for longer than the least patience with a silent
  // worker, and nothing else goes wrong.
  enum class Suspension : std::uint8_t { none, among_others, alone };
  Suspension add_suspension(ClusterProfile& cluster) const;

  // Links are cut, in one or both directions; for ever at some ranks, but not at the survivor.
  // Where no rank survives, all cuts heal in half of the jobs.
  bool add_cuts(ClusterProfile& cluster, std::optional<std::size_t> survivor) const;

  // Trainers tell wrong times of their steps: none, or far too much.
  bool add_lies(ClusterProfile& cluster, std::optional<std::size_t> survivor) const;

  // Several ranks fall, each in its own way.
  bool add_victims(ClusterProfile& cluster, std::size_t survivor) const;

 private:
  RankProfile::Hang time(Random& random) const;

  std::uint64_t seed_;
  double job_s_;
  double longest_s_;
};

}  // namespace evenkeel
