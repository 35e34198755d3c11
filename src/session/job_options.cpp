#include "session/job_options.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <limits>
#include <optional>
#include <set>
#include <string_view>
#include <utility>

#include "core/suggestion.h"
#include "report/balance_report.h"
#include "session/job_log.h"
#include "session/step_options.h"

namespace evenkeel {
namespace {

constexpr std::array<std::pair<std::string_view, Shuffle>, 4> shuffles{{
    {"none", Shuffle::none},
    {"shards", Shuffle::shards},
    {"block", Shuffle::block},
    {"full", Shuffle::full},
}};

[[noreturn]] void refuse_name(std::string_view option, std::string_view name,
                              const std::vector<std::string_view>& known) {
  const std::optional<std::string_view> nearest = nearest_name(name, known);
  throw UserError(fmt::format("{}: '{}' is unknown; {}", option, name,
                              nearest ? fmt::format("did you mean '{}'?", *nearest)
                                      : fmt::format("it is one of {}", fmt::join(known, ", "))));
}

Shuffle shuffle_named(std::string_view name) {
  std::vector<std::string_view> names;
  for (const auto& [known, shuffle] : shuffles) {
    if (known == name) return shuffle;
    names.push_back(known);
  }
  refuse_name("shuffle", name, names);
}

bool is_step_mode(std::string_view mode) {
  if (mode == "lease" || mode == "step") return mode == "step";
  throw UserError(fmt::format("mode: '{}' is unknown; it is one of lease, step", mode));
}

PolicyKind checked_policy(const SessionOptions& options) {
  const std::optional<PolicyKind> policy = policy_named(options.policy);
  std::vector<std::string_view> names;
  for (const PolicyKind kind : policies_of(options.mode)) names.push_back(policy_name(kind));
  if (!policy) refuse_name("policy", options.policy, names);
  if (std::find(names.begin(), names.end(), options.policy) != names.end()) return *policy;
  throw UserError(fmt::format("policy: '{}' is for lease mode; in step mode there are {}",
                              options.policy, fmt::join(names, ", ")));
}

PredictorKind checked_predictor(std::string_view name) {
  if (const std::optional<PredictorKind> predictor = predictor_named(name)) return *predictor;
  refuse_name("predictor", name, {predictor_names().begin(), predictor_names().end()});
}

void require_at_least(std::string_view option, std::int64_t value, std::int64_t least) {
  if (value >= least) return;
  throw UserError(fmt::format("{}: {} is too small; give at least {}", option, value, least));
}

void require_at_most(std::string_view option, std::int64_t value, std::int64_t most) {
  if (value <= most) return;
  throw UserError(fmt::format("{}: {} is too large; give at most {}", option, value, most));
}

// Seconds as a duration; a century is as good as for ever, and its sums do not overflow.
Duration checked_seconds(std::string_view option, double seconds) {
  constexpr double century_s = 100 * 365.25 * 24 * 3600;
  if (!std::isfinite(seconds) || seconds <= 0) {
    throw UserError(fmt::format("{}: {} is no time; give seconds above 0", option, seconds));
  }
  return from_seconds(std::min(seconds, century_s));
}

double checked_weight(std::string_view text) {
  constexpr double least = 1e-6;
  constexpr double most = 1e6;
  double weight = 0;
  const char* const end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, weight);
  if (error != std::errc() || rest != end || !(weight >= least && weight <= most)) {
    throw UserError(
        fmt::format("weights: '{}' is no weight; give a number from 1e-6 to 1e6", text));
  }
  return weight;
}

// "gpu-a=4", …: for all workers of that host; 1 for those of hosts not named.
std::vector<double> weights_by_host(const std::vector<std::string>& weights,
                                    const std::vector<std::string>& hosts) {
  std::vector<double> result(hosts.size(), 1.0);
  std::vector<std::string_view> named;
  for (const std::string_view entry : weights) {
    const std::size_t equals = entry.rfind('=');
    if (equals == std::string_view::npos) {
      throw UserError(
          fmt::format("weights: '{}' names no host, others do; give host=weight for all, or one "
                      "weight a worker",
                      entry));
    }
    const std::string_view host = entry.substr(0, equals);
    if (std::find(named.begin(), named.end(), host) != named.end()) {
      throw UserError(fmt::format("weights: host '{}' is there twice; keep one of them", host));
    }
    named.push_back(host);
    const double weight = checked_weight(entry.substr(equals + 1));
    bool found = false;
    for (std::size_t i = 0; i < hosts.size(); ++i) {
      if (hosts[i] != host) continue;
      result[i] = weight;
      found = true;
    }
    if (!found) {
      const std::set<std::string_view> known(hosts.begin(), hosts.end());
      refuse_name("weights: host", host, {known.begin(), known.end()});
    }
  }
  return result;
}

std::vector<double> checked_weights(const std::vector<std::string>& weights,
                                    const std::vector<std::string>& hosts) {
  const auto names_host = [](const std::string& entry) {
    return entry.find('=') != std::string::npos;
  };
  if (std::any_of(weights.begin(), weights.end(), names_host)) {
    return weights_by_host(weights, hosts);
  }
  if (weights.size() != hosts.size()) {
    throw UserError(
        fmt::format("weights: {} given for {} workers; give one a worker, or host=weight",
                    weights.size(), hosts.size()));
  }
  std::vector<double> result;
  result.reserve(weights.size());
  for (const std::string& entry : weights) result.push_back(checked_weight(entry));
  return result;
}

PolicyOptions policy_options(const SessionOptions& options, const std::vector<std::string>& hosts) {
  PolicyOptions result;
  result.kind = checked_policy(options);
  result.seed = options.seed;
  if (options.weights.empty()) return result;
  if (!uses_weights(result.kind)) {
    throw UserError(fmt::format("weights: policy '{}' does not use them; choose policy '{}'",
                                options.policy, policy_name(PolicyKind::weighted)));
  }
  result.weights = checked_weights(options.weights, hosts);
  return result;
}

void check_ledger_options(const SessionOptions& options) {
  if (options.resume && options.ledger.empty()) {
    throw UserError("resume: there is nothing to resume without a ledger; name the run's");
  }
  if (options.ledger.empty()) return;
  if (options.first_step != 0) {
    throw UserError("first step: the ledger knows where the run goes on; leave one of them out");
  }
  if (options.resume && !options.replay.empty()) {
    throw UserError("replay: the plans of a log begin at its first step; leave --resume out");
  }
}

}  // namespace

CoordinatorOptions checked_options(const SessionOptions& options,
                                   const std::vector<std::string>& hosts) {
  if (hosts.empty()) {
    throw UserError(
        "an evenkeel job needs at least 2 ranks, as rank 0 only coordinates; start it with, for "
        "instance, mpirun -n 3");
  }
  if (options.manifest.empty()) {
    throw UserError("manifest: none given; name a manifest file or a directory");
  }
  require_at_least("epochs", options.epochs, 1);
  require_at_least("step_samples", options.step_samples, 1);
  require_at_least("shard_samples", options.shard_samples, 1);
  require_at_least("shuffle_block", options.shuffle_block, 1);
  require_at_least("warmup_steps", options.warmup_steps, 0);
  require_at_most("warmup_steps", options.warmup_steps, 1'000'000);

  CoordinatorOptions result;
  result.workers = static_cast<std::int32_t>(hosts.size());
  result.epochs = options.epochs;
  result.overlap = options.epoch_barrier ? EpochOverlap::forbidden : EpochOverlap::allowed;
  result.step_samples = options.step_samples;
  const Shuffle usual = is_step_mode(options.mode) ? Shuffle::block : Shuffle::shards;
  result.order = {options.shuffle.empty() ? usual : shuffle_named(options.shuffle), options.seed,
                  options.shuffle_block};
  result.shard_samples = options.shard_samples;
  result.policy = policy_options(options, hosts);
  result.predictor = checked_predictor(options.predictor);
  result.warmup_steps = options.warmup_steps;
  result.report_interval = checked_seconds("report_interval_s", options.report_interval_s);
  if (options.lease_deadline_s) {
    result.lease_deadline = checked_seconds("lease_deadline_s", *options.lease_deadline_s);
  }
  check_ledger_options(options);
  for (const std::string& report : options.reports) check_report_path(report);
  return result;
}

CoordinatorOptions checked_options(const SessionOptions& options,
                                   const std::vector<std::string>& hosts, const Dataset& dataset) {
  CoordinatorOptions result = checked_options(options, hosts);
  if (dataset.samples() > std::numeric_limits<std::int64_t>::max() / options.epochs) {
    throw UserError(fmt::format("epochs: {} of {} samples are more than can be counted; give fewer",
                                options.epochs, dataset.samples()));
  }
  // Longer steps would be no different: the dataset is one step then.
  result.step_samples = std::min(result.step_samples, dataset.samples());
  if (is_step_mode(options.mode)) {
    result.step = checked_step_mode(options, result.workers, dataset.samples());
    const BatchLine& line = result.step->line;
    result.epochs = line.epoch(line.steps - 1).value() + 1;
    if (!options.replay.empty()) result.step->replay = read_plans(options.replay, result, dataset);
    return result;
  }
  if (options.steps) throw UserError("steps: of use in step mode only; leave it out");
  if (options.first_step != 0) {
    throw UserError("first step: of use in step mode only; leave it out");
  }
  if (!options.replay.empty()) throw UserError("replay: of use in step mode only; leave it out");
  return result;
}

std::string_view shuffle_name(Shuffle shuffle) {
  return std::find_if(shuffles.begin(), shuffles.end(),
                      [shuffle](const auto& named) { return named.second == shuffle; })
      ->first;
}

std::span<const PolicyKind> policies_of(std::string_view mode) {
  static constexpr std::array<PolicyKind, 5> in_step_mode{
      PolicyKind::adaptive, PolicyKind::performance, PolicyKind::weighted, PolicyKind::static_split,
      PolicyKind::observe};
  if (is_step_mode(mode)) return in_step_mode;
  return all_policies();
}

}  // namespace evenkeel
