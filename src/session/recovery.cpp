#include "session/recovery.h"

#include <fmt/core.h>

#include <cstdlib>
#include <string_view>

#include "evenkeel/error.h"

namespace evenkeel {
namespace {

bool is_set(const char* name) {
  const char* const value = std::getenv(name);
  return value != nullptr && std::string_view(value) != "0" && std::string_view(value) != "false";
}

// Open MPI 4's, and Open MPI 5's.
bool recovers() { return is_set("OMPI_MCA_orte_enable_recovery"); }
bool tolerates_faults() { return is_set("OMPI_MCA_mpi_ft_enable"); }

}  // namespace

bool deaths_are_survived() { return recovers() || tolerates_faults(); }

void refuse_if_deaths_are_survived(const std::string& mode) {
  if (mode != "step" || !deaths_are_survived()) return;
  throw UserError(
      fmt::format("--mode: step does not go with 'mpirun {0}': when a worker dies, the others sit "
                  "in the all-reduce for ever; leave {0} out, so that mpirun ends the job, or give "
                  "--mode lease",
                  tolerates_faults() ? "--with-ft ulfm" : "--enable-recovery"));
}

}  // namespace evenkeel
