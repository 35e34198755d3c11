// The owner of an MPI communicator.
#pragma once

#include <mpi.h>

#include <cstdint>

#include "core/types.h"

namespace evenkeel {

// Move-only. MPI's calls on it return errors (MPI_ERRORS_RETURN), which mpi_check turns into
// exceptions, unless said otherwise.
//
// Freeing is collective: the destructor frees, and every member has to destroy its own. A member
// that leaves alone, or that leaves members behind, calls leave_to_finalize() first; the
// communicator's identity is then never used again, so that late messages on it cannot turn up in
// another one.
class Communicator {
 public:
  Communicator() = default;  // none: MPI_COMM_NULL
  ~Communicator();
  Communicator(Communicator&& other) noexcept;
  Communicator& operator=(Communicator&& other) noexcept;

  // Collective over `comm`: the same ranks, with messages of their own.
  static Communicator duplicate(MPI_Comm comm);

  // Collective over `comm`: all ranks but 0, on which it is none. Keeps comm's error handler, as
  // it is for the user.
  static Communicator without_rank_zero(MPI_Comm comm);

  // Collective over `comm`, in the order of its ranks: those that can share memory with this one;
  // and those that give the same part, which is at least 0, or with no_part none.
  static Communicator of_machine(const Communicator& comm);
  static Communicator of_part(const Communicator& comm, int part);
  static constexpr int no_part = MPI_UNDEFINED;

  MPI_Comm get() const { return comm_; }
  Rank rank() const;
  std::int32_t size() const;

  void leave_to_finalize() { comm_ = MPI_COMM_NULL; }

 private:
  explicit Communicator(MPI_Comm comm) : comm_(comm) {}

  MPI_Comm comm_ = MPI_COMM_NULL;
};

// True once MPI_Finalize was called: nothing may be cancelled or freed any more.
bool mpi_finalized();

}  // namespace evenkeel
