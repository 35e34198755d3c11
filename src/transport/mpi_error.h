// The exception for all MPI failures.
#pragma once

#include <stdexcept>

namespace evenkeel {

// An MPI call failed. what() is one line: the call and MPI's message. The job cannot go on.
class MpiError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// Throws MpiError unless `code`, which `call` returned, is MPI_SUCCESS.
void mpi_check(int code, const char* call);

}  // namespace evenkeel
