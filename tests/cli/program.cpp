#include "cli/program.h"

#include <utility>

namespace evenkeel {

Finished evenkeel(const std::vector<std::string>& arguments, const std::string& stdout_path) {
  std::vector<std::string> command{EVENKEEL_PROGRAM};
  command.insert(command.end(), arguments.begin(), arguments.end());
  return launch(command, stdout_path);
}

Finished mpirun_evenkeel(int ranks, const std::vector<std::string>& arguments) {
  std::vector<std::string> command{EVENKEEL_PROGRAM};
  command.insert(command.end(), arguments.begin(), arguments.end());
  return launch_with_mpirun(ranks, std::move(command));
}

}  // namespace evenkeel
