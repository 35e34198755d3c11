// evenkeel manifest: writes, converts and checks manifests.
#include "dataset/manifest.h"

#include <fmt/ostream.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <filesystem>
#include <iostream>

#include "command.h"
#include "command_line.h"
#include "core/display_text.h"
#include "core/number_format.h"
#include "core/suggestion.h"
#include "evenkeel/error.h"
#include "job/job_options.h"
#include "job/output_check.h"
#include "job_arguments.h"
#include "manifest_summary.h"

namespace evenkeel {
namespace {

constexpr CommandText help{
    .usage =
        "evenkeel manifest scan [options] DIR > MANIFEST\n"
        "evenkeel manifest convert FILE > MANIFEST\n"
        "evenkeel manifest check [--deep] FILE",
    .description =
        "Writes, converts and checks manifests: descriptions of datasets as files in a fixed "
        "order ('evenkeel help datasets'). What scan and convert write to standard output names "
        "its files by absolute paths, and so holds wherever it is put.",
    .examples =
        "evenkeel manifest scan /data/images > images.json\n"
        "evenkeel manifest convert shards.csv > shards.json",
    .exit_status =
        "0 all is as described; 2 bad usage or input, or files that are not as the "
        "manifest says, a line each on standard error",
};

void scan(const JobOptions& options) {
  std::error_code unreadable;
  if (!std::filesystem::is_directory(options.manifest, unreadable)) {
    throw UserError(options.manifest +
                    (is_address(options.manifest)
                         ? ": is an address, which cannot be listed here; scan a copy"
                         : ": is not a folder that can be read; check the path"));
  }
  const Manifest manifest = read_manifest(options.manifest, file_selection(options));
  write_manifest(manifest, std::cout);
  for (const std::string& remark : manifest.remarks) {
    fmt::print(std::cerr, "evenkeel: {}\n", remark);
  }
  fmt::print(std::cerr, "{}{}{}\n", manifest_summary(manifest),
             manifest.left_out.empty() ? "" : "; left out: ", manifest.left_out);
}

ExitStatus check(const JobOptions& options, FileCheck depth) {
  const Manifest manifest = read_dataset(options);
  constexpr std::size_t most_lines = 20;
  std::int64_t faults = 0;
  const std::vector<std::string> lines = check_files(manifest, most_lines, &faults, depth);
  fmt::print(std::cout, "{}: {}\n", printable(options.manifest), manifest_summary(manifest));
  if (faults == 0 && manifest.unreadable_places == 0) return ExitStatus::complete;

  for (const std::string& line : lines) fmt::print(std::cerr, "evenkeel: {}\n", line);
  const std::int64_t more = faults - static_cast<std::int64_t>(lines.size());
  if (more > 0) fmt::print(std::cerr, "evenkeel: and {} more\n", grouped(more));
  return ExitStatus::bad_input;
}

constexpr std::array<std::string_view, 3> actions{"scan", "convert", "check"};

void check_action(const std::vector<std::string>& arguments) {
  const std::string action = arguments.empty() ? "" : arguments.front();
  if (action.starts_with('-') || std::ranges::find(actions, action) != actions.end()) return;
  constexpr const char* usage = "give scan DIR, convert FILE or check FILE";
  if (action.empty()) throw UserError(fmt::format("manifest: {}", usage));
  throw UserError(
      fmt::format("manifest: unknown action '{}'; {}", action, suggestion(action, actions, usage)));
}

}  // namespace

ExitStatus manifest_command(const Invocation& invocation) {
  check_action(invocation.arguments);
  std::string action;
  JobOptions options;  // of which only those of the dataset
  std::string& path = options.manifest;
  bool is_deep = false;
  CommandLine command_line(invocation.help(help));
  command_line.group("Actions");
  command_line.word("scan",
                    "list a directory tree: every file is a sample, and its bytes are its "
                    "cost; what is empty, hidden or temporary is left out");
  command_line.word("convert", "write a manifest of another format as evenkeel JSON");
  command_line.word("check", "check that every file is there and has the size that is described");
  command_line.group("Options");
  command_line.flag({"deep", "",
                     "for check: read the files, too: every byte, or of TFRecord files the "
                     "records' lengths, and count these"},
                    is_deep);
  add_job_option(command_line, options, "include");
  add_job_option(command_line, options, "exclude");
  command_line.argument("ACTION", action);
  command_line.argument("FILE or DIR", path);
  command_line.explain_argument([&](const std::string& argument) -> std::string {
    if (action == "check") return "give one manifest";
    return fmt::format("the manifest goes to standard output: evenkeel manifest {} {} > {}", action,
                       path, argument);
  });
  command_line.parse(invocation.arguments);

  if (is_deep && action != "check") throw UserError("--deep: requires manifest check");
  check_outputs({{"the manifest", path}});
  if (action == "check") return check(options, is_deep ? FileCheck::contents : FileCheck::sizes);
  if (action == "scan") {
    scan(options);
  } else {
    write_manifest(read_dataset(options), std::cout);
  }
  return ExitStatus::complete;
}

}  // namespace evenkeel
