#include "simulated_workload.h"

#include <fmt/format.h>
#include <sys/prctl.h>

#include <cstdio>
#include <limits>
#include <optional>
#include <utility>

#include "core/random.h"
#include "long_steps.h"
#include "simulation/true_costs.h"
#include "transport/host_clock.h"
#include "unused_keys.h"

namespace evenkeel {

// The noise is the same as in 'evenkeel simulate'.
SimulatedWorkload::SimulatedWorkload(Session& session, const ClusterProfile& cluster,
                                     const std::string& profile_path, int worker,
                                     const JobOptions& job, double time_scale)
    : session_(session),
      cluster_(cluster),
      job_(job),
      profile_path_(worker == 0 ? profile_path : ""),
      profile_(cluster_.ranks[static_cast<std::size_t>(worker)]),
      device_(profile_, mix_pair(job.seed, static_cast<std::uint64_t>(worker))),
      time_scale_(time_scale),
      all_reduce_(
          from_seconds(to_seconds(cluster.all_reduce.time(cluster.ranks.size())) * time_scale)),
      stand_in_cost_(cluster.stand_in > 0 ? mean_stand_in_cost() : 0) {
  // By default the kernel may wake sleepers up to 50 µs late, which is not in the profile.
  constexpr unsigned long timer_slack_ns = 1;
  static_cast<void>(::prctl(PR_SET_TIMERSLACK, timer_slack_ns));
  wait_for_start();
}

// As in a simulation, a worker that starts late asks for no work before.
void SimulatedWorkload::wait_for_start() const {
  const HostClock::time_point now = HostClock::now();
  const Instant here = instant_at(to_seconds(session_.elapsed()) / time_scale_);
  const std::optional<Instant> start = device_.awake(here);
  if (start) HostClock::sleep_until(now + from_seconds(to_seconds(*start - here) * time_scale_));
}

Fate SimulatedWorkload::work_on(const Step& step) {
  if (const std::string path = std::exchange(profile_path_, ""); !path.empty()) {
    warn(path, step.cost());
  }
  const Duration elapsed = session_.elapsed();
  const HostClock::time_point now = HostClock::now();
  const Instant start = instant_at(to_seconds(elapsed) / time_scale_);
  const bool is_left_out = step.samples() == 0;  // of a global batch
  if (is_left_out) session_.stand_in(step, cluster_.stand_in);
  const double cost = is_left_out ? stand_in_cost_ : true_cost(step);
  const std::optional<Instant> end = cost > 0 ? device_.finish(start, cost) : device_.idle(start);
  if (!end) return Fate::dies;
  const HostClock::time_point end_here = now + from_seconds(to_seconds(*end - start) * time_scale_);
  if (work_until(end_here) == Fate::outrun) return Fate::outrun;
  const bool is_poisoned =
      cluster_.poisons({DatasetIndex(step.dataset()), Epoch(step.epoch())}, Position(step.begin()));
  if (step.number() < 0 && (device_.fails() || is_poisoned)) {  // in lease mode
    throw StepFault("as the cluster profile says");
  }
  return Fate::lives;
}

void SimulatedWorkload::warn(const std::string& profile_path, double step_cost) const {
  const auto file_cost = [this](std::int64_t file) {
    const double share =
        static_cast<double>(session_.file_samples(file)) / static_cast<double>(session_.samples());
    return session_.cost() * share;
  };
  constexpr double unknown_end_s = std::numeric_limits<double>::infinity();
  for (const std::string& text :
       {unused_keys_text(cluster_, profile_path, job_.mode),
        long_steps_text(cluster_, profile_path, {step_cost, file_cost, ""}, job_, unknown_end_s,
                        time_scale_)}) {
    if (!text.empty()) fmt::print(stderr, "evenkeel: {}\n", text);
  }
}

// Where steps may be done twice, another may do this one, and the job be over, before it ends.
Fate SimulatedWorkload::work_until(HostClock::time_point end) {
  constexpr std::chrono::milliseconds between_looks{50};
  while (job_.idempotent && HostClock::now() + between_looks < end) {
    HostClock::sleep_for(between_looks);
    if (session_.is_over()) return Fate::outrun;
  }
  HostClock::sleep_until(end);
  return Fate::lives;
}

// A session knows the cost of the whole step only: its files bear it by their samples.
double SimulatedWorkload::true_cost(const Step& step) const {
  if (cluster_.file_factors.empty() && profile_.file_factors.empty()) return step.cost();
  double samples = 0;
  for (const Extent& extent : step.extents()) {
    samples += static_cast<double>(extent.count) * file_factor(extent.file);
  }
  return step.cost() * samples / static_cast<double>(step.samples());
}

// Of the mean sample.
double SimulatedWorkload::mean_stand_in_cost() const {
  double samples = 0;
  for (std::int64_t file = 0; file < session_.files(); ++file) {
    samples += static_cast<double>(session_.file_samples(file)) * file_factor(file);
  }
  const double all = static_cast<double>(session_.samples());
  return session_.cost() / all * samples / all * static_cast<double>(cluster_.stand_in);
}

double SimulatedWorkload::file_factor(std::int64_t file) const {
  return factor_of(cluster_.file_factors, file) * factor_of(profile_.file_factors, file);
}

void SimulatedWorkload::all_reduce() {
  if (all_reduce_ > Duration::zero()) HostClock::sleep_for(all_reduce_);
}

}  // namespace evenkeel
