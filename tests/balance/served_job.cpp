#include "balance/served_job.h"

#include <algorithm>

namespace evenkeel {
namespace {

JobShape shape_of(std::int64_t samples, std::int64_t step_samples) {
  return {samples, static_cast<double>(samples), step_samples};
}

Cluster cluster_of(const PolicyOptions& options, int workers, const JobShape& shape,
                   std::int32_t warmup_steps) {
  Cluster cluster(workers, shape, warmup_steps);
  for (const WorkerIndex worker : options.weights.indices()) {
    cluster.edit(worker).weight = options.weights[worker];
  }
  return cluster;
}

}  // namespace

ServedJob::ServedJob(const PolicyOptions& options, int workers, std::int64_t samples,
                     std::int64_t step_samples, std::int32_t warmup_steps)
    : cluster_(cluster_of(options, workers, shape_of(samples, step_samples), warmup_steps)),
      policy_(make_policy(options, cluster_)) {
  set_free(samples);
}

void ServedJob::ask(int worker) {
  change(worker, [](WorkerLoad& load) { load.asking = true; });
}

void ServedJob::lose(int worker) {
  set_free(cluster_.free_work().samples + cluster_.worker(WorkerIndex(worker)).held_samples,
           cluster_.free_work().front_epoch);
  cluster_.set_alive(WorkerIndex(worker), false);
  cluster_.edit(WorkerIndex(worker)).asking = false;
  finish(worker);
}

void ServedJob::come_back(int worker) {
  cluster_.set_alive(WorkerIndex(worker), true);
  ask(worker);
}

void ServedJob::report(int worker, std::int32_t steps, double busy_s) {
  const std::int64_t held = cluster_.worker(WorkerIndex(worker)).held_samples;
  const std::int64_t samples = std::min(held, steps * cluster_.shape().step_samples);
  cluster_.hold(WorkerIndex(worker), -samples, -static_cast<double>(samples),
                samples == held ? -1 : 0);
  cluster_.observe(WorkerIndex(worker), steps, static_cast<double>(samples), busy_s);
  policy_->changed(cluster_, WorkerIndex(worker));
}

void ServedJob::measure(int worker, double rate) {
  // Three reports: if it was measured before, the change is believed at once.
  const double cost = cluster_.mean_step_cost();
  for (int i = 0; i < 3; ++i) cluster_.observe(WorkerIndex(worker), 1, cost, cost / rate);
  policy_->changed(cluster_, WorkerIndex(worker));
}

void ServedJob::finish(int worker) {
  const WorkerLoad& load = cluster_.worker(WorkerIndex(worker));
  cluster_.hold(WorkerIndex(worker), -load.held_samples, -load.held_cost, -load.held_leases);
  policy_->changed(cluster_, WorkerIndex(worker));
}

void ServedJob::give(int worker, std::int64_t samples) {
  cluster_.hold(WorkerIndex(worker), samples, static_cast<double>(samples), 1);
  policy_->changed(cluster_, WorkerIndex(worker));
}

void ServedJob::set_free(std::int64_t samples, Epoch epoch) {
  FreeWork free;
  free.samples = samples;
  free.cost = static_cast<double>(samples);
  free.front_epoch = epoch;
  free.front_step_cost = static_cast<double>(std::min(samples, cluster_.shape().step_samples));
  cluster_.set_free_work(free);
}

ServedJob::Given ServedJob::serve(Instant now) {
  const auto assignment = policy_->assign(cluster_, now);
  if (!assignment) return nobody;
  const int worker = assignment->worker.value();
  const FreeWork& free = cluster_.free_work();
  const std::int64_t samples = std::min(assignment->samples, free.samples);
  set_free(free.samples - samples, free.front_epoch);
  cluster_.edit(WorkerIndex(worker)).asking = false;
  cluster_.edit(WorkerIndex(worker)).assigned_cost += static_cast<double>(samples);
  give(worker, samples);
  return {worker, samples};
}

ServedJob::Given ServedJob::trim(Instant now) {
  const auto request = policy_->trim(cluster_, now);
  if (!request) return nobody;
  change(request->worker.value(), [](WorkerLoad& load) { load.trimming = true; });
  return {request->worker.value(), request->samples};
}

}  // namespace evenkeel
