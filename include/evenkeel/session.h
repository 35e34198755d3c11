// What an MPI training program calls.
//
//   evenkeel::Session session(MPI_COMM_WORLD, options);                  // collective
//   if (session.coordinates()) return session.serve().complete ? 0 : 1;  // rank 0
//   while (auto step = session.next()) {
//     work_on(step->extents());
//     session.done(*step);
//   }
//
// Rank 0 of the communicator coordinates; every other rank is a worker. MPI_Init and
// MPI_Finalize stay the program's own, and outside the session's life. Calls into one session
// come from one thread at a time; MPI_THREAD_FUNNELED suffices if that is the main thread.
#pragma once

#include <mpi.h>

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "evenkeel/error.h"
#include "evenkeel/extent.h"

namespace evenkeel {

// Only rank 0's options count, but for `host`; it broadcasts what the workers need.
struct SessionOptions {
  std::string manifest;  // path; see the README for the formats
  std::int32_t epochs = 1;
  std::uint64_t seed = 0;
  std::int64_t step_samples = 32;      // samples a step
  std::int64_t shard_samples = 1024;   // samples a shard, at most
  std::string shuffle = "shards";      // none, shards, block or full
  std::int64_t shuffle_block = 16384;  // positions; for "block"
  std::string policy = "adaptive";
  std::vector<std::string> weights;  // one a worker, or host=weight; for "weighted"
  bool epoch_barrier = false;        // finish every epoch before the next begins
  std::int32_t warmup_steps = 1;     // first steps of a worker, not believed by the speed model
  double report_interval_s = 0.1;    // a worker reports no more often, but for turns of a lease
  std::optional<double> lease_deadline_s;  // how long a holder may be silent; none: learned

  std::vector<std::string> reports;  // files: .json, .csv or .txt
  std::string spans;                 // file of JSON lines; empty: none
  bool print_report = true;          // the table, on standard output
  bool show_progress = true;         // on standard error

  std::string host;  // of this rank, as the report names it; empty: the processor's name
};

// A mini-batch of one worker.
class Step {
 public:
  const std::vector<Extent>& extents() const { return extents_; }
  std::int64_t samples() const { return end_ - begin_; }
  double cost() const { return cost_; }  // in the dataset's cost units
  std::int32_t epoch() const { return epoch_; }
  std::int64_t begin() const { return begin_; }  // positions on the epoch line
  std::int64_t end() const { return end_; }

 private:
  friend class Session;
  std::vector<Extent> extents_;
  double cost_ = 0;
  std::int32_t epoch_ = 0;
  std::int64_t begin_ = 0;
  std::int64_t end_ = 0;
  std::uint64_t lease_ = 0;
  std::chrono::nanoseconds received_{};
};

// How a job ended, as rank 0 knows it.
struct Outcome {
  bool complete = false;        // every sample of every epoch was done once
  std::vector<int> lost_ranks;  // fell silent and never came back
};

class Session {
 public:
  // Collective over `comm`, which is duplicated. Throws UserError on rank 0 for a bad manifest or
  // option; on every other rank it then throws SessionRefused, with nothing left to say.
  Session(MPI_Comm comm, const SessionOptions& options);

  // Never waits. A worker that leaves before its job is over has just fallen silent: its work is
  // taken back after the deadline. If rank 0 leaves before serve() has returned, the job is over
  // for the workers.
  ~Session();
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  bool coordinates() const;

  // Rank 0, once: runs the job to its end, then prints and writes what the options ask for. Throws
  // UserError if a file cannot be written. When all is done, a worker that has fallen silent has 5
  // s (or lease_deadline_s) for its last word.
  Outcome serve();

  // Workers: the next step; waits only when there is nothing to do. None: the job is over.
  std::optional<Step> next();

  // Workers: the step's work is finished; only now is it counted. Local work is the time since
  // next() returned the step, or `local_work` if given.
  void done(const Step& step);
  void done(const Step& step, std::chrono::nanoseconds local_work);

  // The workers' own communicator (every rank but 0), for collectives; MPI_COMM_NULL on rank 0.
  MPI_Comm workers() const;

  // Where a file of the dataset is: absolute.
  std::filesystem::path path(std::int64_t file) const;

  // The dataset as this rank knows it.
  std::int64_t files() const;
  std::int64_t file_samples(std::int64_t file) const;
  std::optional<std::int64_t> file_bytes(std::int64_t file) const;  // none: manifest does not say
  std::int64_t samples() const;                                     // of one epoch

  // The run clock: since rank 0 left the start barrier.
  std::chrono::nanoseconds elapsed() const;

 private:
  class Role;
  std::unique_ptr<Role> role_;
};

// Rank 0 has refused the job and says why; this rank only has to end, with status 2.
class SessionRefused : public std::exception {
 public:
  const char* what() const noexcept override { return "refused by rank 0"; }
};

}  // namespace evenkeel
