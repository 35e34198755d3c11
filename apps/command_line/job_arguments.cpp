#include "job_arguments.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <type_traits>
#include <vector>

#include "balance/policy_table.h"
#include "core/check.h"
#include "core/option_values.h"
#include "dataset/manifest.h"
#include "evenkeel/error.h"
#include "job/job_options.h"

namespace evenkeel {
namespace {

// Declares an option as its field's type has it.
class Declare {
 public:
  Declare(CommandLine& command_line, const OptionInfo& info)
      : command_line_(command_line),
        range_(info.range),
        help_{std::string(info.name), std::string(info.value), std::string(info.text), info.use} {}

  void operator()(std::string& field) { command_line_.text(help_, field); }
  void operator()(std::optional<std::string>& field) { command_line_.optional_text(help_, field); }
  void operator()(std::vector<std::string>& field) {
    if (help_.value == "LIST") {
      command_line_.list(help_, field);
    } else {
      command_line_.texts(help_, field);
    }
  }
  void operator()(bool& field) {
    if (help_.name.starts_with("no-")) {
      command_line_.negation(help_, field);
    } else {
      command_line_.flag(help_, field);
    }
  }
  void operator()(double& field) { command_line_.positive(help_, field); }
  void operator()(std::optional<double>& field) { command_line_.positive(help_, field); }
  template <typename Field>
  requires std::is_enum_v<Field>
  void operator()(Field& field) { command_line_.choice(help_, field); }
  void operator()(std::optional<Shuffle>& field) { command_line_.choice(help_, field); }
  template <typename Field>
  void operator()(Field& field) {
    command_line_.whole(help_, range_, field);
  }

  // A policy, or every one.
  void operator()(PolicyKind& field, bool& every) {
    std::vector<std::string_view> names{every_policy};
    const auto policies = value_names<PolicyKind>();
    names.insert(names.end(), policies.begin(), policies.end());
    every = true;
    command_line_.choice(help_, names, every_policy, [&](std::string_view name) {
      every = name == every_policy;
      if (!every) field = value_named<PolicyKind>(name).value();
    });
  }

 private:
  CommandLine& command_line_;
  WholeRange range_;
  OptionHelp help_;
};

}  // namespace

void add_mode_option(CommandLine& command_line, JobOptions& options) {
  command_line.choice(
      {"mode", "MODE",
       "lease: workers go at their own pace; step: all meet in every step, each with its part of "
       "the global batch"},
      options.mode);
}

void add_job_options(CommandLine& command_line, JobOptions& options,
                     std::initializer_list<OptionGroup> groups, bool* takes_every_policy) {
  std::optional<OptionGroup> current;
  visit_options(options, [&](const OptionInfo& info, auto& field) {
    if (std::ranges::find(groups, info.group) == groups.end()) return;
    if (current != info.group) command_line.group(std::string(heading(info.group)));
    current = info.group;
    Declare declare(command_line, info);
    if constexpr (std::is_same_v<decltype(field), PolicyKind&>) {
      if (takes_every_policy != nullptr) return declare(field, *takes_every_policy);
    }
    declare(field);
  });
}

void add_job_option(CommandLine& command_line, JobOptions& options, std::string_view name) {
  bool found = false;
  visit_options(options, [&](const OptionInfo& info, auto& field) {
    if (info.name != name) return;
    Declare(command_line, info)(field);
    found = true;
  });
  EVENKEEL_CHECK(found);
}

std::string argument_remedy(const std::string& argument, const std::vector<std::string>& arguments,
                            std::string_view otherwise) {
  const bool has_manifest = std::ranges::any_of(arguments, [](const std::string& other) {
    return other == "--manifest" || other.starts_with("--manifest=");
  });
  if (has_manifest || !looks_like_manifest(argument)) return std::string(otherwise);
  return fmt::format("give the manifest as --manifest {}", argument);
}

void check_data_options(const CommandLine& command_line, const JobOptions& options) {
  if (options.manifest.empty()) {
    throw UserError("--manifest: missing; 'evenkeel manifest scan DIR > FILE' writes one");
  }
  const Shuffle shuffle = options.shuffle.value_or(usual_shuffle(options.mode));
  if (command_line.given("shuffle-block") && shuffle != Shuffle::block) {
    throw UserError("--shuffle-block: requires --shuffle block");
  }
}

void check_mode_options(const CommandLine& command_line, const JobOptions& options) {
  visit_options(options, [&](const OptionInfo& info, const auto& /*field*/) {
    const std::optional<Mode> only = mode_of(info.group);
    if (!only || *only == options.mode || !command_line.given(std::string(info.name))) return;
    throw UserError(fmt::format("--{}: requires --mode {}", info.name, name_of(*only)));
  });
  if (command_line.given("steps") && command_line.given("epochs")) {
    throw UserError(
        "--steps: conflicts with --epochs, as both say how long the job is; give one of them");
  }
}

}  // namespace evenkeel
