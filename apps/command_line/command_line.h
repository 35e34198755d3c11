// The options of one command: each is declared once, with its default, check and help.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <exception>
#include <functional>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/option_values.h"
#include "core/whole_range.h"
#include "job/option_list.h"

namespace evenkeel {

// The user asked for a text rather than for work: help, or the version.
class TextRequested : public std::exception {
 public:
  explicit TextRequested(std::string text) : text_(std::move(text)) {}
  const std::string& text() const { return text_; }
  const char* what() const noexcept override { return "text requested"; }

 private:
  std::string text_;
};

// How an option appears in the help text.
struct OptionHelp {
  std::string name;   // without the dashes
  std::string value;  // what stands for its value, such as "N" or "FILE"
  std::string text;
  OptionUse use = OptionUse::common;
};

// What the help of a command says besides its options. Paragraphs are wrapped when they are shown.
struct CommandText {
  std::string_view name{};         // "evenkeel run"
  std::string_view summary{};      // a line, for a list of commands
  std::string_view usage{};        // a line for each way to call it
  std::string_view description{};  // paragraphs; short help shows the first
  std::string_view examples{};     // a line each; may be empty
  std::string_view exit_status{};
};

// What is shown of an option, a command or a topic.
struct HelpEntry {
  std::string name;           // "--manifest FILE", "run"
  std::string text;           // in full help, the values follow a colon at its end
  std::string default_value;  // empty: none
  std::string values;         // what may follow it: "FILE", "DIR", "N", "lease step"
  bool is_common = true;
};

struct HelpGroup {
  std::string heading;
  std::vector<HelpEntry> entries;
};

// Brief help leaves out rare options, further paragraphs, and empty lines between groups.
enum class HelpForm : bool { brief, full };

// What --help shows; a man page in roff; lines from which shells complete: a word, its text and its
// values, between tabs.
std::string help_text(const CommandText& text, std::span<const HelpGroup> groups, HelpForm form);
std::string man_page(const CommandText& text, std::span<const HelpGroup> groups);
std::string completion_lines(std::span<const HelpGroup> groups);

// Options write to the variables that they are declared with; what those hold at that moment is
// the default. The variables must outlive parse().
class CommandLine {
 public:
  explicit CommandLine(const CommandText& text) : text_(text) {}

  // What is declared next stands under this heading.
  void group(const std::string& heading) { groups_.push_back({heading, {}}); }

  // A word that is no option, for the help alone: a command or a topic.
  void word(std::string_view name, std::string_view text);

  void text(const OptionHelp& help, std::string& target);
  // A text that may be left out: the option alone stands for an empty one.
  void optional_text(const OptionHelp& help, std::optional<std::string>& target);
  void texts(const OptionHelp& help, std::vector<std::string>& target);  // may be repeated
  void list(const OptionHelp& help, std::vector<std::string>& target);   // separated by commas
  void flag(const OptionHelp& help, bool& target);
  void negation(const OptionHelp& help, bool& target);  // a flag that clears it
  void choice(const OptionHelp& help, std::span<const std::string_view> names, std::string& target);
  // `take` gets one of the names.
  void choice(const OptionHelp& help, std::span<const std::string_view> names,
              std::string_view shown_default, std::function<void(std::string_view name)> take);
  // An enum of evenkeel/options.h.
  template <typename Option>
  void choice(const OptionHelp& help, Option& target) {
    choice(help, value_names<Option>(), name_of(target),
           [&target](std::string_view name) { target = value_named<Option>(name).value(); });
  }
  template <typename Option>
  void choice(const OptionHelp& help, std::optional<Option>& target) {
    choice(help, value_names<Option>(), "",
           [&target](std::string_view name) { target = value_named<Option>(name); });
  }
  void positive(const OptionHelp& help, double& target);  // a finite number above 0
  void positive(const OptionHelp& help, std::optional<double>& target);
  void fraction(const OptionHelp& help, double& target);  // 0 or more, less than 1

  template <typename Integer>
  void whole(const OptionHelp& help, WholeRange range, Integer& target) {
    add_whole<Integer>(help, std::to_string(target), range, target);
  }
  template <typename Integer>
  void whole(const OptionHelp& help, WholeRange range, std::optional<Integer>& target) {
    add_whole<Integer>(help, "", range, target);
  }

  // An argument that is no option, such as a file; required. In the order of the command line.
  void argument(const std::string& name, std::string& target);

  // What to do about an argument too many, for the error that names it.
  void explain_argument(std::function<std::string(const std::string& argument)> remedy) {
    remedy_ = std::move(remedy);
  }

  // What to do about an option of other programs, which this one does not have.
  void explain_option(const std::string& name, const std::string& remedy) {
    option_remedies_.emplace_back("--" + name, remedy);
  }

  // What to do about a value that an option has in other commands, but not here.
  void explain_value(const std::string& option, const std::string& value,
                     const std::string& remedy) {
    value_remedies_.push_back({option, value, remedy});
  }

  // Throws UserError that names the option, the fault and the remedy; TextRequested for --help.
  void parse(const std::vector<std::string>& arguments);

  // Whether the user gave this option; in parse() and after it.
  bool given(const std::string& name) const;

 private:
  enum class Takes : std::uint8_t { nothing, value, optional_value, values };

  struct Option {
    std::string name;
    Takes takes;
    std::function<void(const std::string& value)> take;
    bool given = false;
  };

  template <typename Integer, typename Target>
  void add_whole(const OptionHelp& help, const std::string& shown_default, WholeRange range,
                 Target& target) {
    range.most = std::min<std::uint64_t>(range.most, std::numeric_limits<Integer>::max());
    add(help, Takes::value, shown_default,
        [name = help.name, range, &target](const std::string& value) {
          target = static_cast<Integer>(whole_number(name, value, range));
        });
  }
  static std::uint64_t whole_number(const std::string& name, const std::string& text,
                                    WholeRange range);
  void add(const OptionHelp& help, Takes takes, std::string_view shown_default,
           std::function<void(const std::string& value)> take);
  void give_help(const std::vector<std::string>& arguments) const;
  // `words`: the option as the user wrote it. `values`: one, or none.
  void take_option(const std::vector<std::string>& words, const std::vector<std::string>& values);
  void take_argument(const std::string& argument);
  Option& find(const std::string& option);

  CommandText text_;
  std::vector<HelpGroup> groups_;
  std::vector<Option> options_;
  std::vector<std::pair<std::string, std::string*>> expected_;  // arguments
  std::size_t arguments_ = 0;                                   // taken so far
  std::function<std::string(const std::string& argument)> remedy_;
  std::vector<std::pair<std::string, std::string>> option_remedies_;
  std::vector<std::array<std::string, 3>> value_remedies_;
};

}  // namespace evenkeel
