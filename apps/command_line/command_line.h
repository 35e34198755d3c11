// The options of one command: each is declared once, with its default, check and help.
#pragma once

#include <algorithm>
#include <boost/program_options.hpp>
#include <cstdint>
#include <exception>
#include <functional>
#include <limits>
#include <list>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/option_values.h"
#include "core/whole_range.h"

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
};

// Options write to the variables that they are declared with; what those hold at that moment is
// the default. The variables must outlive parse().
class CommandLine {
 public:
  // `head` opens the help text (usage, what the command does), `tail` closes it (examples).
  CommandLine(std::string head, std::string tail);

  // The options declared next stand under this heading.
  void group(const std::string& heading);

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

  // An argument that is no option, such as a file; required. At most one a command.
  void argument(const std::string& name, std::string& target);

  // Throws UserError that names the option, the fault and the remedy; TextRequested for --help.
  void parse(const std::vector<std::string>& arguments);

  // Whether the user gave this option; after parse().
  bool given(const std::string& name) const;

 private:
  template <typename Integer, typename Target>
  void add_whole(const OptionHelp& help, const std::string& shown_default, WholeRange range,
                 Target& target) {
    range.most = std::min<std::uint64_t>(range.most, std::numeric_limits<Integer>::max());
    add(help, shown_default, [name = help.name, range, &target](const std::string& value) {
      target = static_cast<Integer>(whole_number(name, value, range));
    });
  }
  static std::uint64_t whole_number(const std::string& name, const std::string& text,
                                    WholeRange range);
  void add(const OptionHelp& help, const std::string& shown_default,
           std::function<void(const std::string& value)> take);
  void add(const OptionHelp& help, const boost::program_options::value_semantic* semantic);
  void take_argument(const std::vector<std::string>& arguments) const;
  std::string unknown_option(std::string option) const;
  std::string help() const;

  std::vector<std::string> with_values_joined(std::vector<std::string> arguments) const;

  std::string head_;
  std::string tail_;
  std::list<boost::program_options::options_description> groups_;
  std::string argument_name_;
  std::string* argument_ = nullptr;
  std::vector<std::string> optional_values_;  // options whose value may be left out
  boost::program_options::variables_map values_;
};

}  // namespace evenkeel
