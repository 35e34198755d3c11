#include "transport/mpi_error.h"

#include <fmt/core.h>

#include <array>
#include <string_view>

namespace evenkeel {

void mpi_fail(int code, const char* call) {
  std::array<char, MPI_MAX_ERROR_STRING> text{};
  int length = 0;
  MPI_Error_string(code, text.data(), &length);
  throw MpiError(fmt::format("{} failed: {}", call,
                             std::string_view(text.data(), static_cast<std::size_t>(length))));
}

}  // namespace evenkeel
