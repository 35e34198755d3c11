#include "command.h"

#include <fmt/format.h>

#include <array>

#include "core/suggestion.h"
#include "evenkeel/error.h"

namespace evenkeel {

CommandText Invocation::help(CommandText text) const {
  text.name = command.name;
  text.summary = command.summary;
  return text;
}

std::span<const Command> commands() {
  static constexpr std::array<Command, 6> all{{
      {"evenkeel run", "do a job on the ranks of mpirun, with even load", run_command},
      {"evenkeel simulate", "do a job in virtual time, and compare policies", simulate_command},
      {"evenkeel plan", "show how a dataset would be cut and divided", plan_command},
      {"evenkeel report", "print the balance report of a run that has a ledger", report_command},
      {"evenkeel manifest", "write, convert and check descriptions of datasets", manifest_command},
      {"evenkeel help", "show a guide, or the help of a command", help_command},
  }};
  return all;
}

const Command& find_command(std::string_view word) {
  std::vector<std::string_view> words;
  for (const Command& command : commands()) {
    if (command.word() == word) return command;
    words.push_back(command.word());
  }
  throw UserError(fmt::format("unknown command '{}'; {}", word,
                              suggestion(word, words, "'evenkeel --help' lists the commands")));
}

}  // namespace evenkeel
