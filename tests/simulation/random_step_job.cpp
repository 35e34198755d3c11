#include "simulation/random_step_job.h"

#include <algorithm>
#include <array>
#include <chrono>

#include "coordinator/stall_timer.h"
#include "core/option_values.h"
#include "core/random.h"
#include "dataset/samples.h"
#include "simulation/disturbances.h"
#include "simulation/draws.h"

namespace evenkeel {
namespace {

using namespace std::chrono_literals;

// What a job may cost to simulate: steps × (workers + samples looked at one by one).
constexpr std::int64_t most_work = 40'000;

Dataset drawn_dataset(std::uint64_t seed) {
  Random random = stream(seed, 1);
  const auto kind = static_cast<CostKind>(random.below(3));
  const std::int64_t files = chance(random, 0.3) ? 1 : log_whole(random, 1, 200);
  // Each sample's own cost is a number in memory.
  const std::int64_t most = kind == CostKind::by_sample ? 10'000 / files : 1'000'000;
  const std::int64_t most_samples = log_whole(random, 1, most);
  const std::int64_t shard_samples = log_whole(random, 1 + files * most_samples / 10'000, 1 << 20);
  return random_dataset(random, kind, files, most_samples, shard_samples);
}

OrderOptions random_order(std::uint64_t seed) {
  Random random = stream(seed, 2);
  OrderOptions order;
  order.seed = seed;
  order.shuffle = static_cast<Shuffle>(random.below(4));
  order.shuffle_block = log_whole(random, 1, 100'000);
  return order;
}

// Minima and caps with which so many workers can take so many micro-batches.
void draw_limits(Random& random, std::int64_t workers, StepModeOptions& mode) {
  const std::int64_t all = mode.line.micro_batches();
  const std::array<std::int64_t, 4> minima{0, 0, 1, whole(random, 0, all / workers)};
  mode.least = std::min(all / workers, minima[random.below(minima.size())]);
  const std::int64_t least_cap = (all + workers - 1) / workers;
  mode.most = chance(random, 0.5) ? all : log_whole(random, least_cap, all);
}

std::int64_t random_steps(Random& random, const BatchLine& line, std::int64_t most) {
  const std::int64_t an_epoch = line.steps_an_epoch();
  if (an_epoch > most || chance(random, 0.7)) return log_whole(random, 1, most);
  return an_epoch * log_whole(random, 1, most / an_epoch);
}

StepModeOptions random_mode(std::uint64_t seed, const Dataset& dataset, const OrderOptions& order,
                            std::int64_t workers) {
  Random random = stream(seed, 3);
  StepModeOptions mode;
  BatchLine& line = mode.line;
  line.samples = dataset.samples();
  line.micro_batch =
      chance(random, 0.6) ? 1 : log_whole(random, 1, std::min<std::int64_t>(32, line.samples));
  const std::int64_t most = std::min<std::int64_t>(1024, line.samples / line.micro_batch);
  line.global_batch = line.micro_batch * log_whole(random, 1, most);
  line.keeps_last = chance(random, 0.5);
  mode.by_cost = line.micro_batch == 1 && chance(random, 0.5);
  mode.baseline = chance(random, 0.5);
  draw_limits(random, workers, mode);
  const bool permutes = order.shuffle == Shuffle::block || order.shuffle == Shuffle::full;
  const bool walks = mode.by_cost || (permutes && !dataset.uniform_cost());
  const std::int64_t a_step = workers + (walks ? 2 * line.global_batch : 0);
  line.steps = random_steps(random, line, std::max<std::int64_t>(1, most_work / a_step));
  return mode;
}

PolicyOptions random_policy(Random& random, std::int32_t workers) {
  constexpr std::array<PolicyKind, 8> kinds{
      PolicyKind::adaptive,    PolicyKind::adaptive, PolicyKind::adaptive,     PolicyKind::adaptive,
      PolicyKind::performance, PolicyKind::weighted, PolicyKind::static_split, PolicyKind::observe};
  PolicyOptions policy;
  policy.kind = kinds[random.below(kinds.size())];
  if (policy.kind != PolicyKind::weighted || chance(random, 0.3)) return policy;
  for (int i = 0; i < workers; ++i) policy.weights.push_back(log_uniform(random, 0.1, 10));
  return policy;
}

CoordinatorOptions random_options(std::uint64_t seed, const Dataset& dataset) {
  Random random = stream(seed, 4);
  CoordinatorOptions options;
  options.first_worker = Rank(static_cast<std::int32_t>(whole(random, 0, 1)));
  options.workers = static_cast<std::int32_t>(log_whole(random, 1, 64));
  options.order = random_order(seed);
  options.policy = random_policy(random, options.workers);
  Random priors = stream(seed, 9);  // which may be right or wrong
  if (options.policy.kind == PolicyKind::adaptive && chance(priors, 0.3)) {
    for (int i = 0; i < options.workers; ++i) {
      options.policy.weights.push_back(log_uniform(priors, 0.01, 100));
    }
  }
  options.warmup_steps = static_cast<std::int32_t>(whole(random, 0, 3));
  if (chance(random, 0.5)) options.report_interval = from_seconds(log_uniform(random, 1e-5, 10));
  if (chance(random, 0.5)) options.lease_deadline = from_seconds(log_uniform(random, 1e-3, 1e3));
  options.step = random_mode(seed, dataset, options.order, options.workers);
  return options;
}

// What the ranks of a cluster have in common.
struct RankLimits {
  double least_speed;  // no worker is ever slower
  double most_speed;   // or faster
  double job_s;        // about as long as the job takes
  double longest_hang_s;
};

constexpr double usual_spread = 20;  // of speeds, before they change

RankProfile random_rank(Random& random, const RankLimits& limits) {
  RankProfile rank;
  const double spread = chance(random, 0.9) ? usual_spread : limits.most_speed / limits.least_speed;
  rank.speed = log_uniform(random, limits.most_speed / spread, limits.most_speed);
  rank.overhead = from_seconds(chance(random, 0.5) ? 0 : log_uniform(random, 1e-6, 1e-2));
  rank.noise = chance(random, 0.4) ? 0 : random.uniform() * 0.3;
  double at_s = 0;
  while (chance(random, 0.3)) {
    at_s += random.uniform() * limits.job_s + 1e-6;
    rank.phases.push_back(
        {instant_at(at_s), log_uniform(random, limits.least_speed, limits.most_speed)});
  }
  at_s = 0;
  while (rank.hangs.size() < 3 && chance(random, 0.1)) {
    const double from_s = at_s + random.uniform() * limits.job_s;
    at_s = from_s + log_uniform(random, 1e-4, limits.longest_hang_s);
    rank.hangs.push_back({instant_at(from_s), instant_at(at_s)});
    at_s += 1e-6;
  }
  return rank;
}

AllReduceProfile random_all_reduce(Random& random) {
  if (chance(random, 0.3)) return {};
  return {from_seconds(log_uniform(random, 1e-7, 1e-3)), log_uniform(random, 1e3, 1e9), 1e10};
}

ClusterProfile random_cluster(std::uint64_t seed, const Dataset& dataset,
                              const CoordinatorOptions& options) {
  Random random = stream(seed, 5);
  ClusterProfile cluster;
  cluster.latency = from_seconds(log_uniform(random, 1e-6, 0.1));
  cluster.all_reduce = random_all_reduce(random);
  // Even the whole batch on the slowest worker takes a quarter of the time after which a silent job
  // is given up.
  const double patience_s =
      to_seconds(options.lease_deadline.value_or(0s) + StallTimer::longest) - 1;
  const auto batch = static_cast<double>(options.step->line.global_batch);
  const double batch_cost =
      std::min(dataset.cost(), batch * dataset.largest_sample_costs(1).front());
  RankLimits limits{};
  limits.least_speed = batch_cost / log_uniform(random, 1e-3, patience_s / 4);
  limits.most_speed = limits.least_speed * log_uniform(random, usual_spread, 1e5);
  limits.longest_hang_s = patience_s / 10;
  const double a_step_s =
      batch_cost / options.workers / limits.most_speed * 4 +
      to_seconds(cluster.all_reduce.time(static_cast<std::size_t>(options.workers)));
  limits.job_s = a_step_s * static_cast<double>(options.step->line.steps);
  const bool alike = chance(random, 0.2);
  for (int i = 0; i < options.workers; ++i) {
    cluster.ranks.push_back(alike && i > 0 ? cluster.ranks.front() : random_rank(random, limits));
  }
  if (chance(random, 0.15)) {
    RankProfile& rank = cluster.ranks[random.below(cluster.ranks.size())];
    rank.dies_at = instant_at(random.uniform() * limits.job_s);
  }
  Random stand_ins = stream(seed, 19);
  if (chance(stand_ins, 0.5)) {
    cluster.stand_in =
        static_cast<std::int32_t>(log_whole(stand_ins, 1, options.step->line.micro_batch));
  }
  const Disturbances disturbances(seed, limits.job_s, limits.longest_hang_s);
  disturbances.add_lies(cluster, std::nullopt);
  disturbances.add_standstill(cluster);
  disturbances.add_cuts(cluster, std::nullopt);
  disturbances.add_suspension(cluster);
  return cluster;
}

}  // namespace

RandomStepJob::RandomStepJob(std::uint64_t job_seed)
    : seed(job_seed),
      dataset(drawn_dataset(job_seed)),
      options(random_options(job_seed, dataset)),
      cluster(random_cluster(job_seed, dataset, options)),
      read_ahead(static_cast<int>(stream(job_seed, 6).below(9))) {
  options.predictor =
      all_values<PredictorKind>()[stream(job_seed, 7).below(all_values<PredictorKind>().size())];
}

}  // namespace evenkeel
