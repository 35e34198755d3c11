// The options of a job on a command line.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include "command_line.h"
#include "evenkeel/options.h"
#include "job/option_list.h"

namespace evenkeel {

// What `simulate` takes as a policy beside the policies themselves.
inline constexpr std::string_view every_policy = "all";

// --mode, which has no group.
void add_mode_option(CommandLine& command_line, JobOptions& options);

// All options of these groups, under their headings. `takes_every_policy`: --policy may be "all",
// which is its default and sets this.
void add_job_options(CommandLine& command_line, JobOptions& options,
                     std::initializer_list<OptionGroup> groups, bool* takes_every_policy = nullptr);

// One option, without a heading.
void add_job_option(CommandLine& command_line, JobOptions& options, std::string_view name);

// What to do about an argument too many: a manifest, if it looks like one and none is given; else
// `otherwise`.
std::string argument_remedy(const std::string& argument, const std::vector<std::string>& arguments,
                            std::string_view otherwise = "options begin with '--'");

// Throws UserError for what is missing or of no use: no manifest, a shuffle block without
// shuffling by blocks, as step mode does unless told otherwise. After parse().
void check_data_options(const CommandLine& command_line, const JobOptions& options);

// Throws UserError for what is of no use in the job's mode, or says the same as another option.
// After parse().
void check_mode_options(const CommandLine& command_line, const JobOptions& options);

}  // namespace evenkeel
