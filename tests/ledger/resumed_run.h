// A simulated run with a real ledger: it is cut off, and goes on, until it is complete.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "ledger/ledger.h"
#include "simulation/random_job.h"

namespace evenkeel {

// How a job of the run goes.
struct JobCourse {
  std::int64_t turns = 0;             // of the coordinator, until the job is cut off; 0: never
  double commits = 0.05;              // probability of a commit after a turn
  double checkpoints = 0;             // probability that a worker begins one, between two steps
  double troubles = 0;                // probability that somebody meddles with the file at a commit
  std::optional<std::string> resume;  // as the Ledger's
};

struct JobOutcome {
  bool is_over = false;  // the run is complete
  std::int64_t set_aside_samples = 0;
  std::vector<std::string> tags;    // of checkpoints on record
  std::int64_t refused = 0;         // commits, while the file was not in its place
  std::vector<std::string> faults;  // what is wrong
};

// One job: these options with these ranks, as the ledger lets it go on.
JobOutcome run_job(const std::filesystem::path& ledger, const Dataset& dataset,
                   const ClusterProfile& cluster, const CoordinatorOptions& options,
                   const JobCourse& course, std::uint64_t seed);

// Flips bits of a ledger, one after the other; returns how many of these ledgers are refused. If
// one is not, and a job would begin there elsewhere than in the intact one, that is in `faults`.
std::int64_t refused_flips(const std::filesystem::path& ledger, const JobIdentity& identity,
                           const std::string& resume, std::uint64_t seed,
                           std::vector<std::string>& faults);

// What is wrong with the spans of a complete run: each epoch is tiled by them.
std::vector<std::string> faults_of_spans(const std::filesystem::path& ledger,
                                         const Dataset& dataset, std::int32_t epochs);

}  // namespace evenkeel
