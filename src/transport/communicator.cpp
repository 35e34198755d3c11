#include "transport/communicator.h"

#include <utility>

#include "transport/mpi_error.h"

namespace evenkeel {

bool mpi_finalized() {
  int finalized = 0;
  MPI_Finalized(&finalized);
  return finalized != 0;
}

Communicator::~Communicator() {
  if (comm_ != MPI_COMM_NULL && !mpi_finalized()) MPI_Comm_free(&comm_);
}

Communicator::Communicator(Communicator&& other) noexcept
    : comm_(std::exchange(other.comm_, MPI_COMM_NULL)) {}

Communicator& Communicator::operator=(Communicator&& other) noexcept {
  std::swap(comm_, other.comm_);
  return *this;
}

Communicator Communicator::duplicate(MPI_Comm comm) {
  MPI_Comm copy = MPI_COMM_NULL;
  mpi_check(MPI_Comm_dup(comm, &copy), "MPI_Comm_dup");
  Communicator owner(copy);
  mpi_check(MPI_Comm_set_errhandler(copy, MPI_ERRORS_RETURN), "MPI_Comm_set_errhandler");
  return owner;
}

Communicator Communicator::without_rank_zero(MPI_Comm comm) {
  int rank = 0;
  mpi_check(MPI_Comm_rank(comm, &rank), "MPI_Comm_rank");
  MPI_Comm part = MPI_COMM_NULL;
  mpi_check(MPI_Comm_split(comm, rank == 0 ? MPI_UNDEFINED : 0, rank, &part), "MPI_Comm_split");
  return Communicator(part);
}

Communicator Communicator::of_machine(const Communicator& comm) {
  MPI_Comm part = MPI_COMM_NULL;
  mpi_check(MPI_Comm_split_type(comm.get(), MPI_COMM_TYPE_SHARED, comm.rank().value(),
                                MPI_INFO_NULL, &part),
            "MPI_Comm_split_type");
  return Communicator(part);
}

Communicator Communicator::of_part(const Communicator& comm, int part) {
  MPI_Comm members = MPI_COMM_NULL;
  mpi_check(MPI_Comm_split(comm.get(), part, comm.rank().value(), &members), "MPI_Comm_split");
  return Communicator(members);
}

Rank Communicator::rank() const {
  int rank = 0;
  mpi_check(MPI_Comm_rank(comm_, &rank), "MPI_Comm_rank");
  return Rank(rank);
}

std::int32_t Communicator::size() const {
  int size = 0;
  mpi_check(MPI_Comm_size(comm_, &size), "MPI_Comm_size");
  return size;
}

}  // namespace evenkeel
