// MPI for programs of this project that do not include mpi.h themselves.
#pragma once

#include <mpi.h>

#include <string>

namespace evenkeel {

// MPI's lifetime in a program: construct it once, first thing in main. MPI's errors on
// MPI_COMM_WORLD end the job, as is MPI's default.
class MpiProgram {
 public:
  // MPI_Init and MPI_Finalize; the latter waits for all ranks.
  MpiProgram(int& argc, char**& argv);
  ~MpiProgram();
  MpiProgram(const MpiProgram&) = delete;
  MpiProgram& operator=(const MpiProgram&) = delete;

  int rank() const;
  int size() const;
  MPI_Comm world() const { return MPI_COMM_WORLD; }

  // Collective over `comm`: returns when every rank has called, at most a millisecond late. Naps
  // while waiting, as others may still work.
  static void meet(MPI_Comm comm);

  // Collective: returns rank 0's text on every rank.
  void broadcast_text(std::string& text) const;

  [[noreturn]] void abort(int status) const;
};

}  // namespace evenkeel
