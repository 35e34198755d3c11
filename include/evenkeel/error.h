// The exceptions that evenkeel throws.
#pragma once

#include <stdexcept>

namespace evenkeel {

// An error of the user or the environment: a bad manifest, a missing file, a wrong option. what()
// is one line that names the thing, the fault and the next step, for instance "shards.json:41: file
// 17 has 0 samples; a file needs at least one". Programs print it once, in main, and exit with
// status 2.
class UserError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// The job cannot go on: rank 0 has died or is silent, or in step mode a worker has left. Other
// ranks may wait for this one in an all-reduce or in MPI_Finalize, so it must end the job: with
// MPI_Abort, or by letting the exception end the program.
class JobError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// The job was given up in step mode. Rank 0 has said why, and has written its results.
class JobGivenUp : public JobError {
 public:
  using JobError::JobError;
};

}  // namespace evenkeel
