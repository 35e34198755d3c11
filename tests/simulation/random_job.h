// Random jobs, and what must hold of every one of them.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "dataset/dataset.h"
#include "simulation/disturbances.h"
#include "simulation/simulation.h"

namespace evenkeel {

// A job drawn from a seed: 1–64 workers, 1–5 epochs, any policy and shuffle, from one sample to
// millions; random speeds, phases, noise, latency, hangs, deaths, departures and deadlines;
// steps that fail on one worker by chance, or on all; a coordinator or a whole job that stands
// still, links that are cut, trainers that lie about times, jobs that begin with some of their
// workers while others come later or never, late steps that may be copied, and several of all this
// at once. One worker at least never dies, leaves, or is cut off for ever.
struct RandomJob {
  // Of what a file costs, over what is declared, and of what it costs on other hosts.
  static constexpr double most_file_factor = 50;
  static constexpr double most_away_factor = 10;

  explicit RandomJob(std::uint64_t seed);

  std::uint64_t seed;
  Dataset dataset;
  ClusterProfile cluster;
  bool has_black_hole = false;
  bool has_victims = false;
  Disturbances::Suspension suspension = Disturbances::Suspension::none;
  CoordinatorOptions options;

 private:
  void disturb();
  void come_late();
};

// Ranks of random speeds, phases, noise, hangs and deaths, for a job of these options.
ClusterProfile random_cluster(std::uint64_t seed, const Dataset& dataset,
                              const CoordinatorOptions& options);

// Makes some of its steps fail, by chance or on all ranks, and some ranks leave early.
void add_failures(std::uint64_t seed, ClusterProfile& cluster);

// How often what happened, over many jobs: a fault that never happened proves nothing.
struct Happened {
  std::int64_t jobs = 0;
  std::int64_t hangs = 0;
  std::int64_t deaths = 0;
  std::int64_t departures = 0;
  std::int64_t restarts = 0;
  std::int64_t failures = 0;              // of steps
  std::int64_t done_after_a_failure = 0;  // steps
  std::int64_t set_aside_samples = 0;
  std::int64_t set_aside_by_three = 0;  // steps that three different workers had failed
  std::int64_t only_failures = 0;       // jobs that ended because of them
  std::int64_t black_holes = 0;         // jobs with a rank that fails everything while others hang
  std::int64_t standstills = 0;         // jobs whose coordinator stood still with messages waiting
  std::int64_t suspensions = 0;         // likewise, and all workers too
  std::int64_t lone_suspensions = 0;    // of jobs that lose nobody for that
  std::int64_t cut_to_coordinator = 0;  // messages
  std::int64_t cut_to_ranks = 0;        // messages
  std::int64_t cut_for_ever = 0;        // jobs
  std::int64_t back_from_a_cut = 0;     // workers that were given up meanwhile
  std::int64_t lies = 0;
  std::int64_t refusals = 0;         // of workers that lied
  std::int64_t several_victims = 0;  // jobs with three kinds of them at least
  std::int64_t late = 0;             // workers that came after others had begun, and did steps
  std::int64_t absent = 0;           // workers that had not come at the end
  std::int64_t lost = 0;
  std::int64_t fenced = 0;
  std::int64_t wasted_samples = 0;
  std::int64_t redone_samples = 0;
  std::int64_t trims = 0;
  std::int64_t copies_won = 0;  // of late steps, done before the original
  std::int64_t copies_lost = 0;
  std::int64_t copies_without_a_loser = 0;  // as one of the two was lost, or failed
  std::int64_t changes_of_speed = 0;
  std::int64_t fewer_samples_than_workers = 0;
  std::int64_t most_turns = 0;     // of the coordinator, in one job
  std::int64_t learned_files = 0;  // jobs that have learned what some cost
  std::int64_t homes = 0;          // jobs whose workers have data on their own hosts
  std::int64_t learned_homes = 0;  // and jobs that have learned which they have
  std::int64_t held_to_the_bound = 0;
};

// Runs the job and checks it: every epoch is tiled by the spans and by what was set aside, after
// three attempts of as many workers as there were, nobody works on two steps at
// once, every step lies on the grid, what is counted as done was done, the job ends in time and
// before the coordinator has had `most_turns`, nobody is lost for a suspension alone, whoever comes
// back works on what is its own, and not before T* where no luck can help. Returns the faults
// found, none if all is well.
std::vector<std::string> check_job(const RandomJob& job, Happened& happened,
                                   std::int64_t most_turns = 2'000'000);

}  // namespace evenkeel
