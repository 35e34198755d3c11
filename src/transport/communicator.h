// The owner of an MPI communicator.
#pragma once

#include <mpi.h>

#include <cstdint>

#include "core/types.h"

namespace evenkeel {

// Move-only. MPI's calls on it return errors (MPI_ERRORS_RETURN), which mpi_check turns into
// exceptions, unless said otherwise.
//
// Freeing is collective: the destructor frees, so every member has to destroy its own. A member
// that leaves alone, or leaves members behind, first calls leave_to_finalize(). The communicator's
// identity is then never reused, so late messages cannot turn up on another one.
class Communicator {
 public:
  Communicator() = default;  // none: MPI_COMM_NULL
  ~Communicator();
  Communicator(Communicator&& other) noexcept;
  Communicator& operator=(Communicator&& other) noexcept;

  // Collective over `comm`: a duplicate with the same ranks and messages of its own.
  static Communicator duplicate(MPI_Comm comm);

  // Collective over `comm`: all ranks but 0, which gets MPI_COMM_NULL. Keeps comm's error handler,
  // since the user uses this one.
  static Communicator without_rank_zero(MPI_Comm comm);

  // Collective over `comm`, in the order of its ranks: the ranks that can share memory with this
  // one; and the ranks with the same `part` ≥ 0, or none with no_part.
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

// True once MPI_Finalize was called: nothing may be cancelled or freed afterwards.
bool mpi_finalized();

}  // namespace evenkeel
