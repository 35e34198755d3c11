#include "simulation/added_worker.h"

#include <algorithm>
#include <utility>

#include "core/check.h"
#include "core/random.h"
#include "dataset/samples.h"
#include "simulation/draws.h"

namespace evenkeel {
namespace {

using namespace std::chrono_literals;

Dataset draw_dataset(std::uint64_t seed, std::int64_t step_samples) {
  Random random = stream(seed, 10);
  const std::int64_t steps = log_whole(random, 1, 600);
  const std::int64_t missing = whole(random, 0, step_samples - 1);
  const std::int64_t samples = std::max<std::int64_t>(1, steps * step_samples - missing);
  return Dataset::cut(manifest_of({samples}), samples);
}

CoordinatorOptions draw_options(std::uint64_t seed) {
  Random random = stream(seed, 11);
  CoordinatorOptions options;
  options.epochs = static_cast<std::int32_t>(log_whole(random, 1, 60));
  options.overlap = chance(random, 0.5) ? EpochOverlap::allowed : EpochOverlap::forbidden;
  options.step_samples = log_whole(random, 1, 64);
  options.warmup_steps = static_cast<std::int32_t>(whole(random, 0, 2));
  options.order.seed = seed;
  return options;
}

double step_s_of(const RankProfile& rank, double cost) {
  return to_seconds(rank.overhead) + cost / rank.speed;
}

ClusterProfile draw_cluster(std::uint64_t seed, double step_cost) {
  Random random = stream(seed, 12);
  ClusterProfile cluster;
  cluster.latency = chance(random, 0.5) ? Duration(50us) : Duration(20ms);
  const double spread = log_uniform(random, 1, 20);
  const double step_s = log_uniform(random, 1e-3, 1);  // of the fastest
  const std::int64_t workers = whole(random, 1, 16);
  for (std::int64_t i = 0; i < workers; ++i) {
    const double its_step_s = step_s * log_uniform(random, 1, spread);
    const double overhead = chance(random, 0.5) ? 0 : random.uniform() * 0.5;
    RankProfile rank;
    rank.overhead = from_seconds(its_step_s * overhead);
    rank.speed = step_cost / (its_step_s * (1 - overhead));
    cluster.ranks.push_back(rank);
  }
  return cluster;
}

SimulationResult run_on(const ClusterProfile& cluster, const AddedWorker& job) {
  CoordinatorOptions options = job.options;
  options.workers = static_cast<std::int32_t>(cluster.ranks.size());
  return simulate(job.dataset, cluster, options, job.seed);
}

}  // namespace

AddedWorker::AddedWorker(std::uint64_t job_seed)
    : seed(job_seed),
      options(draw_options(job_seed)),
      dataset(draw_dataset(job_seed, options.step_samples)) {
  const double step_cost = static_cast<double>(std::min(options.step_samples, dataset.samples()));
  without = draw_cluster(seed, step_cost);

  Random random = stream(seed, 13);
  RankProfile slow = *std::ranges::max_element(
      without.ranks, {}, [&](const RankProfile& rank) { return step_s_of(rank, step_cost); });
  times_slower = log_uniform(random, 1, 100);
  slow.overhead = from_seconds(to_seconds(slow.overhead) * times_slower);
  slow.speed /= times_slower;
  added = static_cast<std::size_t>(random.below(without.ranks.size() + 1));
  with = without;
  with.ranks.insert(with.ranks.begin() + static_cast<std::ptrdiff_t>(added), slow);
}

double AddedWorker::step_s() const {
  const auto cost = static_cast<double>(std::min(options.step_samples, dataset.samples()));
  return step_s_of(with.ranks[added], cost);
}

double AddedWorker::tolerance_s() const {
  double tolerance_s = step_s() + 2 * to_seconds(with.latency);
  const auto workers = static_cast<std::int64_t>(with.ranks.size());
  if (dataset.samples() > (workers - 1) * options.step_samples) return tolerance_s;
  const auto cost = static_cast<double>(std::min(options.step_samples, dataset.samples()));
  for (const RankProfile& rank : without.ranks) tolerance_s += step_s_of(rank, cost);
  return tolerance_s;
}

double AddedWorker::copy_s() const {
  const auto cost = static_cast<double>(std::min(options.step_samples, dataset.samples()));
  double slowest_s = 0;
  double all_s = 0;
  for (const RankProfile& rank : without.ranks) {
    slowest_s = std::max(slowest_s, step_s_of(rank, cost));
    all_s += step_s_of(rank, cost);
  }
  const auto workers = static_cast<std::int64_t>(with.ranks.size());
  const bool has_few_steps = dataset.samples() <= (workers - 1) * options.step_samples;
  const double copies_s = has_few_steps ? 1.5 + 2.5 * all_s : 2.5 * slowest_s;
  return copies_s + 6 * to_seconds(with.latency);
}

AddedWorkerOutcome run(const AddedWorker& job) {
  const SimulationResult without = run_on(job.without, job);
  const SimulationResult with = run_on(job.with, job);
  EVENKEEL_CHECK(without.complete && with.complete);
  return {without.makespan_s, with.makespan_s, with.workers[job.added].steps};
}

}  // namespace evenkeel
