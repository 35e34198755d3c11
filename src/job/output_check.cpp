#include "job/output_check.h"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>
#include <system_error>
#include <utility>

#include "evenkeel/error.h"

namespace evenkeel {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view remedy = "give another";

bool is_same_file(const fs::path& a, const fs::path& b) {
  std::error_code unknown;  // of a file that is not there yet
  if (fs::equivalent(a, b, unknown)) return true;
  const auto place_of = [&](const fs::path& path) {
    return fs::weakly_canonical(fs::absolute(path, unknown), unknown);
  };
  const fs::path place = place_of(a);
  return !place.empty() && place == place_of(b);
}

bool is_file(const fs::path& path) {
  std::error_code unknown;
  return !path.empty() && !fs::is_other(path, unknown);
}

const NamedFile* same_file(const std::vector<NamedFile>& files, const fs::path& path) {
  if (!is_file(path)) return nullptr;
  const auto found = std::ranges::find_if(files, [&](const NamedFile& other) {
    return is_file(other.path) && is_same_file(path, other.path);
  });
  return found == files.end() ? nullptr : &*found;
}

void require_no(const std::vector<NamedFile>& taken, const NamedFile& output) {
  const NamedFile* const other = same_file(taken, output.path);
  if (other == nullptr) return;
  throw UserError(fmt::format("{}: {} is the file of {}, too; {}", output.name,
                              output.path.string(), other->name, remedy));
}

}  // namespace

std::vector<fs::path> ledger_files(const fs::path& ledger) {
  std::vector<fs::path> files;
  if (ledger.empty()) return files;
  std::error_code unknown;
  for (const fs::path& name : {ledger, fs::weakly_canonical(ledger, unknown)}) {
    for (const char* const end : {"", "-wal", "-shm", "-journal", ".lock"}) {
      files.push_back(name);
      files.back() += end;
    }
  }
  return files;
}

std::vector<NamedFile> ledger_files(const std::string& name, const fs::path& ledger) {
  std::vector<NamedFile> files;
  for (const fs::path& file : ledger_files(ledger)) files.push_back({name, file});
  return files;
}

void check_outputs(std::vector<NamedFile> inputs, const std::vector<NamedFile>& outputs) {
  for (const NamedFile& output : outputs) {
    require_no(inputs, output);
    inputs.push_back(output);
  }
  // A shell opens these, and perhaps empties them, before a program can object.
  const std::vector<NamedFile> streams{{"standard output", "/proc/self/fd/1"},
                                       {"standard error", "/proc/self/fd/2"}};
  for (const NamedFile& stream : streams) {
    const NamedFile* const other = same_file(inputs, stream.path);
    if (other == nullptr) continue;
    throw UserError(fmt::format("{}: {} is the file of {}, too; {}", stream.name,
                                other->path.string(), other->name, remedy));
  }
}

void check_outputs(const JobOptions& options, std::vector<NamedFile> inputs) {
  inputs.insert(inputs.end(), {{"--manifest", options.manifest},
                               {"--speeds", options.speeds},
                               {"--replay", options.replay}});
  const std::vector<NamedFile> ledger = ledger_files("--ledger", options.ledger);
  for (const NamedFile& file : ledger) require_no(inputs, file);
  inputs.insert(inputs.end(), ledger.begin(), ledger.end());
  std::vector<NamedFile> outputs{{"--spans", options.spans}, {"--log", options.log}};
  for (const std::string& report : options.reports) outputs.push_back({"--report", report});
  check_outputs(std::move(inputs), outputs);
}

}  // namespace evenkeel
