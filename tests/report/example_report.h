// Reports made by hand, for the tests of the writers.
#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>
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
  report.busy = from_seconds(last_end_s - 0.5);
  report.waited_for_coordinator = from_seconds(0.5);
  report.waited_for_others = from_seconds(60 - last_end_s);
  report.last_end = instant_at(last_end_s);
  report.leases = 12;
  report.trims = 1;
  return report;
}

// Three workers on two hosts, three epochs of 10,000 samples, done in a minute.
inline BalanceReport three_workers() {
  BalanceReport report;
  report.description.policy = "adaptive";
  report.complete = true;
  report.description.dataset_name = "imagenet";
  report.description.files = 10;
  report.description.shards = 10;
  report.description.samples = 10'000;
  report.description.cost = 10'000;
  report.description.cost_unit = "samples";
  report.description.step_samples = 32;
  report.description.seed = 7;
  report.description.epochs = 3;
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

// The example of the design: six workers of very different speed, an epoch of ImageNet.
inline BalanceReport six_workers_in_step_mode() {
  BalanceReport report;
  report.description.mode = "step";
  report.description.policy = "adaptive";
  report.complete = true;
  report.description.dataset_name = "imagenet";
  report.description.samples = 1'281'167;
  report.description.cost_unit = "samples";
  report.description.epochs = 1;
  report.job.samples = report.job.samples_done = 1'281'167;
  report.job.steps = 2'503;
  report.makespan_s = 700;
  report.description.global_batch = 512;
  report.description.micro_batch = 4;
  report.description.end_step = 2'503;
  StepRecord step{.plans = 1'300,
                  .median_s = 0.272,
                  .p95_s = 0.291,
                  .bound_s = 0.266,
                  .equal_s = 0.72,
                  .equal_measured = true,
                  .equal_begin = 10,
                  .equal_end = 30};
  report.step = step;
  const auto add = [&](std::int32_t rank, const char* host, double share, std::int64_t samples,
                       double speed, double data_s, double uneven_s, double last) {
    RankReport worker;
    worker.rank = Rank(rank);
    worker.host = host;
    worker.state = WorkerState::finished;
    worker.samples = static_cast<std::int64_t>(share * 1'281'167);
    worker.share = share;
    worker.speed = speed;
    worker.speed_noise = 0.01;
    worker.busy = from_seconds(672 - uneven_s);
    worker.data = from_seconds(data_s);
    worker.waited_for_others = from_seconds(uneven_s);
    worker.comm = std::chrono::seconds(28);
    worker.steps = 100;
    worker.times_last = std::lround(100 * last);
    worker.step_samples = samples;
    report.ranks.push_back(worker);
  };
  add(1, "gpu-a", 0.234, 120, 500, 0, 0, 0.46);
  add(2, "gpu-a", 0.234, 120, 500, 0, 14, 0.2);
  add(3, "gpu-a", 0.234, 120, 500, 0, 14, 0.2);
  add(4, "gpu-b", 0.227, 116, 500, 42, 21, 0.04);
  add(5, "gpu-b", 0.048, 24, 125, 0, 7, 0.1);
  add(6, "old-0", 0.023, 12, 62, 0, 119, 0);
  report.nodes = {
      {"gpu-a", 3, 0, 0, 0, 0, 0}, {"gpu-b", 2, 0, 0, 0, 0, 0}, {"old-0", 1, 0, 0, 0, 0, 0}};
  Event event{instant_at(400), Rank(6), EventKind::slower, 125, 62};
  event.step = 1'203;
  event.steps_to_plan = 14;
  event.lost_s = 3;
  report.events = {event};
  return report;
}

// The same job, had its trainers not said where their local work ended.
inline BalanceReport untold_step_mode() {
  BalanceReport report = six_workers_in_step_mode();
  report.step = StepRecord{.plans = 1'300,
                           .median_s = 0.72,
                           .p95_s = 0.73,
                           .equal_s = 0.72,
                           .equal_measured = true,
                           .equal_begin = 10,
                           .equal_end = 30,
                           .untold_steps = 2'503};
  for (RankReport& rank : report.ranks) {
    rank.local_time = LocalTime::not_told;
    rank.undivided = std::chrono::seconds(693) - rank.data;
    rank.busy = rank.data;
    rank.waited_for_others = rank.comm = Duration::zero();
    rank.times_last = 0;
    rank.speed = rank.speed_noise = 0;
  }
  for (NodeReport& node : report.nodes) node.all_told = false;
  report.events.clear();
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
  idle.waited_for_others = std::chrono::seconds(60);
  rank = idle;
}

inline void lose(RankReport& rank, double after_s) {
  rank.state = WorkerState::lost;
  rank.busy = from_seconds(after_s);
  rank.waited_for_others = rank.waited_for_coordinator = Duration::zero();
  rank.last_end = instant_at(after_s);
}

}  // namespace evenkeel::testing
