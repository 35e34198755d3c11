// The interface for MPI training programs.
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
// Rank 0 of the communicator coordinates; every other rank is a worker. The program itself calls
// MPI_Init before the session begins, and MPI_Finalize after it ends. In lease mode under mpirun's
// --enable-recovery, the others go on when a worker dies; MPI_Finalize then does not return, but
// ends the process with status 0, so finish all work before. Calls into one session come from one
// thread at a time; MPI_THREAD_FUNNELED suffices if that is the main thread.
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
struct JobComms;

// A mini-batch of one worker; in step mode its part of a global batch, which may be empty.
class Step {
 public:
  const std::vector<Extent>& extents() const { return extents_; }
  std::int64_t samples() const { return samples_; }
  std::int64_t global_samples() const { return global_samples_; }  // step mode: of all workers
  std::int64_t number() const { return number_; }    // through the job from 0; lease mode: -1
  double cost() const { return cost_; }              // in the dataset's cost units
  std::int32_t dataset() const { return dataset_; }  // of the job's, from 0
  std::int32_t epoch() const { return epoch_; }

  // The positions on the epoch line that contain the samples: exactly these, unless the division is
  // by cost; then those of the whole global batch.
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

// A job's outcome, as rank 0 knows it.
struct Outcome {
  bool complete = false;               // every sample of every epoch was done once
  std::vector<int> lost_ranks;         // silent, and never came back; without those never seen
  std::int64_t set_aside_samples = 0;  // lease mode: samples whose steps failed three times
};

// What the ranks of a job make together. With JobOptions::start_with, ranks that come late delay no
// other one, if they are late after this:
//
//   evenkeel::JobComm comm(MPI_COMM_WORLD);                // directly after MPI_Init
//   load_the_model();                                      // takes minutes on some ranks
//   evenkeel::Session session(std::move(comm), options);
class JobComm {
 public:
  // Collective over `comm`, which is duplicated. Throws UserError on rank 0 for a rank of another
  // build, and then SessionRefused on every other rank.
  explicit JobComm(MPI_Comm comm);
  ~JobComm();
  JobComm(JobComm&& other) noexcept;
  JobComm& operator=(JobComm&& other) noexcept;

 private:
  friend class Session;
  std::unique_ptr<JobComms> comms_;
};

// If the job cannot go on, any of these calls throws JobError.
class Session {
 public:
  // Collective over `comm`, which is duplicated. Throws UserError on rank 0 for a bad manifest or
  // option, or a rank of another build or mode, and then SessionRefused on every other rank, which
  // has nothing to print.
  Session(MPI_Comm comm, const JobOptions& options);

  // The same over communicators that were made before. With options.start_with on rank 0 it is not
  // collective: rank 0 waits for nobody, and a worker for rank 0 to call serve(). A rank that comes
  // when the job is over has a dataset without files, and next() gives it no step.
  Session(JobComm comm, const JobOptions& options);

  // Says that no checkpoint follows. Waits for nobody. A worker that leaves before its job is over
  // falls silent: its work is taken back after the deadline. If rank 0 leaves before serve() has
  // returned, the job is over for the workers.
  ~Session();
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  bool coordinates() const;

  // Rank 0, once: runs the job to its end, then prints and writes what the options ask for. When
  // all work is done, waits for the workers to destroy their Sessions, as they may save their
  // models first; for those that are silent 5 s (or lease_deadline_s), and the pause foreseen.
  // Throws UserError if a file cannot be written. In step mode throws JobGivenUp, after writing
  // everything, if a worker hangs or has left while the others wait in the all-reduce.
  Outcome serve();

  // Workers: the next step; waits only if there is nothing to do. None: the job is over.
  std::optional<Step> next();

  // Workers: the step's samples have been loaded. Optional; used in step mode. Without it the
  // report counts loading as compute.
  void loaded(const Step& step);

  // Workers in step mode: local work ends here, and the all-reduce follows. Without this call, or a
  // time given to done(), evenkeel cannot tell waiting from work and balances nothing; rank 0 says
  // so. The gradient rule: the sum of per-sample gradients over all workers, divided by
  // global_samples().
  void reached(const Step& step);

  // Workers in step mode, before done(): the part is empty (JobOptions::min_batch 0), and local
  // work was a stand-in, so many samples that do not count; 0: none. Its time then tells how fast
  // the worker is; otherwise it is tried now and then. Throws std::logic_error if the part is not
  // empty.
  void stand_in(const Step& step, std::int32_t samples);

  // Workers: the step is finished, and now counts. Local work is the time from next(), or from the
  // end of the previous step, to reached() or here; `local_work` overrides it. A negative value
  // (from a clock that was set back) counts as 0; one longer than the time since next() is named
  // and not used; one above a year throws std::logic_error. Several steps may be taken before the
  // first is done; they are done in the order in which they were taken.
  void done(const Step& step);
  void done(const Step& step, std::chrono::nanoseconds local_work);

  // Workers, instead of done(): the step cannot be done here. Lease mode: other workers try it, if
  // there are any that have not failed it; after three attempts it is set aside, the report lists
  // its samples, and the job is not complete. This worker continues with next(). Step mode: the
  // worker leaves, and rank 0 gives the job up. Until rank 0 ends the program, 10 s at most, this
  // call does not return; then next() returns nothing. Unless `reason` is empty, it is printed on
  // standard error with the rank, the file and the samples (at most 100 times per worker).
  void failed(const Step& step, std::string_view reason);

  // Workers in lease mode, during a step: whether the job is over, as others have done the step
  // (JobOptions::idempotent). It is then of no use to finish it, and next() returns nothing. Step
  // mode: false.
  bool is_over();

  // Workers: until the next call, time is neither work nor waiting (evaluation, saving), and may
  // last `expected` without a sign of life; clamped to 0 and a year.
  void pause(std::chrono::nanoseconds expected);

  // Workers: the model is saved under that name (1 to 64 bytes) with everything that this worker
  // has done, also after its last step. Step mode: the run can go back to the step after the last
  // one done; one worker has to call, others may. Lease mode: every worker calls, and the
  // checkpoint is complete once all have. If a worker is lost first, the checkpoint is discarded.
  // Returns when rank 0 has answered; a complete checkpoint is then on the disk. Throws
  // std::logic_error for a tag that is empty or too long.
  CheckpointState checkpoint(std::string_view tag);

  // The tag of the checkpoint to resume from, which the trainer has to load. Empty: none; the job
  // begins at the start, or continues from what is done.
  const std::string& resumed_tag() const;

  // Step mode: the number of the job's first step; above 0 if it continues another job. A trainer
  // that has nothing to load then has no model to continue with.
  std::int64_t first_step() const;

  // The workers' own communicator (all ranks but 0), for collectives; MPI_COMM_NULL on rank 0. A
  // collective waits for ranks that come late, too.
  MPI_Comm workers() const;

  // The path of a file of the dataset: absolute, or an address such as s3://bucket/a.tar.
  std::filesystem::path path(std::int64_t file) const;

  std::int64_t files() const;
  std::int64_t file_samples(std::int64_t file) const;
  std::optional<std::int64_t> file_bytes(std::int64_t file) const;  // none: not in the manifest
  std::int64_t samples() const;                                     // of one epoch
  double cost() const;                                              // likewise, in cost units

  // The run clock: time since rank 0 left the start barrier.
  std::chrono::nanoseconds elapsed() const;

 private:
  class Role;
  static HostedStep hosted(const Step& step);

  std::unique_ptr<Role> role_;
};

// Rank 0 has refused the job and says why; this rank just has to end, with status 2.
class SessionRefused : public std::exception {
 public:
  const char* what() const noexcept override { return "refused by rank 0"; }
};

}  // namespace evenkeel
