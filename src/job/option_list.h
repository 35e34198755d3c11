// The options of a job, each described once: for command lines, and for the checks of options that
// a training program sets.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/whole_range.h"
#include "evenkeel/options.h"

namespace evenkeel {

enum class OptionGroup : std::uint8_t { data, balance, lease_mode, step_mode, record, results };

// The heading under which a help text lists a group.
constexpr std::string_view heading(OptionGroup group) {
  switch (group) {
    case OptionGroup::data:
      return "Data";
    case OptionGroup::balance:
      return "Balance";
    case OptionGroup::lease_mode:
      return "Lease mode";
    case OptionGroup::step_mode:
      return "Step mode";
    case OptionGroup::record:
      return "Record";
    case OptionGroup::results:
      return "Results";
  }
  return {};
}

// The mode that uses the options of a group; none: both.
constexpr std::optional<Mode> mode_of(OptionGroup group) {
  if (group == OptionGroup::lease_mode) return Mode::lease;
  if (group == OptionGroup::step_mode) return Mode::step;
  return std::nullopt;
}

// Whether the short help shows an option.
enum class OptionUse : std::uint8_t { common, rare };

struct OptionInfo {
  OptionGroup group;
  OptionUse use;
  std::string_view name;   // on the command line, without the dashes
  std::string_view value;  // the placeholder of its value in help texts, such as "N" or "FILE"
  std::string_view text;   // in help texts
  WholeRange range{};      // of whole numbers
};

// Limits above which a number must be a mistake; sums below them cannot overflow.
inline constexpr WholeRange sample_count{1, 1'000'000'000'000};
inline constexpr WholeRange epoch_count{1, 1'000'000};
inline constexpr WholeRange warmup_count{0, 1'000'000};
inline constexpr WholeRange worker_count{1, 1'000'000};

// Calls visit(info, field) for each option in the order of the help text. The field's type decides
// how it is given: bool is a flag, a list is repeated, and so on. A list whose value is "LIST" is
// given once, with commas; a flag whose name begins with "no-" clears its field.
template <typename Options, typename Visit>
void visit_options(Options& options, Visit&& visit) {
  using enum OptionGroup;
  using enum OptionUse;
  visit({data, common, "manifest", "FILE", "the dataset: a manifest, or a directory to scan"},
        options.manifest);
  visit({data, rare, "include", "PATTERN",
         "of a directory, take only what matches, such as '*.tar' or 'train'; may be repeated"},
        options.include);
  visit({data, rare, "exclude", "PATTERN",
         "of a directory, leave out what matches, such as 'logs' or '*.txt'; may be repeated"},
        options.exclude);
  visit({data, rare, "shard-samples", "N",
         "samples per shard, at most; --shuffle shards orders whole shards", sample_count},
        options.shard_samples);
  visit({data, rare, "shuffle", "KIND",
         "order of an epoch: none; shards (in random order, each read in sequence: the default in "
         "lease mode); block (as shards, then samples within blocks: the default in step mode); "
         "full (all samples)"},
        options.shuffle);
  visit({data, rare, "shuffle-block", "N", "samples per block, for --shuffle block", sample_count},
        options.shuffle_block);
  visit({data, common, "seed", "N", "seed of everything random"}, options.seed);

  visit({balance, common, "policy", "NAME", "who gets how much; see 'evenkeel help policies':"},
        options.policy);
  visit(
      {balance, rare, "weights", "LIST",
       "how fast workers are: one weight per worker (1,1,2,4) or per host (old-0=1,new-0=4), from "
       "1e-6 to 1e6; --policy adaptive believes them until it has measured, weighted and wf all "
       "along"},
      options.weights);
  visit({balance, rare, "speeds", "FILE",
         "weights from the speeds in an earlier job's balance report, as .json"},
        options.speeds);
  visit({balance, common, "epochs", "N", "passes over the dataset", epoch_count}, options.epochs);
  visit({balance, rare, "predictor", "NAME",
         "how to predict the next step's time: last (as the last step); mean (of the last steps); "
         "affine (an overhead, and the cost over a speed); trend (a line over time); mixture (of "
         "all four, by how right each has been)"},
        options.predictor);
  visit({balance, rare, "warmup-steps", "N",
         "first steps of a worker, which its speed model ignores", warmup_count},
        options.warmup_steps);
  visit(
      {balance, rare, "report-interval", "SECONDS",
       "a worker reports to rank 0 no more often (default: 0.1; or 80 µs per worker, up to 2.5, if "
       "that is more)"},
      options.report_interval_s);
  visit({balance, rare, "lease-deadline", "SECONDS",
         "take a worker's work back after so long a silence (default: learned from its steps)"},
        options.lease_deadline_s);

  visit({lease_mode, common, "step-samples", "N", "samples per step; work moves between steps only",
         sample_count},
        options.step_samples);
  visit({lease_mode, rare, "order", "KIND",
         "of the steps of an epoch: fixed (as the epoch is shuffled) or free (with --policy "
         "adaptive, the most expensive first: for inference and reading)"},
        options.order);
  visit({lease_mode, rare, "epoch-barrier", "", "finish every epoch before the next begins"},
        options.epoch_barrier);
  visit({lease_mode, rare, "start-with", "N",
         "begin once N workers have asked for work; the others get leases when they come (default: "
         "all ranks begin together)",
         worker_count},
        options.start_with);
  visit({lease_mode, rare, "idempotent", "",
         "a step may be done twice, as in inference and reading: with --policy adaptive, idle "
         "workers copy late steps, and nobody waits for the slower of two"},
        options.idempotent);

  visit(
      {step_mode, common, "global-batch", "N", "samples per step, over all workers", sample_count},
      options.global_batch);
  visit({step_mode, common, "micro-batch", "N",
         "samples at a time: a worker's part of the global batch is a multiple of them",
         sample_count},
        options.micro_batch);
  visit({step_mode, rare, "max-batch", "N", "samples per step that one worker can take, at most",
         sample_count},
        options.max_batch);
  visit({step_mode,
         rare,
         "min-batch",
         "N",
         "samples per step that each worker takes, at least (default: a micro-batch); 0: slow "
         "workers may be left out",
         {0, sample_count.most}},
        options.min_batch);
  visit({step_mode, common, "steps", "N", "steps of the job (default: as many as its epochs have)",
         sample_count},
        options.steps);
  visit({step_mode,
         rare,
         "first-step",
         "N",
         "go on where a job of the same options ended after N steps",
         {0, sample_count.most}},
        options.first_step);
  visit({step_mode, rare, "last", "KIND",
         "an epoch's last batch, where samples are short: partial (train on it) or drop (leave it "
         "out)"},
        options.last);
  visit({step_mode, rare, "partition", "KIND",
         "divide a batch by count, or by the cost of its samples"},
        options.partition);
  visit({step_mode, rare, "replay", "FILE", "divide as in this log, which --log has written"},
        options.replay);
  visit(
      {step_mode, rare, "no-baseline", "",
       "balance from the first step, without measuring the equal split before, as simulations do"},
      options.baseline);

  visit({record, common, "ledger", "FILE", "durable record of the run, for --resume and reports"},
        options.ledger);
  visit({record, common, "resume", "[TAG]",
         "go on with the run in the ledger: from checkpoint TAG; without TAG from the newest one, "
         "or from what is done if there is none"},
        options.resume);
  visit({record, rare, "new", "",
         "begin a run though the lock or log of one is left whose ledger is gone"},
        options.new_run);

  visit({record, rare, "grace", "SECONDS",
         "after SIGTERM or SIGINT, go on recording checkpoints for so long; see 'evenkeel help "
         "resume'"},
        options.grace_s);

  visit({results, common, "report", "FILE",
         "write the balance report here too, as .json, .csv or .txt; may be repeated"},
        options.reports);
  visit({results, rare, "spans", "FILE", "write every completed piece of work here, as JSON lines"},
        options.spans);
  visit({results, rare, "log", "FILE", "write every plan and event here, as JSON lines"},
        options.log);
}

}  // namespace evenkeel
