// What a command reads is not to be lost to what it writes.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "evenkeel/options.h"

namespace evenkeel {

struct NamedFile {
  std::string name;            // as users know it: "--manifest"
  std::filesystem::path path;  // empty: none
};

// A ledger's files: the database, its logs and its lock, by the name that is given and by that of
// the file that it is a link to.
std::vector<std::filesystem::path> ledger_files(const std::filesystem::path& ledger);
std::vector<NamedFile> ledger_files(const std::string& name, const std::filesystem::path& ledger);

// Throws UserError if an output, standard output or standard error is the same file as an input or
// as another output, whatever path or link names it. Devices, terminals and
// pipes do not count.
void check_outputs(std::vector<NamedFile> inputs, const std::vector<NamedFile>& outputs = {});

// Likewise for a job. `inputs`: what it reads besides what its options name.
void check_outputs(const JobOptions& options, std::vector<NamedFile> inputs = {});

}  // namespace evenkeel
