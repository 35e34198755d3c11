// The options of a job, for the command line and for C++ training programs.
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

// Who gets how much: see the guide `policies`.
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

// How a worker's speed model predicts its next steps.
enum class PredictorKind : std::uint8_t {
  last,     // seconds per cost unit of the last step
  mean,     // mean of the last steps
  affine,   // adds an overhead per step
  trend,    // a line over time through the last steps
  mixture,  // all of these, weighted by their recent accuracy
};

inline constexpr PredictorKind usual_predictor = PredictorKind::mixture;

// What to do with a partial global batch at the end of an epoch.
enum class LastBatch : std::uint8_t { partial, drop };

enum class Partition : std::uint8_t { count, cost };

// In which order the steps of an epoch are dealt out.
enum class DealOrder : std::uint8_t {
  fixed,  // the order of the epoch
  free,   // the most expensive ones first: for inference and reading
};

// Only rank 0's options count, except `host`, and `mode` and `grace_s`, which have to be the same
// on all ranks; it broadcasts what the workers need. Members are in the order of the help text;
// padding does not matter. NOLINTNEXTLINE(clang-analyzer-optin.performance.Padding)
struct JobOptions {
  std::string manifest;  // path; see the guide `datasets`. Read only once, so it may be a pipe
  std::vector<std::string> include;  // patterns of what a directory holds; see the guide
  std::vector<std::string> exclude;
  Mode mode = Mode::lease;
  std::int32_t epochs = 1;
  std::uint64_t seed = 0;
  std::int64_t shard_samples = 1024;    // most samples per shard
  std::optional<Shuffle> shuffle;       // none: shards in lease mode, block in step mode
  std::int64_t shuffle_block = 16'384;  // positions; Shuffle::block
  PolicyKind policy = PolicyKind::adaptive;
  std::vector<std::string> weights;  // one per worker, or host=weight; for `adaptive`, `weighted`
                                     // and `wf`
  std::string speeds;                // weights from this JSON report of an earlier job; empty: none
  PredictorKind predictor = usual_predictor;
  std::int32_t warmup_steps = 1;  // first steps of a worker that its speed model ignores
  // Least time between a worker's reports, except urgent ones; none: 0.1 s, and longer with more
  // than 1,250 workers.
  std::optional<double> report_interval_s;
  std::optional<double> lease_deadline_s;  // longest silence of a lease's holder; none: learned

  // Lease mode.
  std::int64_t step_samples = 32;  // samples per step
  DealOrder order = DealOrder::fixed;
  bool epoch_barrier = false;              // finish every epoch before the next begins
  std::optional<std::int64_t> start_with;  // begin once so many workers have asked for work, and
                                           // wait for no other; none: begin once all ranks are
                                           // there. See JobComm
  bool idempotent = false;  // a step may be done twice: copy late ones to idle workers

  // Step mode. A worker takes whole micro-batches of each global batch, within its limits.
  std::int64_t global_batch = 256;         // samples per step, all workers together
  std::int64_t micro_batch = 1;            // samples; divides global_batch
  std::optional<std::int64_t> max_batch;   // most samples of a step for one worker
  std::optional<std::int64_t> min_batch;   // least; none: a micro-batch; 0: may be left out
  std::optional<std::int64_t> steps;       // of the job; none: as many as its epochs have
  std::optional<std::int64_t> first_step;  // continues a job with the same options
  LastBatch last = LastBatch::partial;
  Partition partition = Partition::count;
  std::string replay;    // a log whose plans to follow; empty: none
  bool baseline = true;  // divide the first steps equally, to measure the gain of balancing

  // The durable record of the run. If the ledger holds a run and `resume` is set, the job continues
  // it: from the checkpoint with that tag; if the tag is empty, from the newest checkpoint, or from
  // what is done if there is none. The number of workers may differ each time.
  std::string ledger;  // file; empty: none
  std::optional<std::string> resume;
  bool new_run = false;  // begin one, though a lock or log is left of a run that is gone

  // After SIGTERM or SIGINT, ledger and report are written at once, and checkpoints are recorded
  // for so long.
  double grace_s = 0;

  std::vector<std::string> reports;  // files: .json, .csv or .txt
  std::string spans;                 // file of JSON lines; empty: none
  std::string log;                   // file of JSON lines: every plan and event; empty: none
  bool print_report = true;          // the table, on standard output
  bool show_progress = true;         // on standard error

  // Rank 0 refuses the job, before any work, unless every file of the manifest exists and has the
  // size given there.
  bool check_files = false;

  std::string host;  // this rank's host name in the report; empty: the machine's
};

}  // namespace evenkeel
