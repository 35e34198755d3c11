// MPI for programs of this house that do not include mpi.h themselves.
#pragma once

#include <mpi.h>

#include <string>

namespace evenkeel {

// The life of MPI in a program: construct it once, first thing in main. MPI's errors on
// MPI_COMM_WORLD end the job, as is MPI's habit.
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

  // Collective over `comm`: returns when every rank of it has called, at most a millisecond late.
  // Waits without taking the processor from those that still work.
  static void meet(MPI_Comm comm);

  // Collective: rank 0's text, on every rank.
  void broadcast_text(std::string& text) const;

  // Ends the job at once, every rank of it.
  [[noreturn]] void abort(int status) const;
};

}  // namespace evenkeel
