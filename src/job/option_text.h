// A job's options as text.
#pragma once

#include <string>

#include "evenkeel/options.h"

namespace evenkeel {

// A word for a shell, in quotes if it needs them. Such as POSIX knows, unless it is not printable:
// then those of bash and zsh.
std::string shell_word(const std::string& word);

// The same for a file, which is not to be taken for an option.
std::string file_word(const std::string& file);

// What makes a job what it is, and is not as usual, as on a command line: "--manifest
// /data/m.json --mode step --global-batch 64". Without the policy, and what only one job can do:
// its baseline, what it replays, where it begins.
std::string option_text(const JobOptions& options);

}  // namespace evenkeel
