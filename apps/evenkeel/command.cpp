#include "command.h"

#include <fmt/format.h>

#include <optional>

#include "core/suggestion.h"
#include "evenkeel/error.h"

namespace evenkeel {

const Command& find_command(std::span<const Command> commands, std::string_view name,
                            std::string_view parent) {
  std::vector<std::string_view> names;
  for (const Command& command : commands) {
    if (command.name == name) return command;
    names.push_back(command.name);
  }
  const std::optional<std::string_view> nearest = nearest_name(name, names);
  throw UserError(
      nearest ? fmt::format("unknown command '{}'; did you mean '{}'?", name, *nearest)
              : fmt::format("unknown command '{}'; '{} --help' lists the commands", name, parent));
}

std::string list_commands(std::span<const Command> commands) {
  std::string lines;
  for (const Command& command : commands) {
    lines += fmt::format("  {:<10}{}\n", command.name, command.summary);
  }
  return lines;
}

}  // namespace evenkeel
