// The exception for all MPI failures.
#pragma once

#include <mpi.h>

#include <stdexcept>

namespace evenkeel {

// An MPI call failed. what() is one line: the call and MPI's message. The job cannot go on.
class MpiError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// Throws MpiError: `call` returned this code.
[[noreturn]] void mpi_fail(int code, const char* call);

// Throws MpiError unless `code`, which `call` returned, is MPI_SUCCESS.
inline void mpi_check(int code, const char* call) {
  if (code != MPI_SUCCESS) mpi_fail(code, call);
}

}  // namespace evenkeel
