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

// Factors of a step's time, drawn for each step, beside the normal noise. Those of a log-normal and
// of a Pareto distribution have mean 1.
struct HeavyNoise {
  double lognormal = 0;  // standard deviation of the logarithm
  double pareto = 0;     // exponent above 1; 0: none
  double mixture_probability = 0;
  double mixture_factor = 1;  // of a step, with that probability

  double mean() const { return 1 + mixture_probability * (mixture_factor - 1); }
};

// The samples of a file cost so many times what the manifest says.
struct FileFactor {
  std::int64_t file;  // its index in the manifest
  double factor;
};

struct RankProfile {
  struct Phase {
    Instant from;
    double speed;  // cost units per second
  };
  struct Hang {
    Instant from;
    Instant to;
  };
  struct CurvePoint {
    double cost;
    double seconds;  // at speed 1
  };
  struct WarmUp {
    std::int64_t steps = 0;  // the first of them take
    double factor = 1;       // times as long
  };
  // A step that begins with a pause, then each `every` steps one more.
  struct Pauses {
    std::int64_t every = 0;  // 0: none
    std::int64_t first = 0;  // steps before the first pause
    Duration length{};

    bool precedes(std::int64_t step) const {
      return every > 0 && step >= first && (step - first) % every == 0;
    }
  };

  std::string host;               // empty: not in the profile
  double speed = 1;               // work per second, until the first phase
  Duration overhead{};            // of each step
  double stair = 0;               // a step's cost is rounded up to a multiple
  double exponent = 1;            // its work is a power of that
  std::vector<CurvePoint> curve;  // or on this curve: both ascend, the costs strictly
  double noise = 0;               // standard deviation of a step's time / its mean
  HeavyNoise heavy_noise{};
  WarmUp warm_up{};
  Pauses pauses{};
  std::vector<FileFactor> file_factors;  // on this rank; in order of the files
  std::vector<Phase> phases;             // in order of time
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

  // What is done at `speed` per second: the cost of a step, unless stairs, an exponent or a curve
  // make it more or less. Below its first point a curve is level; beyond the last it goes on.
  double work(double cost) const;
  double work_without_stair(double cost) const;
  bool does_costs() const { return stair == 0 && exponent == 1 && curve.empty(); }
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
  std::int32_t stand_in = 0;  // step mode: samples that a rank computes with if its part is empty
  std::vector<FileFactor> file_factors{};  // on all ranks; in order of the files

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
