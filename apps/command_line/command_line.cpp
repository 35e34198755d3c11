#include "command_line.h"

#include <fmt/format.h>

#include <charconv>
#include <cmath>
#include <sstream>

#include "core/suggestion.h"
#include "evenkeel/error.h"

namespace evenkeel {
namespace po = boost::program_options;
namespace {

constexpr unsigned help_columns = 96;
constexpr unsigned least_text_columns = 62;
constexpr int parse_style =
    po::command_line_style::unix_style & ~po::command_line_style::allow_guessing;

// The parser takes whatever follows an option as its value, even another option.
void check_value(const std::string& name, const std::string& value) {
  if (value.empty()) throw UserError(fmt::format("--{}: needs a value", name));
  if (value.starts_with("--")) {
    throw UserError(fmt::format("--{}: needs a value, but '{}' follows", name, value));
  }
}

double finite_number(const std::string& name, const std::string& text) {
  double value = 0;
  const char* const last = text.data() + text.size();
  const auto [end, error] = std::from_chars(text.data(), last, value);
  if (error == std::errc::invalid_argument || end != last || std::isnan(value)) {
    throw UserError(fmt::format("--{}: '{}' is not a number", name, text));
  }
  if (error == std::errc::result_out_of_range || std::isinf(value)) {
    throw UserError(fmt::format("--{}: {} is out of range", name, text));
  }
  return value;
}

double positive_number(const std::string& name, const std::string& text) {
  const double value = finite_number(name, text);
  if (value <= 0)
    throw UserError(fmt::format("--{}: {} is too small; give more than 0", name, text));
  return value;
}

std::vector<std::string> split_at_commas(const std::string& text) {
  std::vector<std::string> items;
  std::istringstream stream(text + ',');
  for (std::string item; std::getline(stream, item, ',');) items.push_back(item);
  return items;
}

}  // namespace

CommandLine::CommandLine(std::string head, std::string tail)
    : head_(std::move(head)), tail_(std::move(tail)) {}

void CommandLine::group(const std::string& heading) {
  groups_.emplace_back(heading, help_columns, least_text_columns);
}

void CommandLine::add(const OptionHelp& help, const po::value_semantic* semantic) {
  groups_.back().add_options()(help.name.c_str(), semantic, help.text.c_str());
}

void CommandLine::add(const OptionHelp& help, const std::string& shown_default,
                      std::function<void(const std::string& value)> take) {
  po::typed_value<std::string>* const semantic = po::value<std::string>()->value_name(help.value);
  if (!shown_default.empty()) semantic->default_value(shown_default);
  semantic->notifier([name = help.name, take = std::move(take)](const std::string& value) {
    check_value(name, value);
    take(value);
  });
  add(help, semantic);
}

void CommandLine::text(const OptionHelp& help, std::string& target) {
  add(help, target, [&target](const std::string& value) { target = value; });
}

void CommandLine::optional_text(const OptionHelp& help, std::optional<std::string>& target) {
  optional_values_.push_back("--" + help.name);
  const auto take = [&target](const std::string& value) { target = value; };
  add(help,
      po::value<std::string>()->implicit_value("", "")->value_name(help.value)->notifier(take));
}

void CommandLine::texts(const OptionHelp& help, std::vector<std::string>& target) {
  const auto take = [name = help.name, &target](const std::vector<std::string>& values) {
    for (const std::string& value : values) check_value(name, value);
    target = values;
  };
  add(help,
      po::value<std::vector<std::string>>()->composing()->value_name(help.value)->notifier(take));
}

void CommandLine::list(const OptionHelp& help, std::vector<std::string>& target) {
  add(help, "", [name = help.name, &target](const std::string& value) {
    target = split_at_commas(value);
    if (std::find(target.begin(), target.end(), "") != target.end()) {
      throw UserError(fmt::format("--{}: '{}' has an empty item between its commas", name, value));
    }
  });
}

void CommandLine::flag(const OptionHelp& help, bool& target) {
  add(help, po::bool_switch(&target));
}

void CommandLine::negation(const OptionHelp& help, bool& target) {
  add(help, po::bool_switch()->notifier([&target](bool given) { target = target && !given; }));
}

void CommandLine::choice(const OptionHelp& help, std::span<const std::string_view> names,
                         std::string& target) {
  choice(help, names, target, [&target](std::string_view name) { target = name; });
}

void CommandLine::choice(const OptionHelp& help, std::span<const std::string_view> names,
                         std::string_view shown_default,
                         std::function<void(std::string_view name)> take) {
  const auto check_and_take = [name = help.name,
                               names = std::vector<std::string_view>(names.begin(), names.end()),
                               take = std::move(take)](const std::string& value) {
    if (std::ranges::find(names, value) == names.end()) {
      const std::optional<std::string_view> nearest = nearest_name(value, names);
      throw UserError(fmt::format("--{}: unknown '{}'; ", name, value) +
                      (nearest ? fmt::format("did you mean '{}'?", *nearest)
                               : fmt::format("give one of {}", fmt::join(names, ", "))));
    }
    take(value);
  };
  add(help, std::string(shown_default), check_and_take);
}

std::uint64_t CommandLine::whole_number(const std::string& name, const std::string& text,
                                        WholeRange range) {
  const bool negative = text.starts_with('-');
  const char* const last = text.data() + text.size();
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data() + (negative ? 1 : 0), last, value);
  if (error == std::errc::invalid_argument || end != last) {
    throw UserError(fmt::format("--{}: '{}' is not a whole number", name, text));
  }
  const bool overflow = error == std::errc::result_out_of_range;
  if (negative || (!overflow && value < range.least)) {
    throw UserError(
        fmt::format("--{}: {} is too small; give at least {}", name, text, range.least));
  }
  if (overflow || value > range.most) {
    throw UserError(fmt::format("--{}: {} is too large; give at most {}", name, text, range.most));
  }
  return value;
}

void CommandLine::positive(const OptionHelp& help, double& target) {
  add(help, fmt::format("{}", target), [name = help.name, &target](const std::string& value) {
    target = positive_number(name, value);
  });
}

void CommandLine::positive(const OptionHelp& help, std::optional<double>& target) {
  add(help, "", [name = help.name, &target](const std::string& value) {
    target = positive_number(name, value);
  });
}

void CommandLine::fraction(const OptionHelp& help, double& target) {
  add(help, fmt::format("{}", target), [name = help.name, &target](const std::string& value) {
    target = finite_number(name, value);
    if (target >= 0 && target < 1) return;
    throw UserError(
        fmt::format("--{}: {} is out of range; give 0 or more, and less than 1", name, value));
  });
}

void CommandLine::argument(const std::string& name, std::string& target) {
  argument_name_ = name;
  argument_ = &target;
}

void CommandLine::parse(const std::vector<std::string>& arguments) {
  po::options_description all;
  all.add_options()("help,h", "");
  for (const po::options_description& group : groups_) all.add(group);
  try {
    const po::parsed_options parsed = po::command_line_parser(with_values_joined(arguments))
                                          .options(all)
                                          .style(parse_style)
                                          .run();
    po::store(parsed, values_);
    if (values_.count("help") > 0) throw TextRequested(help());
    po::notify(values_);
    take_argument(po::collect_unrecognized(parsed.options, po::include_positional));
  } catch (const po::unknown_option& error) {
    throw UserError(unknown_option(error.get_option_name()));
  } catch (const po::multiple_occurrences& error) {
    throw UserError(fmt::format("{}: given more than once", error.get_option_name()));
  } catch (const po::invalid_command_line_syntax& error) {
    const bool extra = error.kind() == po::invalid_command_line_syntax::extra_parameter;
    throw UserError(
        fmt::format("{}: {}", error.get_option_name(), extra ? "takes no value" : "needs a value"));
  }
}

// "--name value" as "--name=value" where the parser would not take the value for one.
std::vector<std::string> CommandLine::with_values_joined(std::vector<std::string> arguments) const {
  for (std::size_t i = 0; i + 1 < arguments.size(); ++i) {
    const bool may_follow = std::find(optional_values_.begin(), optional_values_.end(),
                                      arguments[i]) != optional_values_.end();
    if (!may_follow || arguments[i + 1].starts_with('-') || arguments[i + 1].empty()) continue;
    arguments[i] += "=" + arguments[i + 1];
    arguments.erase(arguments.begin() + static_cast<std::ptrdiff_t>(i) + 1);
  }
  return arguments;
}

bool CommandLine::given(const std::string& name) const {
  return values_.count(name) > 0 && !values_[name].defaulted();
}

void CommandLine::take_argument(const std::vector<std::string>& arguments) const {
  const std::size_t expected = argument_ == nullptr ? 0 : 1;
  if (arguments.size() > expected) {
    throw UserError(
        fmt::format("unexpected argument '{}'; options begin with '--'", arguments[expected]));
  }
  if (arguments.size() < expected) {
    throw UserError(fmt::format("{} is missing; --help shows the usage", argument_name_));
  }
  if (expected > 0) *argument_ = arguments.front();
}

std::string CommandLine::unknown_option(std::string option) const {
  option.erase(std::min(option.find('='), option.size()));
  std::vector<std::string> known{"--help"};
  for (const po::options_description& group : groups_) {
    for (const auto& description : group.options()) {
      known.push_back("--" + description->long_name());
    }
  }
  const std::optional<std::string_view> nearest =
      nearest_name(option, std::vector<std::string_view>(known.begin(), known.end()));
  return fmt::format("unknown option '{}'; ", option) +
         (nearest ? fmt::format("did you mean '{}'?", *nearest) : "--help lists the options");
}

std::string CommandLine::help() const {
  po::options_description all(help_columns, least_text_columns);
  for (const po::options_description& group : groups_) all.add(group);
  std::ostringstream options;
  options << all;
  // Where it breaks a line, the library leaves a space.
  std::string text = options.str();
  for (std::size_t at = 0; (at = text.find(" \n", at)) != std::string::npos;) text.erase(at, 1);
  return head_ + text + "\n  -h, --help  show this text\n" + tail_;
}

}  // namespace evenkeel
