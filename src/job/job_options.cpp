#include "job/job_options.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <filesystem>
#include <limits>
#include <optional>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include "balance/policy_table.h"
#include "core/display_text.h"
#include "core/number_format.h"
#include "core/option_values.h"
#include "job/option_error.h"
#include "job/option_list.h"
#include "job/output_check.h"
#include "job/step_options.h"
#include "job/worker_weights.h"

namespace evenkeel {
namespace {

void check_range(const OptionInfo& info, std::int64_t value) {
  if (std::cmp_less(value, info.range.least)) {
    throw OptionError(info.name,
                      fmt::format("{} is too small; give at least {}", value, info.range.least));
  }
  if (std::cmp_greater(value, info.range.most)) {
    throw OptionError(info.name,
                      fmt::format("{} is too large; give at most {}", value, info.range.most));
  }
}

// Checks one option that its type and description suffice to check.
class OptionCheck {
 public:
  explicit OptionCheck(Mode mode) : mode_(mode) {}

  void operator()(const OptionInfo& info, std::int32_t value) const { check_range(info, value); }
  void operator()(const OptionInfo& info, std::int64_t value) const { check_range(info, value); }
  void operator()(const OptionInfo& info, const std::optional<std::int64_t>& value) const {
    if (value) check_range(info, *value);
    check_mode(info, value.has_value());
  }
  void operator()(const OptionInfo& info, const std::string& value) const {
    check_text(info, value);
    check_mode(info, !value.empty());
  }
  void operator()(const OptionInfo& info, const std::vector<std::string>& values) const {
    for (const std::string& value : values) check_text(info, value);
  }
  void operator()(const OptionInfo& /*info*/, const auto& /*value*/) const {}

 private:
  // The system would take what is before it for the name of a file.
  static void check_text(const OptionInfo& info, const std::string& value) {
    if (value.find('\0') == std::string::npos) return;
    throw OptionError(info.name, fmt::format("'{}' has a NUL in it, which no file's name has; "
                                             "leave it out",
                                             printable(value)));
  }

  void check_mode(const OptionInfo& info, bool is_set) const {
    const std::optional<Mode> only = mode_of(info.group);
    if (!is_set || !only || *only == mode_) return;
    throw OptionError(info.name, fmt::format("requires --mode {}", name_of(*only)));
  }

  Mode mode_;
};

std::vector<std::string_view> names_of(const std::vector<PolicyKind>& policies) {
  std::vector<std::string_view> names;
  names.reserve(policies.size());
  for (const PolicyKind kind : policies) names.push_back(name_of(kind));
  return names;
}

// Those that use weights.
std::vector<std::string_view> weighted_policies(Mode mode) {
  std::vector<PolicyKind> policies = policies_of(mode);
  std::erase_if(policies,
                [](PolicyKind kind) { return entry_of(kind).weights == WeightUse::none; });
  return names_of(policies);
}

void check_policy(const JobOptions& options) {
  const std::vector<PolicyKind> policies = policies_of(options.mode);
  if (std::ranges::find(policies, options.policy) != policies.end()) return;
  throw OptionError("policy",
                    fmt::format("{} requires --mode lease; in step mode give one of {}",
                                name_of(options.policy), fmt::join(names_of(policies), ", ")));
}

// Seconds as a duration, clamped to a century so that sums do not overflow.
Duration checked_seconds(std::string_view option, double seconds) {
  constexpr double century_s = 100 * 365.25 * 24 * 3600;
  if (!std::isfinite(seconds) || seconds <= 0) {
    throw OptionError(option, fmt::format("{} is not a duration; give seconds above 0", seconds));
  }
  return from_seconds(std::min(seconds, century_s));
}

// So long that reports take a tenth of a core of rank 0 at most, up to a limit: a slowdown is
// believed after three reports. Reports come several times before a deadline of more than
// that.
Duration usual_report_interval(std::int32_t workers, std::optional<Duration> lease_deadline) {
  constexpr Duration least = std::chrono::milliseconds(100);
  constexpr Duration longest = std::chrono::milliseconds(2500);
  constexpr Duration report = std::chrono::microseconds(8);  // 3.4 µs measured over TCP
  constexpr int share = 10;
  constexpr int reports_a_deadline = 4;
  const Duration most =
      lease_deadline ? std::min(longest, *lease_deadline / reports_a_deadline) : longest;
  return std::max(least, std::min(most, workers * share * report));
}

// 0: none given.
std::int32_t checked_start(const JobOptions& options, std::int32_t workers) {
  const std::int64_t start = options.start_with.value_or(0);
  if (start > workers) {
    throw OptionError("start-with",
                      fmt::format("{} is too large, as the job has {}; give at most {}", start,
                                  counted(workers, "worker"), workers));
  }
  return static_cast<std::int32_t>(start);
}

PolicyOptions policy_options(const JobOptions& options, const std::vector<std::string>& hosts) {
  PolicyOptions result;
  result.kind = options.policy;
  result.seed = options.seed;
  if (!options.weights.empty()) {
    result.weights = checked_weights(options.weights, hosts).weights;
  }
  return result;
}

void check_ledger_options(const JobOptions& options) {
  if (options.resume && options.ledger.empty()) {
    throw OptionError("resume", "requires --ledger, which names the run to go on with");
  }
  if (options.new_run && options.ledger.empty()) {
    throw OptionError("new", "requires --ledger, which names the file of the run to begin");
  }
  if (options.new_run && options.resume) {
    throw OptionError("new", "conflicts with --resume, which goes on with a run; leave one out");
  }
  if (options.ledger.empty()) return;
  if (options.first_step.value_or(0) != 0) {
    throw OptionError(
        "first-step",
        "conflicts with --ledger, which knows where the run goes on; leave one of them out");
  }
  if (options.resume && !options.replay.empty()) {
    throw OptionError("replay",
                      "conflicts with --resume, as the plans of a log begin at its first step; "
                      "leave one of them out");
  }
}

// The files that get what this process and its launcher say; a rank's output goes through mpirun.
std::vector<std::filesystem::path> output_files() {
  std::vector<std::filesystem::path> files;
  for (const pid_t process : {::getpid(), ::getppid()}) {
    for (const int descriptor : {STDOUT_FILENO, STDERR_FILENO}) {
      std::error_code none;
      const auto path =
          std::filesystem::read_symlink(fmt::format("/proc/{}/fd/{}", process, descriptor), none);
      if (std::filesystem::is_regular_file(path, none)) files.push_back(path);
    }
  }
  return files;
}

}  // namespace

FileSelection file_selection(const JobOptions& options) {
  FileSelection selection{options.include, options.exclude, output_files()};
  auto& own = selection.own_files;
  own.insert(own.end(), options.reports.begin(), options.reports.end());
  for (const std::string& file : {options.speeds, options.spans, options.log, options.replay}) {
    if (!file.empty()) own.emplace_back(file);
  }
  const std::vector<std::filesystem::path> ledger = ledger_files(options.ledger);
  own.insert(own.end(), ledger.begin(), ledger.end());
  return selection;
}

CoordinatorOptions checked_options(const JobOptions& options,
                                   const std::vector<std::string>& hosts) {
  if (hosts.empty()) {
    throw UserError(
        "an evenkeel job needs at least 2 ranks, as rank 0 only coordinates; start it with, for "
        "instance, mpirun -n 3");
  }
  if (options.manifest.empty()) {
    throw OptionError("manifest", "none given; name a manifest file or a directory");
  }
  visit_options(options, OptionCheck(options.mode));
  check_policy(options);
  check_policy_options(options);

  CoordinatorOptions result;
  result.workers = static_cast<std::int32_t>(hosts.size());
  result.epochs = options.epochs;
  result.overlap = options.epoch_barrier ? EpochOverlap::forbidden : EpochOverlap::allowed;
  result.deal = options.order;
  result.start_with = checked_start(options, result.workers);
  result.idempotent = options.idempotent;
  result.step_samples = options.step_samples;
  result.order = {options.shuffle.value_or(usual_shuffle(options.mode)), options.seed,
                  options.shuffle_block};
  result.shard_samples = options.shard_samples;
  result.policy = policy_options(options, hosts);
  result.predictor = options.predictor;
  result.warmup_steps = options.warmup_steps;
  if (options.lease_deadline_s) {
    result.lease_deadline = checked_seconds("lease-deadline", *options.lease_deadline_s);
  }
  result.report_interval = options.report_interval_s
                               ? checked_seconds("report-interval", *options.report_interval_s)
                               : usual_report_interval(result.workers, result.lease_deadline);
  if (options.grace_s != 0) checked_seconds("grace", options.grace_s);
  check_ledger_options(options);
  check_outputs(options);
  return result;
}

CoordinatorOptions checked_options(const JobOptions& options, const std::vector<std::string>& hosts,
                                   const Dataset& dataset) {
  CoordinatorOptions result = checked_options(options, hosts);
  if (dataset.samples() > std::numeric_limits<std::int64_t>::max() / options.epochs) {
    throw OptionError("epochs",
                      fmt::format("{} of {} samples are more than can be counted; give fewer",
                                  options.epochs, dataset.samples()));
  }
  // Longer steps would not differ: the dataset would be one step.
  result.step_samples = std::min(result.step_samples, dataset.samples());
  if (options.mode == Mode::lease) {
    const bool is_free = options.order == DealOrder::free && options.policy == PolicyKind::adaptive;
    if (is_free && keeps_files_together(result.order.shuffle)) {
      result.homes = homes_of(dataset, hosts);
    }
    result.hosts = hosts;
    return result;
  }
  result.step = checked_step_mode(options, result.workers, dataset.samples());
  const BatchLine& line = result.step->line;
  result.epochs = line.pass(line.steps - 1).epoch.value() + 1;
  return result;
}

bool has_prior(PolicyKind policy) { return entry_of(policy).weights == WeightUse::prior; }

void check_policy_options(const JobOptions& options) {
  if (options.order == DealOrder::free && options.policy != PolicyKind::adaptive) {
    throw OptionError("order", fmt::format("--policy {} ignores it; give --policy {}",
                                           name_of(options.policy), name_of(PolicyKind::adaptive)));
  }
  if (options.idempotent && options.policy != PolicyKind::adaptive) {
    throw OptionError("idempotent",
                      fmt::format("--policy {} ignores it; give --policy {}",
                                  name_of(options.policy), name_of(PolicyKind::adaptive)));
  }
  const bool are_given = !options.weights.empty();
  if (are_given && !options.speeds.empty()) {
    throw OptionError("speeds", "conflicts with --weights; leave one of them out");
  }
  if (entry_of(options.policy).weights != WeightUse::none) return;
  if (!are_given && options.speeds.empty()) return;
  throw OptionError(are_given ? "weights" : "speeds",
                    fmt::format("--policy {} ignores them; give one of {}", name_of(options.policy),
                                fmt::join(weighted_policies(options.mode), ", ")));
}

}  // namespace evenkeel
