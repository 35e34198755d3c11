// evenkeel help: guides, and the help of each command.
#include <fmt/format.h>

#include <algorithm>

#include "command.h"
#include "core/suggestion.h"
#include "evenkeel/error.h"
#include "evenkeel/options.h"
#include "guides.h"
#include "job/option_list.h"

namespace evenkeel {
namespace {

constexpr CommandText help{
    .usage =
        "evenkeel help TOPIC\n"
        "evenkeel help COMMAND",
    .description = "Shows a guide. For a command, shows its --help.",
    .examples = "evenkeel help training",
    .exit_status = "0; 2 there is no such topic",
};

constexpr CommandText program_help{
    .name = "evenkeel",
    .summary = "keep the load of a distributed training job even",
    .usage =
        "evenkeel COMMAND [options]\n"
        "mpirun -n RANKS evenkeel run [options] -- TRAINER",
    .description =
        "Keeps the load of a distributed training job even: rank 0 deals a dataset out to the "
        "workers, and moves work from slow to fast ones while the job runs.",
    .examples =
        "evenkeel run --help\n"
        "evenkeel help training",
    .exit_status = "0 all work done; 1 work lost or undone; 2 bad usage or input",
};

// A guide's title, and its first sentence.
std::string summary_of(const Guide& guide) {
  const std::size_t title_end = guide.text.find('\n');
  std::string_view first = guide.text.substr(std::min(guide.text.size(), title_end + 2));
  first = first.substr(0, first.find("\n\n"));
  const std::size_t sentence_end = std::min(first.find(". "), first.find(".\n"));
  return fmt::format("{}: {}", guide.text.substr(2, title_end - 2),
                     first.substr(0, std::min(sentence_end, first.size()) + 1));
}

[[noreturn]] void refuse_topic(const std::string& topic) {
  std::vector<std::string_view> known;
  for (const Guide& guide : guides()) known.push_back(guide.topic);
  for (const Command& command : commands()) known.push_back(command.word());
  throw UserError(fmt::format("there is no help on '{}'; {}", topic,
                              suggestion(topic, known, "'evenkeel help' lists the topics")));
}

[[noreturn]] void show_help(const std::string& topic) {
  const auto guide = std::ranges::find(guides(), topic, &Guide::topic);
  if (guide != guides().end()) throw TextRequested(std::string(guide->text));
  for (const Command& command : commands()) {
    if (command.word() == topic) command.run({command, {"--help"}});  // throws TextRequested
  }
  refuse_topic(topic);
}

}  // namespace

ExitStatus help_command(const Invocation& invocation) {
  CommandLine command_line(invocation.help(help));
  command_line.group("Topics");
  for (const Guide& guide : guides()) command_line.word(guide.topic, summary_of(guide));
  if (invocation.arguments.empty()) command_line.parse({"--help"});
  std::string topic;
  command_line.argument("TOPIC", topic);
  command_line.parse(invocation.arguments);

  show_help(topic);
}

void help_program(const std::vector<std::string>& arguments) {
  const bool asks = arguments.front() == "--help" || arguments.front() == "-h";
  if (asks && arguments.size() > 1 && arguments[1] != "all") show_help(arguments[1]);
  CommandLine command_line(program_help);
  command_line.group("Commands");
  for (const Command& command : commands()) command_line.word(command.word(), command.summary);
  bool version = false;
  command_line.group("Options");
  command_line.flag({"version", "", "show the version"}, version);
  JobOptions job;
  const auto explain = [&](const std::string& option) {
    command_line.explain_option(
        option, fmt::format("give the command first, such as 'evenkeel run --{} ...'", option));
  };
  visit_options(
      job, [&](const OptionInfo& info, const auto& /*field*/) { explain(std::string(info.name)); });
  for (const char* const option : {"mode", "workload", "cluster"}) explain(option);
  command_line.parse(arguments);
  throw TextRequested("evenkeel " EVENKEEL_VERSION "\n");
}

}  // namespace evenkeel
