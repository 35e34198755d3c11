// What an MPI training program calls.
//
//   evenkeel::Session session(MPI_COMM_WORLD, options);                  // collective
//   if (session.coordinates()) return session.serve().complete ? 0 : 1;  // rank 0
//   while (auto step = session.next()) {
//     work_on(step->extents());
//     session.reached(*step);           // step mode: local work ends here, the all-reduce follows
//     all_reduce(session.workers());    // step mode
//     session.done(*step);
//   }
//
// Rank 0 of the communicator coordinates; every other rank is a worker. MPI_Init and
// MPI_Finalize stay the program's own, and outside the session's life. Under mpirun's
// --enable-recovery, in lease mode, the others go on when a worker dies; MPI_Finalize then does not
// return, but ends the process with status 0: what matters is done before. Calls into one session
// come from one thread at a time; MPI_THREAD_FUNNELED suffices if that is the main thread.
#pragma once

#include <mpi.h>

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "evenkeel/checkpoint.h"
#include "evenkeel/error.h"
#include "evenkeel/extent.h"
#include "evenkeel/options.h"

namespace evenkeel {

struct HostedStep;

// A mini-batch of one worker: in step mode its part of a global batch, which may be empty.
class Step {
 public:
  const std::vector<Extent>& extents() const { return extents_; }
  std::int64_t samples() const { return samples_; }
  std::int64_t global_samples() const { return global_samples_; }  // of all workers, in step mode
  std::int64_t number() const { return number_; }    // through the job from 0; lease mode: -1
  double cost() const { return cost_; }              // in the dataset's cost units
  std::int32_t dataset() const { return dataset_; }  // of the job's, from 0
  std::int32_t epoch() const { return epoch_; }

  // Positions on the epoch line between which the samples are: all of these, unless the division
  // is by cost; then they are those of the global batch.
  std::int64_t begin() const { return begin_; }
  std::int64_t end() const { return end_; }

 private:
  friend class Session;
  std::vector<Extent> extents_;
  double cost_ = 0;
  std::int32_t dataset_ = 0;
  std::int32_t epoch_ = 0;
  std::int64_t begin_ = 0;
  std::int64_t end_ = 0;
  std::int64_t samples_ = 0;
  std::int64_t global_samples_ = 0;
  std::int64_t number_ = -1;
  std::uint64_t lease_ = 0;
  std::chrono::nanoseconds received_{};
};

// How a job ended, as rank 0 knows it.
struct Outcome {
  bool complete = false;               // every sample of every epoch was done once
  std::vector<int> lost_ranks;         // fell silent and never came back
  std::int64_t set_aside_samples = 0;  // not done: their steps failed three times; lease mode
};

// Where a job cannot go on, any of these calls throws JobError.
class Session {
 public:
  // Collective over `comm`, which is duplicated. Throws UserError on rank 0 for a bad manifest or
  // option; on every other rank it then throws SessionRefused, with nothing left to say.
  Session(MPI_Comm comm, const JobOptions& options);

  // Never waits. A worker that leaves before its job is over has just fallen silent: its work is
  // taken back after the deadline. If rank 0 leaves before serve() has returned, the job is over
  // for the workers.
  ~Session();
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  bool coordinates() const;

  // Rank 0, once: runs the job to its end, then prints and writes what the options ask for. Throws
  // UserError if a file cannot be written. When all is done, a worker that has fallen silent has 5
  // s (or lease_deadline_s) for its last word. Throws JobGivenUp in step mode, when all is written,
  // if a worker hangs, or has left, while the others wait in the all-reduce.
  Outcome serve();

  // Workers: the next step; waits only when there is nothing to do. None: the job is over.
  std::optional<Step> next();

  // Workers: the step's samples have been loaded. May be left out; the report then takes loading
  // for compute. Of use in step mode.
  void loaded(const Step& step);

  // Workers in step mode: local work ends here, and the all-reduce follows. Without this call, or a
  // time given to done(), waiting for others cannot be told from work, and nothing is balanced;
  // rank 0 says so. The gradient rule: the sum of per-sample gradients over all workers, divided by
  // global_samples().
  void reached(const Step& step);

  // Workers: the step is finished; only now is it counted. Local work is the time from next(), or
  // from the end of the step before, to reached() or here; or `local_work` if given, where a
  // negative one (of a clock that was set back) counts as 0; throws std::logic_error if it is more
  // than a year. Several steps may be taken before the first is done; they are done in the order in
  // which they were taken.
  void done(const Step& step);
  void done(const Step& step, std::chrono::nanoseconds local_work);

  // Workers, instead of done(): the step cannot be done here. In lease mode it is tried again, by
  // another worker if there is one that has not failed it, and after three attempts set aside: the
  // report lists its samples, and the job is not complete. This worker goes on with next(). In step
  // mode the worker leaves, and rank 0 gives the job up, which takes a moment: until its program
  // ends, and 10 s at most, this does not return, and after it next() gives nothing more. The
  // reason is said on standard error with the rank, the file and the samples (at most 100 times a
  // worker); not if it is empty.
  void failed(const Step& step, std::string_view reason);

  // Workers: what follows, until the next call, is neither work nor waiting (evaluation, saving)
  // and may take as long as `expected` without a sign of life; from 0 to a year, and what is beyond
  // is taken for that.
  void pause(std::chrono::nanoseconds expected);

  // Workers, when the model is saved under that name (1 to 64 bytes): what this worker has done is
  // in it. Step mode: the run can go back to the step that follows the last one done; one worker
  // has to call, others may. Lease mode: every worker calls, and the checkpoint is complete once
  // all have; one that is lost before voids it. Returns when rank 0 has answered: a complete one is
  // on the disk then. Throws std::logic_error for a tag that is empty or too long.
  CheckpointState checkpoint(std::string_view tag);

  // The tag of the checkpoint that the job goes back to: what the trainer has to load. Empty: none,
  // the job begins at the start, or goes on from what is done.
  const std::string& resumed_tag() const;

  // Step mode: the number of the job's first step; more than 0 if it goes on with another. A
  // trainer that has nothing to load then has no model to go on with.
  std::int64_t first_step() const;

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
  static HostedStep hosted(const Step& step);

  std::unique_ptr<Role> role_;
};

// Rank 0 has refused the job and says why; this rank only has to end, with status 2.
class SessionRefused : public std::exception {
 public:
  const char* what() const noexcept override { return "refused by rank 0"; }
};

}  // namespace evenkeel
