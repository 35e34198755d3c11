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
    cluster.set_weight(worker, options.weights[worker]);
  }
  const bool is_prior = entry_of(options.kind).weights == WeightUse::prior;
  if (is_prior && !options.weights.empty()) cluster.believe_weights();
  return cluster;
}

}  // namespace

ServedJob::ServedJob(const PolicyOptions& options, int workers, std::int64_t samples,
                     std::int64_t step_samples, std::int32_t warmup_steps)
    : cluster_(cluster_of(options, workers, shape_of(samples, step_samples), warmup_steps)),
      policy_(make_policy(options, cluster_)) {
  set_free(samples);
}

void ServedJob::ask(int worker) { change(worker, &Cluster::set_asking, true); }

void ServedJob::lose(int worker) {
  set_free(cluster_.free_work().samples + cluster_.worker(WorkerIndex(worker)).held_samples,
           cluster_.free_work().front_pass);
  cluster_.set_alive(WorkerIndex(worker), false);
  cluster_.set_asking(WorkerIndex(worker), false);
  finish(worker);
}

void ServedJob::restart(int worker) {
  lose(worker);
  cluster_.forget_speed(WorkerIndex(worker));
  tell_policy();
  come_back(worker);
}

void ServedJob::come_back(int worker) {
  cluster_.set_alive(WorkerIndex(worker), true);
  ask(worker);
}

void ServedJob::report(int worker, std::int32_t steps, double busy_s) {
  const WorkerIndex index(worker);
  const std::int64_t held = cluster_.worker(index).held_samples;
  const std::int64_t samples = std::min(held, steps * cluster_.shape().step_samples);
  cluster_.finish(index, samples, static_cast<double>(samples));
  if (samples == held) cluster_.end_lease(index, 0);
  cluster_.observe(index, steps, static_cast<double>(samples), busy_s);
  tell_policy();
}

void ServedJob::measure(int worker, double rate) {
  // Three reports: if it was measured before, the change is believed at once.
  const double cost = cluster_.mean_step_cost();
  for (int i = 0; i < 3; ++i) cluster_.observe(WorkerIndex(worker), 1, cost, cost / rate);
  tell_policy();
}

void ServedJob::finish(int worker) {
  const WorkerIndex index(worker);
  const WorkerLoad& load = cluster_.worker(index);
  cluster_.finish(index, load.held_samples, load.outstanding_cost);
  while (load.held_leases > 0) cluster_.end_lease(index, 0);
  tell_policy();
}

void ServedJob::give(int worker, std::int64_t samples) {
  const auto cost = static_cast<double>(samples);
  cluster_.give(WorkerIndex(worker), samples, cost);
  tell_policy();
}

void ServedJob::works_since(int worker, Instant since) {
  change(worker, &Cluster::set_working_since, since);
  change(worker, &Cluster::set_silent_since, since);
}

void ServedJob::tell_policy() {
  cluster_.visit_changed([this](WorkerIndex worker) { policy_->changed(cluster_, worker); });
}

void ServedJob::set_free(std::int64_t samples, Pass pass) {
  FreeWork free;
  free.samples = samples;
  free.cost = static_cast<double>(samples);
  free.front_pass = pass;
  free.front_step_cost = static_cast<double>(std::min(samples, cluster_.shape().step_samples));
  cluster_.set_free_work(free);
}

ServedJob::Given ServedJob::serve(Instant now) {
  const auto assignment = policy_->assign(cluster_, now);
  if (!assignment) return nobody;
  const int worker = assignment->worker.value();
  const FreeWork& free = cluster_.free_work();
  const std::int64_t samples = std::min(assignment->samples, free.samples);
  set_free(free.samples - samples, free.front_pass);
  cluster_.set_asking(WorkerIndex(worker), false);
  give(worker, samples);
  return {worker, samples};
}

ServedJob::Given ServedJob::trim(Instant now) { return carry_out(policy_->trim(cluster_, now)); }

ServedJob::Given ServedJob::trim_ahead(Instant now) {
  return carry_out(policy_->trim_ahead(cluster_, now));
}

ServedJob::Given ServedJob::carry_out(const std::optional<TrimRequest>& request) {
  if (!request) return nobody;
  change(request->worker.value(), &Cluster::set_trimming, true);
  return {request->worker.value(), request->samples};
}

}  // namespace evenkeel
