// The options of a job, each described once: for command lines, which declare them, and for the
// checks of what a training program has set.
#pragma once

#include <cstdint>
#include <optional>
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

// The mode that has a use for the options of a group; none: both.
constexpr std::optional<Mode> mode_of(OptionGroup group) {
  if (group == OptionGroup::lease_mode) return Mode::lease;
  if (group == OptionGroup::step_mode) return Mode::step;
  return std::nullopt;
}

struct OptionInfo {
  OptionGroup group;
  std::string_view name;   // on the command line, without the dashes
  std::string_view value;  // what stands for its value in a help text, such as "N" or "FILE"
  std::string_view text;   // of the help
  WholeRange range{};      // of a whole number
};

// More than any job has: beyond these, a number is a slip, and sums would overflow.
inline constexpr WholeRange sample_count{1, 1'000'000'000'000};
inline constexpr WholeRange epoch_count{1, 1'000'000};
inline constexpr WholeRange warmup_count{0, 1'000'000};

// visit(info, field): each option, in the order in which it is listed to users. The field's type
// tells how it is given: a flag for a bool, several times for a list, and so on. A list whose value
// is "LIST" is given once, with commas; a flag whose name begins with "no-" clears its field. What
// a policy may be, the command line adds.
template <typename Options, typename Visit>
void visit_options(Options& options, Visit&& visit) {
  using enum OptionGroup;
  visit(OptionInfo{data, "manifest", "FILE", "the dataset: a manifest, or a directory to scan"},
        options.manifest);
  visit(OptionInfo{data, "shard-samples", "N",
                   "samples per shard, at most; shards are what is shuffled", sample_count},
        options.shard_samples);
  visit(OptionInfo{data, "shuffle", "KIND",
                   "order of an epoch: none; shards (read in sequence, in random order: the "
                   "default in lease mode); block (as shards, then samples within blocks: the "
                   "default in step mode); full (all samples)"},
        options.shuffle);
  visit(OptionInfo{data, "shuffle-block", "N", "samples per block, for --shuffle block",
                   sample_count},
        options.shuffle_block);
  visit(OptionInfo{data, "seed", "N", "what all that is random is drawn from"}, options.seed);

  visit(OptionInfo{balance, "policy", "NAME", ""}, options.policy);
  visit(OptionInfo{balance, "weights", "LIST",
                   "one weight per worker (1,1,2,4) or per host (old-0=1,new-0=4), from 1e-6 to "
                   "1e6"},
        options.weights);
  visit(OptionInfo{balance, "epochs", "N", "passes over the dataset", epoch_count}, options.epochs);
  visit(OptionInfo{balance, "predictor", "NAME",
                   "how the next step's time is predicted: last (as the last one); mean; affine "
                   "(an overhead, and the cost over a speed); trend (on a line over time); mixture "
                   "(of all four, by how right each has been)"},
        options.predictor);
  visit(OptionInfo{balance, "warmup-steps", "N",
                   "first steps of a worker, which its speed model ignores", warmup_count},
        options.warmup_steps);
  visit(OptionInfo{balance, "report-interval", "SECONDS", "a worker reports no more often"},
        options.report_interval_s);
  visit(OptionInfo{balance, "lease-deadline", "SECONDS",
                   "how long a worker may be silent before its work is taken back (default: "
                   "learned from its steps)"},
        options.lease_deadline_s);

  visit(OptionInfo{lease_mode, "step-samples", "N",
                   "samples per step; work is divided between steps only", sample_count},
        options.step_samples);
  visit(OptionInfo{lease_mode, "epoch-barrier", "", "finish every epoch before the next begins"},
        options.epoch_barrier);

  visit(OptionInfo{step_mode, "global-batch", "N", "samples per step, over all workers",
                   sample_count},
        options.global_batch);
  visit(OptionInfo{step_mode, "micro-batch", "N",
                   "samples that a worker does at a time; the global batch is divided into whole "
                   "micro-batches",
                   sample_count},
        options.micro_batch);
  visit(OptionInfo{step_mode, "max-batch", "N", "samples that one worker can take of a step",
                   sample_count},
        options.max_batch);
  visit(OptionInfo{step_mode,
                   "min-batch",
                   "N",
                   "samples that each worker has to take of a step (default: a micro-batch); 0: "
                   "a slow one may be left out",
                   {0, sample_count.most}},
        options.min_batch);
  visit(OptionInfo{step_mode, "steps", "N",
                   "steps of the job (default: as many as its epochs have)", sample_count},
        options.steps);
  visit(OptionInfo{step_mode,
                   "first-step",
                   "N",
                   "go on where a job of the same options ended after N steps",
                   {0, sample_count.most}},
        options.first_step);
  visit(OptionInfo{step_mode, "last", "KIND",
                   "an epoch's last batch, if it is partial: partial or drop"},
        options.last);
  visit(OptionInfo{step_mode, "partition", "KIND",
                   "how a batch is divided: by count, or by the samples' cost"},
        options.partition);
  visit(OptionInfo{step_mode, "replay", "FILE",
                   "divide as the plans in this log, which --log has written"},
        options.replay);
  visit(OptionInfo{step_mode, "no-baseline", "",
                   "balance from the first step, and do not measure the equal split before"},
        options.baseline);

  visit(OptionInfo{record, "ledger", "FILE",
                   "the durable record of the run: what is done, checkpoints, figures; see "
                   "'evenkeel report'"},
        options.ledger);
  visit(OptionInfo{record, "resume", "[TAG]",
                   "go on with the run in the ledger: from that checkpoint; without a tag from the "
                   "newest one, or from what is done if there is none"},
        options.resume);

  visit(OptionInfo{results, "report", "FILE",
                   "write the balance report here too: .json, .csv or .txt; may be repeated"},
        options.reports);
  visit(OptionInfo{results, "spans", "FILE",
                   "write every completed piece of work here, as JSON lines"},
        options.spans);
  visit(OptionInfo{results, "log", "FILE", "write every plan and event here, as JSON lines"},
        options.log);
}

}  // namespace evenkeel
