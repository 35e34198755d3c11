// Runs a real program as a user would, and keeps what it said.
#pragma once

#include <string>
#include <vector>

namespace evenkeel {

struct Finished {
  std::string out;  // standard output
  std::string err;  // standard error
  int status = 0;   // the exit status; 128 + signal if a signal ended it
  bool timed_out = false;
};

// Where the program's standard output goes.
struct Stdout {
  static constexpr const char* captured = "";
  static constexpr const char* full_device = "/dev/full";
};

// The program and its arguments.
Finished launch(const std::vector<std::string>& command,
                const std::string& stdout_path = Stdout::captured);

// mpirun COMMAND, whose beginning are mpirun's options; or mpirun -n RANKS COMMAND. mpirun's own
// banners are left out of `err`.
Finished launch_with_mpirun(std::vector<std::string> command);
Finished launch_with_mpirun(int ranks, std::vector<std::string> command);

}  // namespace evenkeel
