// The subcommands of the program, one a file.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace evenkeel {

class MpiProgram;

enum class ExitStatus : int {
  complete = 0,
  incomplete = 1,  // work was lost or left undone, or results could not be written
  bad_input = 2,
};

struct Invocation {
  std::vector<std::string> arguments;  // those after the subcommand's name
  const MpiProgram* mpi = nullptr;     // none: the program was not launched by mpirun
};

// Subcommands throw UserError for bad input, and TextRequested.
struct Command {
  std::string_view name;
  std::string_view summary;
  ExitStatus (*run)(const Invocation& invocation);
};

// The command of that name. Throws UserError that suggests the nearest one; `parent` is the
// command line so far, such as "evenkeel manifest".
const Command& find_command(std::span<const Command> commands, std::string_view name,
                            std::string_view parent);

// The commands with their summaries, a line each, for a help text.
std::string list_commands(std::span<const Command> commands);

ExitStatus run_command(const Invocation& invocation);
ExitStatus simulate_command(const Invocation& invocation);
ExitStatus plan_command(const Invocation& invocation);
ExitStatus report_command(const Invocation& invocation);
ExitStatus manifest_command(const Invocation& invocation);

}  // namespace evenkeel
