#include "job_arguments.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include "balance/policy_options.h"
#include "balance/predictor_kind.h"
#include "evenkeel/error.h"

namespace evenkeel {
namespace {

// More than any job has: beyond these, a number is a slip, and sums would overflow.
constexpr WholeRange sample_count{1, 1'000'000'000'000};
constexpr WholeRange epoch_count{1, 1'000'000};
constexpr WholeRange warmup_count{0, 1'000'000};

constexpr std::array<std::string_view, 4> shuffle_names{"none", "shards", "block", "full"};
constexpr std::array<std::string_view, 2> mode_names{"lease", "step"};
constexpr std::array<std::string_view, 2> partition_names{"count", "cost"};
constexpr std::array<std::string_view, 2> last_names{"partial", "drop"};

constexpr std::array<const char*, 2> lease_mode_only{"step-samples", "epoch-barrier"};
constexpr std::array<const char*, 10> step_mode_only{
    "global-batch", "micro-batch", "max-batch", "min-batch", "steps",
    "first-step",   "last",        "partition", "replay",    "no-baseline"};

}  // namespace

void add_data_options(CommandLine& command_line, SessionOptions& options) {
  command_line.group("Data");
  command_line.text({"manifest", "FILE", "the dataset: a manifest, or a directory to scan"},
                    options.manifest);
  command_line.whole(
      {"shard-samples", "N", "samples a shard, at most; shards are what is shuffled"}, sample_count,
      options.shard_samples);
  command_line.choice({"shuffle", "KIND",
                       "order of an epoch: none; shards (read in sequence, in random order: the "
                       "default in lease mode); block (as shards, then samples within blocks: the "
                       "default in step mode); full (all samples)"},
                      shuffle_names, options.shuffle);
  command_line.whole({"shuffle-block", "N", "samples a block, for --shuffle block"}, sample_count,
                     options.shuffle_block);
  command_line.whole({"seed", "N", "what all that is random is drawn from"}, {}, options.seed);
}

void add_weights_option(CommandLine& command_line, SessionOptions& options) {
  command_line.list({"weights", "LIST",
                     "one weight a worker (1,1,2,4) or a host (old-0=1,new-0=4), from 1e-6 "
                     "to 1e6"},
                    options.weights);
}

void add_balance_options(CommandLine& command_line, std::span<const std::string_view> policies,
                         SessionOptions& options) {
  command_line.group("Balance");
  command_line.choice({"policy", "NAME", fmt::format("one of {}", fmt::join(policies, ", "))},
                      policies, options.policy);
  add_weights_option(command_line, options);
  command_line.whole({"epochs", "N", "passes over the dataset"}, epoch_count, options.epochs);
  command_line.choice(
      {"predictor", "NAME",
       "how the time of a worker's next step is told from its last ones: last (as the last one); "
       "mean; affine (an overhead, and the cost over a speed); trend (on a line over time); "
       "mixture (of all four, by how right each has been)"},
      predictor_names(), options.predictor);
  command_line.whole(
      {"warmup-steps", "N", "first steps of a worker, not believed by its speed model"},
      warmup_count, options.warmup_steps);
  command_line.positive({"report-interval", "SECONDS", "a worker reports no more often"},
                        options.report_interval_s);
  command_line.positive({"lease-deadline", "SECONDS",
                         "how long a worker may be silent before its work is taken back (default: "
                         "learned from its steps)"},
                        options.lease_deadline_s);
}

void add_mode_option(CommandLine& command_line, SessionOptions& options) {
  command_line.choice(
      {"mode", "MODE",
       "lease: workers take leases and go at their own pace; step: all take part in "
       "every step, each with its share of the global batch"},
      mode_names, options.mode);
}

void add_step_samples_option(CommandLine& command_line, SessionOptions& options) {
  command_line.whole({"step-samples", "N", "samples a step; work is divided between steps only"},
                     sample_count, options.step_samples);
}

void add_lease_mode_options(CommandLine& command_line, SessionOptions& options) {
  command_line.group("Lease mode");
  add_step_samples_option(command_line, options);
  command_line.flag({"epoch-barrier", "", "finish every epoch before the next begins"},
                    options.epoch_barrier);
}

void add_step_mode_options(CommandLine& command_line, SessionOptions& options) {
  command_line.group("Step mode");
  command_line.whole({"global-batch", "N", "samples of a step, over all workers"}, sample_count,
                     options.global_batch);
  command_line.whole(
      {"micro-batch", "N",
       "samples that a worker does at a time; the global batch is divided into whole "
       "micro-batches"},
      sample_count, options.micro_batch);
  command_line.whole({"max-batch", "N", "samples that one worker can take of a step"}, sample_count,
                     options.max_batch);
  command_line.whole({"min-batch", "N",
                      "samples that each worker has to take of a step (default: a micro-batch); 0: "
                      "a slow one may be left out"},
                     {0, sample_count.most}, options.min_batch);
  command_line.whole({"steps", "N", "steps of the job (default: as many as its epochs have)"},
                     sample_count, options.steps);
  command_line.whole(
      {"first-step", "N", "go on where a job of the same options was ended after N steps"},
      {0, sample_count.most}, options.first_step);
  command_line.choice({"last", "KIND", "an epoch's last batch, if it is partial: partial or drop"},
                      last_names, options.last);
  command_line.choice(
      {"partition", "KIND", "how a batch is divided: by count, or by the samples' cost"},
      partition_names, options.partition);
  command_line.text({"replay", "FILE", "divide as the plans in this log, which --log has written"},
                    options.replay);
  command_line.negation(
      {"no-baseline", "", "balance from the first step, and do not measure the equal split before"},
      options.baseline);
}

void add_ledger_options(CommandLine& command_line, SessionOptions& options) {
  command_line.group("Record");
  command_line.text({"ledger", "FILE",
                     "the durable record of the run: what is done, checkpoints, figures; see "
                     "'evenkeel report'"},
                    options.ledger);
  command_line.optional_text(
      {"resume", "[TAG]",
       "go on with the run in the ledger: from that checkpoint; without a tag from the "
       "newest one, or from what is done if there is none"},
      options.resume);
}

void add_result_options(CommandLine& command_line, SessionOptions& options) {
  command_line.group("Results");
  command_line.texts(
      {"report", "FILE", "write the balance report here too: .json, .csv or .txt; may be repeated"},
      options.reports);
  command_line.text({"spans", "FILE", "write every completed piece of work here, as JSON lines"},
                    options.spans);
  command_line.text({"log", "FILE", "write every plan and event here, as JSON lines"}, options.log);
}

std::span<const std::string_view> policy_names() {
  static const std::vector<std::string_view> names = [] {
    std::vector<std::string_view> result;
    for (const PolicyKind kind : all_policies()) result.push_back(policy_name(kind));
    return result;
  }();
  return names;
}

void check_data_options(const CommandLine& command_line, const SessionOptions& options) {
  if (options.manifest.empty()) {
    throw UserError("--manifest: missing; 'evenkeel manifest scan DIR > FILE' writes one");
  }
  const bool by_default = options.shuffle.empty() && options.mode == "step";
  if (command_line.given("shuffle-block") && options.shuffle != "block" && !by_default) {
    throw UserError("--shuffle-block: of use with --shuffle block only");
  }
}

void check_mode_options(const CommandLine& command_line, const SessionOptions& options) {
  const bool steps = options.mode == "step";
  for (const char* const name : lease_mode_only) {
    if (steps && command_line.given(name)) {
      throw UserError(fmt::format("--{}: of use with --mode lease only", name));
    }
  }
  for (const char* const name : step_mode_only) {
    if (!steps && command_line.given(name)) {
      throw UserError(fmt::format("--{}: of use with --mode step only", name));
    }
  }
  if (command_line.given("steps") && command_line.given("epochs")) {
    throw UserError("--steps: says how long the job is, as --epochs does; give one of them");
  }
}

void check_weights(const SessionOptions& options) {
  if (options.weights.empty() || options.policy == every_policy) return;
  if (uses_weights(policy_named(options.policy).value())) return;
  throw UserError(fmt::format("--weights: the policy '{}' does not use them; give --policy {}",
                              options.policy, policy_name(PolicyKind::weighted)));
}

}  // namespace evenkeel
