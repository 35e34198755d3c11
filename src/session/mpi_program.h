// MPI for programs of this project that do not include mpi.h themselves.
#pragma once

#include <mpi.h>

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "session/start_watch.h"

namespace evenkeel {

// MPI's lifetime in a program: construct it once, first thing in main. MPI's errors on
// MPI_COMM_WORLD end the job, as is MPI's default.
class MpiProgram {
 public:
  using Terms = std::vector<std::pair<std::string, std::string>>;  // name and value

  // MPI_Init and MPI_Finalize; the latter waits for all ranks. A rank that does not come to them is
  // noticed until start_is_over().
  MpiProgram(int& argc, char**& argv);
  ~MpiProgram();
  MpiProgram(const MpiProgram&) = delete;
  MpiProgram& operator=(const MpiProgram&) = delete;

  int rank() const;
  int size() const;
  MPI_Comm world() const { return MPI_COMM_WORLD; }

  // Collective, before anything else, once (further calls do nothing): rank 0 compares what all
  // ranks are about to do. `terms` must be the same on all; `fault`: why this rank cannot begin.
  // Throws UserError on rank 0, and SessionRefused on the others, unless all can begin.
  void begin(const Terms& terms, const std::string& fault = "");

  // This rank does its work from now on. A job has its own ways to miss others.
  void start_is_over();

  // Collective over `comm`: returns when every rank has called, at most a millisecond late. Naps
  // while waiting, as others may still work.
  static void meet(MPI_Comm comm);

  // Collective: returns rank 0's text on every rank.
  void broadcast_text(std::string& text) const;

  [[noreturn]] void abort(int status) const;

 private:
  std::optional<StartWatch> start_;
  bool has_begun_ = false;
};

}  // namespace evenkeel
