// evenkeel plan: shows how a dataset would be cut and shared out, without any ranks.
#include <fmt/ostream.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <iostream>
#include <numeric>
#include <optional>

#include "command.h"
#include "command_line.h"
#include "core/display_text.h"
#include "core/number_format.h"
#include "dataset/dataset.h"
#include "dataset/epoch_order.h"
#include "evenkeel/error.h"
#include "job/job_options.h"
#include "job/output_check.h"
#include "job_arguments.h"
#include "manifest_summary.h"
#include "report/cost_scale.h"
#include "report/text_table.h"

namespace evenkeel {
namespace {

struct PlanOptions {
  JobOptions job;
  std::optional<std::int32_t> workers;
};

constexpr CommandText help{
    .usage = "evenkeel plan --manifest FILE --workers N [options]",
    .description =
        "Shows how a dataset would be cut into shards and steps, and what each of N workers would "
        "get of an epoch if all were as fast as their weights say. Starts nothing.",
    .examples =
        "evenkeel plan --manifest images.json --workers 8\n"
        "evenkeel plan --manifest images.json --workers 4 --weights 1,1,2,4",
    .exit_status = "0; 2 bad usage or input",
};

PlanOptions parse_options(const Invocation& invocation) {
  PlanOptions options;
  options.job.policy = PolicyKind::weighted;
  CommandLine command_line(invocation.help(help));
  command_line.group("Workers");
  command_line.whole({"workers", "N", "how many divide the work"}, {1, 1'000'000}, options.workers);
  add_job_option(command_line, options.job, "weights");
  add_job_option(command_line, options.job, "step-samples");
  add_job_options(command_line, options.job, {OptionGroup::data});
  command_line.explain_argument(
      [&](const std::string& argument) { return argument_remedy(argument, invocation.arguments); });
  command_line.explain_option("ranks", "give --workers");
  command_line.parse(invocation.arguments);

  check_data_options(command_line, options.job);
  check_outputs(options.job);
  if (!options.workers) throw UserError("--workers: missing; give how many there are");
  for (const std::string& weight : options.job.weights) {
    if (weight.find('=') == std::string::npos) continue;
    throw UserError(fmt::format(
        "--weights: '{}' names a host, but a plan has none; give one weight per worker", weight));
  }
  return options;
}

// Each worker's share of the whole; equal without weights.
PerWorker<double> worker_shares(PerWorker<double> weights, std::int32_t workers) {
  if (weights.empty()) weights = PerWorker<double>(workers, 1.0);
  const double sum = std::accumulate(weights.begin(), weights.end(), 0.0);
  for (double& weight : weights) weight /= sum;
  return weights;
}

// The epoch line, cut between steps.
class StepLine {
 public:
  StepLine(const EpochOrder& order, std::int64_t step_samples)
      : order_(order), step_samples_(step_samples) {}

  std::int64_t steps() const { return (order_.samples() + step_samples_ - 1) / step_samples_; }
  Interval between(std::int64_t first_step, std::int64_t last_step) const {
    return {start_of(first_step), start_of(last_step)};
  }
  double cost(std::int64_t first_step, std::int64_t last_step) const {
    return order_.cost(between(first_step, last_step));
  }

  // The number of steps from the first on whose cost is nearest to this.
  std::int64_t steps_worth(double wanted) const {
    std::int64_t below = 0;  // the last that costs no more
    for (std::int64_t above = steps(); below < above;) {
      const std::int64_t middle = below + (above - below + 1) / 2;
      if (cost(0, middle) <= wanted) {
        below = middle;
      } else {
        above = middle - 1;
      }
    }
    if (below == steps()) return below;
    return cost(0, below + 1) - wanted < wanted - cost(0, below) ? below + 1 : below;
  }

 private:
  Position start_of(std::int64_t step) const {
    return Position(std::min(step * step_samples_, order_.samples()));
  }

  const EpochOrder& order_;
  std::int64_t step_samples_;
};

// The cost, if it says more than the number of samples.
std::string special_cost_text(double cost, const std::string& cost_unit) {
  return cost_unit == "samples" ? "" : cost_text(cost, cost_unit);
}

// The shards with the least and the greatest cost.
void write_shards(const Dataset& dataset, std::ostream& out) {
  const auto cost = [&dataset](std::int64_t shard) {
    return dataset.cost_between(dataset.shard_begin(shard), dataset.shard_begin(shard + 1));
  };
  std::int64_t smallest = 0;
  std::int64_t largest = 0;
  for (std::int64_t shard = 1; shard < dataset.shards(); ++shard) {
    if (cost(shard) < cost(smallest)) smallest = shard;
    if (cost(shard) > cost(largest)) largest = shard;
  }
  const auto describe = [&](std::int64_t shard) {
    const std::string special = special_cost_text(cost(shard), dataset.cost_unit());
    return counted(dataset.shard_begin(shard + 1) - dataset.shard_begin(shard), "sample") +
           (special.empty() ? "" : ", " + special);
  };
  fmt::print(out, "shards    {}; smallest {}; largest {}\n", grouped(dataset.shards()),
             describe(smallest), describe(largest));
}

// What each worker gets of the first epoch if it is divided once, in advance. Returns how many get
// nothing.
std::int32_t write_parts(const StepLine& line, const PerWorker<double>& shares,
                         const std::string& cost_unit, std::ostream& out) {
  using enum TextTable::Align;
  TextTable table(
      {{"worker", right}, {"share", right}, {"samples", right}, {"cost", right}, {"steps", right}});
  const double whole = line.cost(0, line.steps());
  double share_so_far = 0;
  std::int64_t first = 0;
  std::int32_t without_work = 0;
  for (const WorkerIndex worker : shares.indices()) {
    share_so_far += shares[worker];
    const bool takes_the_rest = worker.value() + 1 == shares.size();
    const std::int64_t last =
        takes_the_rest ? line.steps() : std::max(first, line.steps_worth(share_so_far * whole));
    const double cost = line.cost(first, last);
    table.add_row({std::to_string(worker.value() + 1), percent_text(cost / whole, 1),
                   grouped(line.between(first, last).samples()), special_cost_text(cost, cost_unit),
                   grouped(last - first)});
    without_work += last == first ? 1 : 0;
    first = last;
  }
  table.write(out);
  return without_work;
}

}  // namespace

ExitStatus plan_command(const Invocation& invocation) {
  const PlanOptions options = parse_options(invocation);
  const JobOptions& job = options.job;
  const std::int32_t workers = *options.workers;
  const CoordinatorOptions checked =
      checked_options(job, std::vector<std::string>(static_cast<std::size_t>(workers)));
  const PerWorker<double> shares = worker_shares(checked.policy.weights, workers);

  const Manifest manifest = read_dataset(job);
  const std::string summary = manifest_summary(manifest);
  const Dataset dataset = Dataset::cut(manifest, job.shard_samples);
  const EpochOrder order(dataset, checked.order, Epoch(0));
  const std::int64_t step_samples = std::min(job.step_samples, dataset.samples());
  const StepLine line(order, step_samples);
  const double fair_share = dataset.cost() * *std::max_element(shares.begin(), shares.end());
  const double largest_sample = dataset.largest_sample_costs(1).front();

  std::ostream& out = std::cout;
  fmt::print(out, "dataset   {}: {}\n", printable(dataset.name()), summary);
  fmt::print(out, "cost      {}; the largest sample is {} of a worker's fair share\n",
             cost_text(dataset.cost(), dataset.cost_unit()),
             percent_text(largest_sample / fair_share, 1));
  write_shards(dataset, out);
  fmt::print(out, "steps     {} of {}\n", grouped(line.steps()), counted(step_samples, "sample"));
  fmt::print(out, "\n{}, {}: mpirun -n {} with a trainer, -n {} with --workload\n",
             counted(workers, "worker"), job.weights.empty() ? "all alike" : "by their weights",
             workers, workers + 1);
  const std::int32_t without_work = write_parts(line, shares, dataset.cost_unit(), out);
  if (largest_sample > fair_share) {
    fmt::print(out,
               "warning: the largest sample costs {:.1f} times a worker's fair share: no schedule "
               "can be even\n",
               largest_sample / fair_share);
  }
  if (without_work > 0) {
    fmt::print(out,
               "warning: {} of {} workers get nothing, as only whole steps are divided; make steps "
               "smaller with --step-samples, or start fewer workers\n",
               without_work, workers);
  }
  return ExitStatus::complete;
}

}  // namespace evenkeel
