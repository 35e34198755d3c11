// The options of a job, for the command line and for training programs in C++ alike.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace evenkeel {

enum class Mode : std::uint8_t {
  lease,  // workers go at their own pace
  step,   // all workers take part in every step, each with its share of one global batch, and meet
          // in an all-reduce of their own
};

// The order of an epoch.
enum class Shuffle : std::uint8_t {
  none,    // dataset order
  shards,  // shards in seeded order
  block,   // as shards, then samples permuted within consecutive blocks of positions
  full,    // all samples permuted
};

// Who gets how much: the guide `policies` describes each.
enum class PolicyKind : std::uint8_t {
  adaptive,
  static_split,
  self,
  random,
  round_robin,
  weighted,
  performance,
  load,
  observe,
  gss,
  tss,
  fac2,
  wf,
  awf_b,
  awf_c,
  af,
};

// How a speed model predicts the next steps of a worker.
enum class PredictorKind : std::uint8_t {
  last,     // seconds per cost unit, as in the last step
  mean,     // as in the last steps together
  affine,   // an overhead per step beside it
  trend,    // on the line over time that the last steps lie on
  mixture,  // all of these, weighted by how right each has been
};

inline constexpr PredictorKind usual_predictor = PredictorKind::mixture;

// An epoch's last global batch, if it is partial.
enum class LastBatch : std::uint8_t { partial, drop };

// How a global batch is divided.
enum class Partition : std::uint8_t { count, cost };

// Only rank 0's options count, but for `host`; it broadcasts what the workers need. In the order in
// which they are explained: there is one per rank.
// NOLINTNEXTLINE(clang-analyzer-optin.performance.Padding)
struct JobOptions {
  std::string manifest;  // path; see the guide `datasets`. Read once, so a pipe will do
  Mode mode = Mode::lease;
  std::int32_t epochs = 1;
  std::uint64_t seed = 0;
  std::int64_t shard_samples = 1024;    // samples per shard, at most
  std::optional<Shuffle> shuffle;       // none: shards in lease mode, block in step mode
  std::int64_t shuffle_block = 16'384;  // positions; Shuffle::block
  PolicyKind policy = PolicyKind::adaptive;
  std::vector<std::string> weights;  // one per worker, or host=weight; for `weighted` and `wf`
  PredictorKind predictor = usual_predictor;
  std::int32_t warmup_steps = 1;           // first steps of a worker, which its speed model ignores
  double report_interval_s = 0.1;          // a worker reports no more often, but for what is urgent
  std::optional<double> lease_deadline_s;  // how long a holder may be silent; none: learned

  // Lease mode.
  std::int64_t step_samples = 32;  // samples per step
  bool epoch_barrier = false;      // finish every epoch before the next begins

  // Step mode. A worker takes whole micro-batches of each global batch, within its limits.
  std::int64_t global_batch = 256;         // samples per step, over all workers
  std::int64_t micro_batch = 1;            // samples; divides global_batch
  std::optional<std::int64_t> max_batch;   // samples that one worker can take of a step
  std::optional<std::int64_t> min_batch;   // and has to; none: a micro-batch; 0: may be left out
  std::optional<std::int64_t> steps;       // of the job; none: as many as its epochs have
  std::optional<std::int64_t> first_step;  // goes on where a job of the same options has ended
  LastBatch last = LastBatch::partial;
  Partition partition = Partition::count;
  std::string replay;    // a log, whose plans are to be followed; empty: none
  bool baseline = true;  // the first steps are divided equally, to measure what balance gains

  // The durable record of the run. A job that finds one there goes on with that run if `resume` is
  // given: from the checkpoint of that tag; if it is empty, from the newest one, or from what is
  // done if there is none. The number of workers may differ each time.
  std::string ledger;  // file; empty: none
  std::optional<std::string> resume;

  std::vector<std::string> reports;  // files: .json, .csv or .txt
  std::string spans;                 // file of JSON lines; empty: none
  std::string log;                   // file of JSON lines: every plan and event; empty: none
  bool print_report = true;          // the table, on standard output
  bool show_progress = true;         // on standard error

  // Rank 0 refuses the job, before any work, unless every file of the manifest is there and has
  // the size that it gives.
  bool check_files = false;

  std::string host;  // of this rank, as the report names it; empty: the processor's name
};

}  // namespace evenkeel
