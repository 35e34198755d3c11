// A simulated cluster as users describe it (DESIGN's cluster profile): each worker's speed, and
// when it changes, hangs or dies.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/time.h"
#include "core/types.h"

namespace evenkeel {

struct RankProfile {
  struct Phase {
    Instant from;
    double speed;  // cost units per second
  };
  struct Hang {
    Instant from;
    Instant to;
  };

  std::string host;           // empty: not in the profile
  double speed = 1;           // cost units per second, until the first phase
  Duration overhead{};        // of each step
  double stair = 0;           // a step's cost is rounded up to a multiple; not in the file
  double noise = 0;           // standard deviation of a step's time / its mean
  std::vector<Phase> phases;  // in order of time
  std::optional<Instant> dies_at;
  std::optional<Instant> leaves_at;  // as if its trainer ends; not in the file
  std::vector<Hang> restarts;        // its trainer dies, and is there again; not in the file
  std::vector<Hang> hangs;           // in order of time, disjoint
  double fails = 0;                  // probability that one of its steps fails; lease mode

  // Not in the file: what would reach the coordinator or this rank in that time comes at its end,
  // or never if that is `never`.
  std::vector<Hang> cut_to_coordinator;  // in order of time
  std::vector<Hang> cut_to_rank;
  static constexpr Instant never = Instant::max();

  // Not in the file: the probability that it tells a wrong time of a step, and which.
  double lies = 0;
  Duration lie{};

  double speed_at(Instant now) const;
};

// Time of an all-reduce after all workers have reached it: latency and bandwidth terms of the usual
// algorithms (Thakur, Rabenseifner and Gropp, Optimization of Collective Communication Operations
// in MPICH, 2005).
struct AllReduceProfile {
  Duration latency{};    // of one message
  double bytes = 0;      // to be reduced: the gradient
  double bandwidth = 1;  // bytes per second

  // 2 ⌈log₂ W⌉ × latency + 2 (W − 1) / W × bytes / bandwidth.
  Duration time(std::size_t workers) const;
};

// The first moment from `at` on that is in none of the times, which are in order.
Instant first_outside(const std::vector<RankProfile::Hang>& times, Instant at);

struct ClusterProfile {
  Duration latency = std::chrono::microseconds(50);  // one way
  std::vector<RankProfile> ranks;                    // the first is rank 1
  AllReduceProfile all_reduce{};                     // step mode

  // Lease mode: the share of steps that fail on every rank, and the seed that decides which.
  double poison = 0;
  std::uint64_t poison_seed = 0;

  // When the coordinator stands still: nothing is received, then everything. In order of time; not
  // in the file.
  std::vector<RankProfile::Hang> standstills{};

  // Whether the step that begins there fails on every rank.
  bool poisons(Pass pass, Position begin) const;
};

// Reads a profile. Throws UserError that names the file, the JSON pointer and the remedy.
ClusterProfile read_cluster_profile(const std::filesystem::path& path);

// The same from the text of a profile; messages call it `path`.
ClusterProfile parse_cluster_profile(std::string_view text, const std::filesystem::path& path);

}  // namespace evenkeel
