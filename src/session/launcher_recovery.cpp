#include "session/launcher_recovery.h"

#include <fmt/core.h>

#include "evenkeel/error.h"
#include "session/launcher.h"

namespace evenkeel {

bool deaths_are_survived() { return Launcher::of_this_process().survives_deaths(); }

void check_survival(Mode mode) {
  const Launcher launcher = Launcher::of_this_process();
  if (launcher.hides_survival()) {
    throw UserError(
        "mpirun --enable-recovery: Open MPI 5 does not tell the ranks that they survive the deaths "
        "of others; give --with-ft ulfm in place of it");
  }
  if (mode != Mode::step || !launcher.survives_deaths()) return;
  throw UserError(
      fmt::format("--mode: step does not go with 'mpirun {0}': when a worker dies, the others sit "
                  "in the all-reduce for ever; leave {0} out, so that mpirun ends the job, or give "
                  "--mode lease",
                  launcher.survival_option()));
}

}  // namespace evenkeel
