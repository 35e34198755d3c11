// evenkeel simulate: runs a job in virtual time, and compares policies.
#include "core/option_values.h"
#include "simulation/device.h"
#include "simulation/simulation.h"
#include "simulation/step_oracle.h"
#include "simulation/step_simulation.h"
#include "simulation/true_costs.h"

#include <fmt/ostream.h>

#include <algorithm>
#include <cmath>
#include <iostream>
#include <optional>
#include <string>
#include <utility>

#include "balance/policy_table.h"
#include "command.h"
#include "command_line.h"
#include "coordinator/known_speeds.h"
#include "core/display_text.h"
#include "dataset/dataset.h"
#include "evenkeel/error.h"
#include "job/job_options.h"
#include "job/output_check.h"
#include "job/worker_weights.h"
#include "job_arguments.h"
#include "long_steps.h"
#include "manifest_summary.h"
#include "policy_comparison.h"
#include "policy_table.h"
#include "report/balance_report.h"
#include "report/job_log.h"
#include "report/prior_agreement.h"
#include "report/read_speeds.h"
#include "report/report_file.h"
#include "report/spans_writer.h"
#include "unused_keys.h"

namespace evenkeel {
namespace {

struct SimulateOptions {
  JobOptions job;
  std::string cluster;
  std::int32_t runs = 1;
  std::int32_t read_ahead = 0;
  bool every_policy = false;
  std::optional<PolicyKind> vs;

  bool is_one_job() const { return !every_policy && runs == 1; }
};

constexpr CommandText help{
    .usage = "evenkeel simulate --manifest FILE --cluster FILE [options]",
    .description =
        "Does a job on the simulated workers of a cluster profile, in virtual time and without "
        "MPI, with the coordinator and workers of 'evenkeel run'. Prints the balance report of one "
        "policy, or a table that compares policies.\n\n"
        "T* is the limit that the table compares with: in lease mode the makespan that no schedule "
        "beats; in step mode the makespan of an oracle that divides every step by the speeds of "
        "that very moment.",
    .examples =
        "evenkeel simulate --manifest m.json --cluster c.json\n"
        "evenkeel simulate --manifest m.json --cluster c.json --policy self --runs 9\n"
        "evenkeel simulate --manifest m.json --cluster c.json --vs adaptive --runs 10",
    .exit_status = "0 all work done; 1 some policy left work undone; 2 bad usage or input",
};

void check_comparison(const SimulateOptions& options) {
  const std::vector<PolicyKind> policies = policies_of(options.job.mode);
  if (std::ranges::find(policies, *options.vs) == policies.end()) {
    throw UserError(fmt::format("--vs: {} requires --mode lease", name_of(*options.vs)));
  }
  if (options.runs < least_compared_runs) {
    throw UserError(fmt::format(
        "--vs: {} is too few runs to tell a difference from chance; give --runs {} or more",
        options.runs, least_compared_runs));
  }
  for (const std::string& path : options.job.reports) {
    if (path.ends_with(".json")) continue;
    throw UserError(fmt::format(
        "{}: a comparison of policies is reported as JSON; end the name in .json", path));
  }
}

SimulateOptions parse_options(const Invocation& invocation) {
  SimulateOptions options;
  options.job.baseline = false;  // other policies show the gain
  CommandLine command_line(invocation.help(help));
  command_line.group("Cluster");
  command_line.text({"cluster", "FILE", "the cluster profile: the workers and their speeds"},
                    options.cluster);
  command_line.whole({"runs", "N", "runs of each policy, with seeds SEED, SEED + 1, ..."},
                     {1, 1000}, options.runs);
  command_line.choice({"vs", "POLICY",
                       "say which policies are better or worse than this one, over the same seeds; "
                       "--report FILE.json has it all"},
                      options.vs);
  add_mode_option(command_line, options.job);
  command_line.whole(
      {"read-ahead", "N", "steps that workers take ahead of the one in work; step mode",
       OptionUse::rare},
      {0, 1000}, options.read_ahead);
  using enum OptionGroup;
  add_job_options(command_line, options.job, {data, balance, lease_mode, step_mode, results},
                  &options.every_policy);
  command_line.explain_argument(
      [&](const std::string& argument) { return argument_remedy(argument, invocation.arguments); });
  command_line.parse(invocation.arguments);

  check_data_options(command_line, options.job);
  check_mode_options(command_line, options.job);
  if (command_line.given("read-ahead") && options.job.mode != Mode::step) {
    throw UserError("--read-ahead: requires --mode step");
  }
  if (!options.every_policy) check_policy_options(options.job);
  if (options.cluster.empty()) {
    throw UserError("--cluster: missing; it names the profile of the simulated workers");
  }
  if (options.vs) check_comparison(options);
  for (const std::string name : {"report", "spans", "log", "replay"}) {
    const bool is_compared = name == "report";
    if (options.is_one_job() || (is_compared && options.vs) || !command_line.given(name)) continue;
    throw UserError(fmt::format("--{}: requires a single job; give one --policy, and no --runs{}",
                                name, is_compared ? ", or --vs to compare policies" : ""));
  }
  check_outputs(options.job, {{"--cluster", options.cluster}});
  return options;
}

// Writes spans, events and plans as the coordinator records them.
class Records : public SimulationObserver {
 public:
  void open_spans(const std::string& path) { spans_.emplace(path); }
  void open_log(const std::string& path, const CoordinatorOptions& job, const Dataset& dataset) {
    log_.emplace(path, job, dataset);
  }

  void on_span(const Span& span) override {
    if (spans_) spans_->on_span(span);
  }
  void on_event(const Event& event) override {
    if (log_) log_->on_event(event);
  }
  void on_plan(const PlanRecord& plan) override {
    if (log_) log_->on_plan(plan);
  }

  void close() override {
    if (spans_) spans_->close();
    if (log_) log_->close();
  }

 private:
  std::optional<SpansWriter> spans_;
  std::optional<JobLog> log_;
};

// The job of the command line, to be simulated with different policies and seeds.
class SimulatedJob {
 public:
  explicit SimulatedJob(const SimulateOptions& options)
      : options_(options.job),
        profile_path_(options.cluster),
        read_ahead_(options.read_ahead),
        cluster_(read_cluster_profile(options.cluster)),
        dataset_(Dataset::cut(read_dataset(options_), options_.shard_samples)) {
    check_files();
    for (const RankProfile& rank : cluster_.ranks) {
      hosts_.push_back(rank.host.empty() ? "node-0" : rank.host);
    }
    if (!options_.speeds.empty()) {
      earlier_speeds_ = match_speeds(read_speeds(options_.speeds), hosts_);
    }
  }

  // `records`: the files that the command line asks for; null if the job is one of several.
  BalanceReport run(PolicyKind policy, std::uint64_t seed, Records* records) const {
    BalanceReport report = report_of(policy, seed, records);
    report.judged = true;  // virtual time is exact, however short
    return report;
  }

  // What users should know of their options and profile. `makespan_s`: the longest.
  std::vector<std::string> remarks(double makespan_s) const {
    const UsualStep step{step_cost(),
                         [this](std::int64_t file) {
                           return dataset_.cost_between(dataset_.file_begin(file),
                                                        dataset_.file_begin(file + 1));
                         },
                         dataset_.cost_unit()};
    return {weights_text(options_.weights, hosts_),
            unused_keys_text(cluster_, profile_path_, options_.mode),
            long_steps_text(cluster_, profile_path_, step, options_, makespan_s)};
  }

  // Whether to take weights from the profile: the policy needs them, and the user gave none.
  bool is_weighted_by_speed(PolicyKind policy) const {
    return entry_of(policy).weights == WeightUse::rule && options_.weights.empty() &&
           options_.speeds.empty();
  }

  // What users should know of the hosts that the manifest names, or "".
  std::string homes_note() const {
    if (options_.order != DealOrder::free) return "";
    return homes_text(dataset_, homes_of(dataset_, hosts_),
                      options_.shuffle.value_or(usual_shuffle(options_.mode)));
  }

  // What is known beforehand of the workers' speeds, and not by the profile; empty: nothing.
  std::string speeds_text() const {
    return options_.speeds.empty() ? "" : match_text(earlier_speeds_, options_.speeds);
  }

 private:
  // Of a mean step, or a mean part of one.
  double step_cost() const {
    const bool in_steps = options_.mode == Mode::step;
    const std::int64_t samples =
        std::min(dataset_.samples(), in_steps ? options_.global_batch : options_.step_samples);
    const double cost =
        dataset_.cost() * static_cast<double>(samples) / static_cast<double>(dataset_.samples());
    return in_steps ? cost / static_cast<double>(hosts_.size()) : cost;
  }

  BalanceReport report_of(PolicyKind policy, std::uint64_t seed, Records* records) const {
    JobOptions job = options_;
    job.policy = policy;
    job.seed = seed;
    const bool uses_weights = entry_of(policy).weights != WeightUse::none;
    if (!uses_weights) {
      job.weights.clear();
      job.speeds.clear();
    }
    if (policy != PolicyKind::adaptive) {
      job.order = DealOrder::fixed;
      job.idempotent = false;
    }
    CoordinatorOptions options = checked_options(job, hosts_, dataset_);
    if (!job.replay.empty()) options.step->replay = read_plans(job.replay, options, dataset_);
    if (is_weighted_by_speed(policy)) options.policy.weights = first_speeds();
    if (uses_weights && earlier_speeds_.known > 0) options.policy.weights = earlier_speeds_.weights;
    const double bound = bound_s(options, seed);
    check_length(bound);
    if (records != nullptr) open(*records, options);
    if (options.step) {
      const StepSimulationResult result =
          simulate_steps(dataset_, cluster_, options, seed, read_ahead_, records);
      BalanceReport report =
          make_balance_report(describe(dataset_, options), result.job, result.workers, hosts_,
                              result.events, bound, result.steps);
      report.prior = prior_agreement(options.policy, result.workers);
      return report;
    }
    const SimulationResult result = simulate(dataset_, cluster_, options, seed, records);
    BalanceReport report = make_balance_report(
        describe(dataset_, options), result.job, result.workers, hosts_, result.events,
        result.bound_s, std::nullopt, set_aside_samples(dataset_, options, result.set_aside));
    report.learned = learned_files(dataset_, result.learned);
    report.prior = prior_agreement(options.policy, result.workers);
    report.learned_homes = learned_homes(dataset_, result.learned_homes);
    return report;
  }

  void open(Records& records, const CoordinatorOptions& options) const {
    if (!options_.spans.empty()) records.open_spans(options_.spans);
    if (!options_.log.empty()) records.open_log(options_.log, options, dataset_);
  }

  // T*. In step mode: dividing every step by the speeds of that moment.
  double bound_s(const CoordinatorOptions& options, std::uint64_t seed) const {
    if (!options.step) return job_bound_s(dataset_, cluster_, options);
    const std::vector<Instant> ends = oracle_step_ends(dataset_, cluster_, options, seed);
    return ends.empty() ? 0 : to_seconds(ends.back());
  }

  void check_files() const {
    const std::optional<UnknownFile> unknown = unknown_file(cluster_, dataset_.files());
    if (!unknown) return;
    throw UserError(fmt::format(
        "{}: the file factors of {} name file {}; the manifest has the files 0 to {}",
        profile_path_, unknown->rank == 0 ? "all ranks" : fmt::format("rank {}", unknown->rank),
        unknown->file, dataset_.files() - 1));
  }

  // A job of decades, or of no time, is a mistake.
  void check_length(double bound_s) const {
    constexpr double shortest_s = 1e-6;
    constexpr double longest_s = 1e9;
    constexpr double year_s = 365.25 * 24 * 3600;
    if ((bound_s >= shortest_s && bound_s <= longest_s) || std::isinf(bound_s)) return;
    std::string time = "less than a microsecond";
    if (bound_s > longest_s) {
      const double most_s = to_seconds(end_of_time);
      time = fmt::format("{:.0f} years{}", std::min(bound_s, most_s) / year_s,
                         bound_s >= most_s ? " or more" : "");
    }
    throw UserError(fmt::format(
        "{}: at these speeds the job would take {}; are they in {} per second, the unit "
        "of the manifest's costs?",
        profile_path_, time, printable(dataset_.cost_unit())));
  }

  PerWorker<double> first_speeds() const {
    PerWorker<double> speeds;
    for (const RankProfile& rank : cluster_.ranks) speeds.push_back(rank.speed);
    return speeds;
  }

  const JobOptions& options_;
  const std::string& profile_path_;
  std::int32_t read_ahead_;
  ClusterProfile cluster_;
  Dataset dataset_;
  std::vector<std::string> hosts_;
  SpeedMatch earlier_speeds_;
};

constexpr const char* weights_note =
    "\nweights: the profile's first speeds; --weights gives others\n";

void write_speeds_note(const SimulatedJob& job) {
  for (const std::string& text : {job.speeds_text(), job.homes_note()}) {
    if (!text.empty()) fmt::print(std::cout, "\n{}\n", text);
  }
}

void write_remarks(const SimulatedJob& job, double makespan_s) {
  for (const std::string& text : job.remarks(makespan_s)) {
    if (!text.empty()) fmt::print(std::cerr, "evenkeel: {}\n", text);
  }
}

// One job, with its balance report.
ExitStatus report_job(const JobOptions& options, const SimulatedJob& job) {
  Records records;
  const BalanceReport report = job.run(options.policy, options.seed, &records);
  records.close();
  write_table(report, std::cout);
  if (job.is_weighted_by_speed(options.policy)) std::cout << weights_note;
  write_speeds_note(job);
  for (const std::string& path : options.reports) write_report_file(report, path);
  write_remarks(job, report.makespan_s);
  return report.complete ? ExitStatus::complete : ExitStatus::incomplete;
}

// Several jobs, with one line per policy.
ExitStatus compare_policies(const SimulateOptions& options, const SimulatedJob& job) {
  std::vector<PolicyKind> policies{options.job.policy};
  if (options.every_policy) {
    policies = policies_of(options.job.mode);
    std::erase(policies, PolicyKind::observe);  // same division as `static`
  }
  if (options.vs && std::ranges::find(policies, *options.vs) == policies.end()) {
    policies.push_back(*options.vs);
  }
  ExitStatus status = ExitStatus::complete;
  double longest_s = 0;
  std::vector<PolicyRuns> compared;
  bool by_speed = false;
  for (const PolicyKind policy : policies) {
    PolicyRuns& runs = compared.emplace_back(PolicyRuns{std::string(name_of(policy)), {}});
    for (std::int32_t i = 0; i < options.runs; ++i) {
      const std::uint64_t seed = options.job.seed + static_cast<std::uint64_t>(i);
      runs.reports.push_back(job.run(policy, seed, nullptr));
      if (!runs.reports.back().complete) status = ExitStatus::incomplete;
      longest_s = std::max(longest_s, runs.reports.back().makespan_s);
    }
    by_speed = by_speed || job.is_weighted_by_speed(policy);
  }
  const auto other = options.vs
                         ? std::ranges::find(compared, name_of(*options.vs), &PolicyRuns::policy)
                         : compared.end();
  write_policy_table(compared, other == compared.end() ? nullptr : &*other, std::cout);
  if (by_speed) std::cout << weights_note;
  write_speeds_note(job);
  for (const std::string& path : options.job.reports) {
    write_whole_file(comparison_json(compared, *other, options.job.seed), path);
  }
  write_remarks(job, longest_s);
  return status;
}

}  // namespace

ExitStatus simulate_command(const Invocation& invocation) {
  const SimulateOptions options = parse_options(invocation);
  for (const std::string& report : options.job.reports) check_report_path(report);
  const SimulatedJob job(options);
  return options.is_one_job() ? report_job(options.job, job) : compare_policies(options, job);
}

}  // namespace evenkeel
