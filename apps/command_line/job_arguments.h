// The options of a job that several commands have in common.
#pragma once

#include <span>
#include <string_view>

#include "command_line.h"
#include "evenkeel/session.h"

namespace evenkeel {

// What `simulate` takes as a policy beside the policies themselves.
inline constexpr std::string_view every_policy = "all";

// Which data, how it is cut, and in which order it comes.
void add_data_options(CommandLine& command_line, SessionOptions& options);

// --weights, on its own.
void add_weights_option(CommandLine& command_line, SessionOptions& options);

// How the work is divided. `policies`: the names that --policy accepts.
void add_balance_options(CommandLine& command_line, std::span<const std::string_view> policies,
                         SessionOptions& options);

// --mode; what is of use in one mode alone, under a heading of its own; and --step-samples alone.
void add_mode_option(CommandLine& command_line, SessionOptions& options);
void add_lease_mode_options(CommandLine& command_line, SessionOptions& options);
void add_step_mode_options(CommandLine& command_line, SessionOptions& options);
void add_step_samples_option(CommandLine& command_line, SessionOptions& options);

// Where results are written.
void add_ledger_options(CommandLine& command_line, SessionOptions& options);
void add_result_options(CommandLine& command_line, SessionOptions& options);

// The policies by name, in the order in which they are listed to users.
std::span<const std::string_view> policy_names();

// Throws UserError for what is missing or of no use: no manifest, a shuffle block without
// shuffling by blocks, as step mode does unless told otherwise. After parse().
void check_data_options(const CommandLine& command_line, const SessionOptions& options);

// Throws UserError for what is of no use in the job's mode, or says the same as another option.
// After parse().
void check_mode_options(const CommandLine& command_line, const SessionOptions& options);

// Throws UserError if there are weights, and the policy has no use for them. After parse().
void check_weights(const SessionOptions& options);

}  // namespace evenkeel
