// What --help, `evenkeel help` and completion in bash show.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <sstream>

#include "balance/policy_table.h"
#include "cli/program.h"
#include "report/scratch_folder.h"

namespace evenkeel {
namespace {

using testing::content_of;

const std::vector<std::string> commands{"run", "simulate", "plan", "report", "manifest", "help"};

std::string help(const std::vector<std::string>& arguments) {
  const Finished finished = evenkeel(arguments);
  EXPECT_EQ(finished.err, "");
  EXPECT_EQ(finished.status, 0);
  return finished.out;
}

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

TEST(Help, IsPrintedByEveryCommand) {
  EXPECT_TRUE(help({"--help"}).starts_with("usage: evenkeel COMMAND"));
  for (const std::string& command : commands) {
    EXPECT_TRUE(contains(help({"--help"}), "\n  " + command + " "));
    const std::string brief = help({command, "--help"});
    EXPECT_TRUE(brief.starts_with("usage: ")) << brief;
    EXPECT_EQ(help({command, "-h"}), brief);
    EXPECT_EQ(help({command, "--no-such-option", "--help"}), brief);
    const std::string guide = std::string(EVENKEEL_GUIDES) + "/" + command + ".md";
    if (!std::filesystem::exists(guide)) {
      EXPECT_EQ(help({"help", command}), brief);
    }
    EXPECT_EQ(help({command, "--help=all"}), help({command, "--help", "all"}));
  }
}

TEST(Help, FitsAScreen) {
  for (const std::string& command : commands) {
    const std::vector<std::string> brief = lines_of(help({command, "--help"}));
    EXPECT_LE(brief.size(), command == "help" ? 60U : 45U) << command;
    for (const std::string& line : brief) EXPECT_LE(line.size(), 80U) << line;
    for (const std::string& line : lines_of(help({command, "--help", "all"}))) {
      EXPECT_LE(line.size(), 80U) << line;
    }
  }
}

TEST(Help, LeavesRareOptionsOutUnlessAllAreAskedFor) {
  const std::string brief = help({"run", "--help"});
  const std::string full = help({"run", "--help", "all"});
  for (const char* const option : {"--manifest FILE", "--global-batch N", "--resume [TAG]"}) {
    EXPECT_TRUE(contains(brief, option)) << option;
    EXPECT_TRUE(contains(full, option)) << option;
  }
  std::ptrdiff_t more = 0;
  for (const std::string& line : lines_of(full)) {
    if (line.starts_with("  --")) more += contains(brief, line.substr(0, 22)) ? 0 : 1;
  }
  EXPECT_GT(more, 10);
  EXPECT_TRUE(contains(brief, "show all options: " + std::to_string(more) + " more\n")) << brief;
  EXPECT_FALSE(contains(full, "show all options"));
}

TEST(Help, ListsTheValuesOfAChoiceInFull) {
  EXPECT_FALSE(contains(help({"run", "--help"}), "round-robin"));
  EXPECT_TRUE(contains(help({"run", "--help", "all"}), "round-robin"));
}

TEST(Help, IsOfATopicThatFollows) {
  for (const char* const option : {"--help", "-h"}) {
    EXPECT_EQ(help({option, "policies"}), help({"help", "policies"}));
    EXPECT_EQ(help({option, "plan"}), help({"plan", "--help"}));
  }
}

TEST(Guides, AreListedWithTitleAndFirstSentence) {
  const std::vector<std::string> listed = lines_of(help({"help"}));
  for (const auto& file : std::filesystem::directory_iterator(EVENKEEL_GUIDES)) {
    const std::string title = lines_of(content_of(file.path()))[0].substr(2);
    std::string line = "  " + file.path().stem().string();
    line.resize(22, ' ');
    EXPECT_TRUE(std::ranges::any_of(listed,
                                    [&](const std::string& other) {
                                      return other.starts_with((line + title + ":").substr(0, 70));
                                    }))
        << line << title;
  }
}

TEST(Guides, AreShownWithoutTheLinksBetweenThem) {
  std::size_t guides = 0;
  for (const auto& file : std::filesystem::directory_iterator(EVENKEEL_GUIDES)) {
    const std::vector<std::string> source = lines_of(content_of(file.path()));
    const std::vector<std::string> shown = lines_of(help({"help", file.path().stem()}));
    ASSERT_EQ(shown.size(), source.size()) << file.path();
    for (std::size_t i = 0; i < source.size(); ++i) {
      if (contains(source[i], ".md")) {
        EXPECT_FALSE(contains(shown[i], ".md)")) << shown[i];
      } else if (source[i].starts_with("```")) {
        EXPECT_TRUE(source[i].starts_with(shown[i]) && !contains(shown[i], " ")) << shown[i];
      } else {
        EXPECT_EQ(shown[i], source[i]);
      }
    }
    ++guides;
  }
  EXPECT_GT(guides, 1U);
}

TEST(Guides, NameEveryPolicy) {
  const std::string guide = help({"help", "policies"});
  for (const std::string_view policy : value_names<PolicyKind>()) {
    EXPECT_TRUE(contains(guide, "| `" + std::string(policy) + "` | ")) << policy;
  }
}

// What bash offers for the last of these words, one per line.
std::vector<std::string> completed(const std::vector<std::string>& words) {
  constexpr const char* script =
      "source \"$1\" && shift && COMP_WORDS=(\"$@\") COMP_CWORD=$(($# - 1)) && "
      "_evenkeel \"$1\" \"${COMP_WORDS[COMP_CWORD]}\" \"${COMP_WORDS[COMP_CWORD - 1]}\" && "
      "printf '%s\\n' \"${COMPREPLY[@]}\"";
  std::vector<std::string> command{"bash",          "-c", script, "bash", EVENKEEL_COMPLETION,
                                   EVENKEEL_PROGRAM};
  command.insert(command.end(), words.begin(), words.end());
  const Finished finished = launch(command);
  EXPECT_EQ(finished.err, "");
  return lines_of(finished.out);
}

using Words = std::vector<std::string>;

TEST(CompletionInBash, OffersCommandsTopicsAndActions) {
  EXPECT_EQ(completed({""}).size(), 1 + commands.size());  // and --version
  EXPECT_EQ(completed({"re"}), Words{"report"});
  EXPECT_EQ(completed({"help", "tra"}), Words{"training"});
  EXPECT_EQ(completed({"manifest", "c"}), (Words{"convert", "check"}));
}

TEST(CompletionInBash, OffersOptionsAndTheirValues) {
  EXPECT_EQ(completed({"run", "--man"}), Words{"--manifest"});
  EXPECT_EQ(completed({"run", "--quiet", "--e"}),
            (Words{"--exclude", "--epochs", "--epoch-barrier"}));
  EXPECT_EQ(completed({"manifest", "check", "--d"}), Words{"--deep"});
  EXPECT_EQ(completed({"run", "--policy", "awf"}), (Words{"awf-b", "awf-c"}));
  EXPECT_EQ(completed({"run", "--policy", "=", "sel"}), Words{"self"});
  EXPECT_EQ(completed({"simulate", "--policy", "al"}), Words{"all"});
  EXPECT_EQ(completed({"run", "--epochs", ""}), Words{""});
}

TEST(CompletionInBash, LeavesFilesToBash) {
  EXPECT_EQ(completed({"run", "--manifest", ""}), Words{""});
  EXPECT_EQ(completed({"run", "--", ""}), Words{""});
  EXPECT_EQ(completed({"report", "run"}), Words{""});
}

}  // namespace
}  // namespace evenkeel
