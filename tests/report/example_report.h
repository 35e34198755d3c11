// Reports made by hand, for the tests of the writers.
#pragma once

#include <cstddef>
#include <string>
#include <utility>

#include "report/balance_report.h"

namespace evenkeel::testing {

inline RankReport worker(std::int32_t rank, std::string host, double speed, double share,
                         double last_end_s) {
  RankReport report;
  report.rank = Rank(rank);
  report.host = std::move(host);
  report.state = WorkerState::finished;
  report.samples = static_cast<std::int64_t>(share * 30'000);
  report.cost = share * 30'000;
  report.share = share;
  report.speed = speed;
  report.speed_noise = 0.02;
  report.steps = report.samples / 32;
  report.compute_s = last_end_s - 0.5;
  report.coordinator_s = 0.5;
  report.uneven_s = 60 - last_end_s;
  report.last_end_s = last_end_s;
  report.leases = 12;
  report.trims = 1;
  return report;
}

// Three workers on two hosts, three epochs of 10,000 samples, done in a minute.
inline BalanceReport three_workers() {
  BalanceReport report;
  report.policy = "adaptive";
  report.complete = true;
  report.dataset_name = "imagenet";
  report.files = 10;
  report.shards = 10;
  report.samples = 10'000;
  report.cost = 10'000;
  report.cost_unit = "samples";
  report.step_samples = 32;
  report.seed = 7;
  report.epochs = 3;
  report.job.samples = report.job.samples_done = 30'000;
  report.job.cost = report.job.cost_done = 30'000;
  report.job.messages = 540;
  report.job.leases = 36;
  report.job.trims = 3;
  report.job.steps = 938;
  report.makespan_s = 60;
  report.bound_s = 59.7;
  report.ratio = 60 / 59.7;
  report.imbalance = 0.0033;
  report.ranks = {worker(1, "gpu-a", 250, 0.5, 60), worker(2, "gpu-a", 200, 0.4, 59.6),
                  worker(3, "old-0", 50, 0.1, 59.8)};
  NodeReport gpu{"gpu-a", 2, 27'000, 0.9, 450, 118.6, 0.4};
  NodeReport old{"old-0", 1, 3'000, 0.1, 50, 59.3, 0.2};
  report.nodes = {gpu, old};
  return report;
}

// `workers` equal workers, four a host, in place of the three.
inline BalanceReport many_workers(std::int32_t workers) {
  BalanceReport report = three_workers();
  report.ranks.clear();
  report.nodes.clear();
  const double share = 1.0 / workers;
  for (std::int32_t i = 0; i < workers; ++i) {
    const std::string host = "node-" + std::to_string(i / 4);
    report.ranks.push_back(worker(i + 1, host, 100, share, 59));
    if (i % 4 == 0) report.nodes.push_back({host, 0, 0, 0, 0, 0, 0});
    NodeReport& node = report.nodes.back();
    ++node.ranks;
    node.cost += share * 30'000;
    node.share += share;
    node.speed += 100;
    node.compute_s += 58.5;
    node.uneven_s += 1;
  }
  return report;
}

inline void idle(RankReport& rank) {
  RankReport idle;
  idle.rank = rank.rank;
  idle.host = rank.host;
  idle.state = WorkerState::finished;
  idle.uneven_s = 60;
  rank = idle;
}

inline void lose(RankReport& rank, double after_s) {
  rank.state = WorkerState::lost;
  rank.compute_s = after_s;
  rank.uneven_s = rank.coordinator_s = 0;
  rank.last_end_s = after_s;
}

}  // namespace evenkeel::testing
