// The subcommands of the program, one per file.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "command_line.h"

namespace evenkeel {

class MpiProgram;

enum class ExitStatus : int {
  complete = 0,
  incomplete = 1,  // work was lost or left undone, or results could not be written
  bad_input = 2,
};

struct Command;

struct Invocation {
  const Command& command;
  std::vector<std::string> arguments;  // those after the command's name
  MpiProgram* mpi = nullptr;           // null: not launched by mpirun

  // The help text of this command, with its name and summary.
  CommandText help(CommandText text) const;
};

// Commands throw UserError for bad input, and TextRequested.
struct Command {
  std::string_view name;  // "evenkeel run"
  std::string_view summary;
  ExitStatus (*run)(const Invocation& invocation);

  std::string_view word() const { return name.substr(name.rfind(' ') + 1); }
};

// The commands of the program, in the order of the help text.
std::span<const Command> commands();

// The command with that name. Throws UserError that suggests the nearest one.
const Command& find_command(std::string_view word);

ExitStatus run_command(const Invocation& invocation);
ExitStatus simulate_command(const Invocation& invocation);
ExitStatus plan_command(const Invocation& invocation);
ExitStatus report_command(const Invocation& invocation);
ExitStatus manifest_command(const Invocation& invocation);
ExitStatus help_command(const Invocation& invocation);

// Throws TextRequested with the program's help, or with what else these options ask for.
[[noreturn]] void help_program(const std::vector<std::string>& arguments);

}  // namespace evenkeel
