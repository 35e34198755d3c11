#include "balance/step_loop.h"

#include <algorithm>
#include <deque>
#include <numeric>

#include "balance/winner_tree.h"

namespace evenkeel {

StepLoop::Result StepLoop::run(std::uint64_t seed) const {
  StepPlanner planner(options);
  Random random(seed);
  Result result;
  std::deque<PerWorker<std::int64_t>> planned;
  double now_s = 0;
  double oracle_now_s = 0;
  PerWorker<std::int64_t> best;
  PerWorker<double> best_of;
  for (std::int64_t step = 0; step < steps; ++step) {
    while (std::ssize(planned) <= lead_steps) {
      planned.push_back(planner.divide(step + std::ssize(planned), 0));
    }
    result.counts = planned.front();
    planned.pop_front();
    PerWorker<double> factors;
    while (factors.size() < options.workers) factors.push_back(noise(random));
    const double took_s = step_s(result.counts, factors, now_s) + pause_s(step);
    for (const WorkerIndex i : factors.indices()) {
      const std::int64_t count = result.counts[i];
      if (count == 0) continue;
      const double local_s = factors[i] * usual_s(i, count, now_s) + pause_s(step);
      planner.observe(i, static_cast<double>(count) * options.micro_batch_cost, local_s);
    }
    planner.step_done(step, took_s, 0);
    result.step_s.push_back(took_s);
    now_s += took_s;
    PerWorker<double> one_s;  // as long as these stay the same, so do the best counts
    for (const WorkerIndex i : factors.indices()) one_s.push_back(usual_s(i, 1, oracle_now_s));
    if (!std::ranges::equal(one_s, best_of)) {
      best = best_counts(oracle_now_s);
      best_of = one_s;
    }
    result.oracle_step_s.push_back(step_s(best, factors, oracle_now_s) + pause_s(step));
    oracle_now_s += result.oracle_step_s.back();
  }
  return result;
}

double StepLoop::Result::ratio(std::size_t from) const {
  const auto sum = [from](const std::vector<double>& times_s) {
    return std::accumulate(times_s.begin() + static_cast<std::ptrdiff_t>(from), times_s.end(), 0.0);
  };
  return sum(step_s) / sum(oracle_step_s);
}

// Dealt one by one, each to the worker whose step would then be the shortest: exact, as no worker
// takes less time for more.
PerWorker<std::int64_t> StepLoop::best_counts(double now_s) const {
  PerWorker<std::int64_t> counts(options.workers, options.least);
  WinnerTree next_end(options.workers);
  std::int64_t left = options.micro_batches - options.least * options.workers;
  const auto offer = [&](WorkerIndex i) { next_end.set(i, usual_s(i, counts[i] + 1, now_s)); };
  for (const WorkerIndex i : counts.indices()) offer(i);
  for (; left > 0; --left) {
    const WorkerIndex winner = *next_end.winner();
    ++counts[winner];
    offer(winner);
  }
  return counts;
}

double StepLoop::step_s(const PerWorker<std::int64_t>& counts, const PerWorker<double>& factors,
                        double now_s) const {
  double longest_s = 0;
  for (const WorkerIndex i : counts.indices()) {
    if (counts[i] > 0) longest_s = std::max(longest_s, factors[i] * usual_s(i, counts[i], now_s));
  }
  return longest_s;
}

}  // namespace evenkeel
