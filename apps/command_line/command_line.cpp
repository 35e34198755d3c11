#include "command_line.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/program_options.hpp>
#include <charconv>
#include <cmath>
#include <sstream>

#include "core/suggestion.h"
#include "evenkeel/error.h"

namespace evenkeel {
namespace po = boost::program_options;
namespace {

constexpr int parse_style =
    po::command_line_style::unix_style & ~po::command_line_style::allow_guessing;

// The parser gives it the word that follows, unless that looks like an option.
struct OptionalValue : po::untyped_value {
  unsigned min_tokens() const override { return 0; }
};

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

void CommandLine::word(std::string_view name, std::string_view text) {
  groups_.back().entries.push_back({std::string(name), std::string(text), "", ""});
}

void CommandLine::add(const OptionHelp& help, Takes takes, std::string_view shown_default,
                      std::function<void(const std::string& value)> take) {
  if (groups_.empty()) group("Options");
  const bool is_flag = help.value.empty();
  groups_.back().entries.push_back(
      {is_flag ? "--" + help.name : fmt::format("--{} {}", help.name, help.value), help.text,
       std::string(shown_default), help.value, help.use == OptionUse::common});
  options_.push_back({help.name, takes, std::move(take)});
}

void CommandLine::text(const OptionHelp& help, std::string& target) {
  add(help, Takes::value, target, [&target](const std::string& value) { target = value; });
}

void CommandLine::optional_text(const OptionHelp& help, std::optional<std::string>& target) {
  add(help, Takes::optional_value, "", [&target](const std::string& value) { target = value; });
}

void CommandLine::texts(const OptionHelp& help, std::vector<std::string>& target) {
  add(help, Takes::values, "", [&target](const std::string& value) { target.push_back(value); });
}

void CommandLine::list(const OptionHelp& help, std::vector<std::string>& target) {
  add(help, Takes::value, "", [name = help.name, &target](const std::string& value) {
    target = split_at_commas(value);
    if (std::find(target.begin(), target.end(), "") != target.end()) {
      throw UserError(fmt::format("--{}: '{}' has an empty item between its commas", name, value));
    }
  });
}

void CommandLine::flag(const OptionHelp& help, bool& target) {
  add(help, Takes::nothing, "", [&target](const std::string& /*value*/) { target = true; });
}

void CommandLine::negation(const OptionHelp& help, bool& target) {
  add(help, Takes::nothing, "", [&target](const std::string& /*value*/) { target = false; });
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
      const std::string all = fmt::format("give one of {}", fmt::join(names, ", "));
      throw UserError(
          fmt::format("--{}: unknown '{}'; {}", name, value, suggestion(value, names, all)));
    }
    take(value);
  };
  add(help, Takes::value, shown_default, check_and_take);
  groups_.back().entries.back().values = fmt::format("{}", fmt::join(names, " "));
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
  add(help, Takes::value, fmt::format("{}", target),
      [name = help.name, &target](const std::string& value) {
        target = positive_number(name, value);
      });
}

void CommandLine::positive(const OptionHelp& help, std::optional<double>& target) {
  add(help, Takes::value, "", [name = help.name, &target](const std::string& value) {
    target = positive_number(name, value);
  });
}

void CommandLine::fraction(const OptionHelp& help, double& target) {
  add(help, Takes::value, fmt::format("{}", target),
      [name = help.name, &target](const std::string& value) {
        target = finite_number(name, value);
        if (target >= 0 && target < 1) return;
        throw UserError(
            fmt::format("--{}: {} is out of range; give 0 or more, and less than 1", name, value));
      });
}

void CommandLine::argument(const std::string& name, std::string& target) {
  expected_.emplace_back(name, &target);
}

void CommandLine::parse(const std::vector<std::string>& arguments) {
  give_help(arguments);
  po::options_description known;
  for (const Option& option : options_) {
    const bool is_flag = option.takes == Takes::nothing;
    known.add_options()(option.name.c_str(), option.takes == Takes::optional_value
                                                 ? new OptionalValue
                                                 : new po::untyped_value(is_flag));
  }
  try {
    const po::parsed_options parsed = po::command_line_parser(arguments)
                                          .options(known)
                                          .style(parse_style)
                                          .allow_unregistered()  // take_option() refuses those
                                          .run();
    for (const po::option& part : parsed.options) {
      if (part.original_tokens.front().starts_with("--=")) find("--");
      if (part.position_key >= 0) {
        take_argument(part.value.front());
      } else {
        take_option(part.original_tokens, part.value);
      }
    }
  } catch (const po::invalid_command_line_syntax& error) {
    const bool is_extra = error.kind() == po::invalid_command_line_syntax::extra_parameter;
    throw UserError(fmt::format("--{}: {}", find(error.get_option_name()).name,
                                is_extra ? "takes no value" : "needs a value"));
  }
  if (arguments_ == expected_.size()) return;
  throw UserError(
      fmt::format("{} is missing; --help shows the usage", expected_[arguments_].first));
}

void CommandLine::give_help(const std::vector<std::string>& arguments) const {
  for (auto at = arguments.begin(); at != arguments.end(); ++at) {
    const bool asks = *at == "-h" || *at == "--help";
    const bool asks_for_all =
        *at == "--help=all" || (asks && at + 1 != arguments.end() && at[1] == "all");
    if (asks_for_all) throw TextRequested(help_text(text_, groups_, HelpForm::full));
    if (asks) throw TextRequested(help_text(text_, groups_, HelpForm::brief));
    if (*at == "--help=man") throw TextRequested(man_page(text_, groups_));
    if (*at == "--help=completion") throw TextRequested(completion_lines(groups_));
  }
}

void CommandLine::take_option(const std::vector<std::string>& words,
                              const std::vector<std::string>& values) {
  Option& option = find(words.front().substr(0, words.front().find('=')));
  if (option.given && option.takes != Takes::values) {
    throw UserError(fmt::format("--{}: given more than once", option.name));
  }
  option.given = true;
  const std::string value = values.empty() ? "" : values.front();
  if (value.empty() && !values.empty()) {
    throw UserError(fmt::format("--{}: needs a value", option.name));
  }
  if (words.size() > 1 && value.starts_with("--")) {  // the parser takes whatever follows
    throw UserError(fmt::format("--{}: needs a value, but '{}' follows", option.name, value));
  }
  for (const auto& [name, known, remedy] : value_remedies_) {
    if (name == option.name && known == value) {
      throw UserError(fmt::format("--{}: unknown '{}'; {}", name, value, remedy));
    }
  }
  option.take(value);
}

bool CommandLine::given(const std::string& name) const {
  const auto found = std::ranges::find(options_, name, &Option::name);
  return found != options_.end() && found->given;
}

void CommandLine::take_argument(const std::string& argument) {
  if (arguments_ < expected_.size()) {
    *expected_[arguments_++].second = argument;
    return;
  }
  throw UserError(fmt::format("unexpected argument '{}'; {}", argument,
                              remedy_ ? remedy_(argument) : "options begin with '--'"));
}

CommandLine::Option& CommandLine::find(const std::string& option) {
  std::vector<std::string> known{"--help"};
  for (Option& declared : options_) {
    known.push_back("--" + declared.name);
    if (known.back() == option) return declared;
  }
  const auto remedy =
      std::ranges::find(option_remedies_, option, &std::pair<std::string, std::string>::first);
  if (remedy != option_remedies_.end()) {
    throw UserError(fmt::format("unknown option '{}'; {}", option, remedy->second));
  }
  throw UserError(
      fmt::format("unknown option '{}'; {}", option,
                  suggestion(option, std::vector<std::string_view>(known.begin(), known.end()),
                             "--help all lists the options")));
}

}  // namespace evenkeel
