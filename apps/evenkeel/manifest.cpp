// evenkeel manifest: writes, converts and checks descriptions of datasets.
#include "dataset/manifest.h"

#include <fmt/ostream.h>

#include <array>
#include <cstddef>
#include <iostream>

#include "command.h"
#include "command_line.h"
#include "evenkeel/error.h"
#include "manifest_summary.h"
#include "report/number_format.h"

namespace evenkeel {
namespace {

ExitStatus scan(const Invocation& invocation) {
  CommandLine command_line(
      "usage: evenkeel manifest scan DIR > MANIFEST\n"
      "\n"
      "Lists a directory tree as a manifest on standard output: every file is a sample, and its\n"
      "bytes are its cost. Empty files are left out. The paths hold wherever the manifest is "
      "put.\n",
      "\n"
      "example:\n"
      "  evenkeel manifest scan /data/images > images.json\n");
  std::string directory;
  command_line.argument("DIR", directory);
  command_line.parse(invocation.arguments);

  std::int64_t empty_files = 0;
  const Manifest manifest = scan_directory(directory, &empty_files);
  write_manifest(manifest, std::cout);
  fmt::print(std::cerr, "{}; empty files left out: {}\n", manifest_summary(manifest),
             grouped(empty_files));
  return ExitStatus::complete;
}

ExitStatus convert(const Invocation& invocation) {
  CommandLine command_line(
      "usage: evenkeel manifest convert FILE > MANIFEST\n"
      "\n"
      "Reads a manifest in any format and writes it as evenkeel JSON on standard output.\n",
      "\n"
      "example:\n"
      "  evenkeel manifest convert shards.csv > shards.json\n");
  std::string file;
  command_line.argument("FILE", file);
  command_line.parse(invocation.arguments);
  write_manifest(read_manifest(file), std::cout);
  return ExitStatus::complete;
}

ExitStatus check(const Invocation& invocation) {
  CommandLine command_line(
      "usage: evenkeel manifest check [--deep] FILE\n"
      "\n"
      "Reads a manifest, then checks that every file is there and has the size that it gives.\n",
      "\n"
      "exit status: 0 all is as described; 2 something is not, a line each on standard error.\n");
  std::string file;
  bool is_deep = false;
  command_line.argument("FILE", file);
  command_line.group("Options");
  command_line.flag({"deep", "",
                     "read the files, too: every byte, or of TFRecord files the records' lengths, "
                     "and count these"},
                    is_deep);
  command_line.parse(invocation.arguments);

  const Manifest manifest = read_manifest(file);
  constexpr std::size_t most_lines = 20;
  std::int64_t faults = 0;
  const std::vector<std::string> lines =
      check_files(manifest, most_lines, &faults, is_deep ? FileCheck::contents : FileCheck::sizes);
  fmt::print(std::cout, "{}: {}\n", file, manifest_summary(manifest));
  if (faults == 0) return ExitStatus::complete;

  for (const std::string& line : lines) fmt::print(std::cerr, "evenkeel: {}\n", line);
  const std::int64_t more = faults - static_cast<std::int64_t>(lines.size());
  if (more > 0) fmt::print(std::cerr, "evenkeel: and {} more\n", grouped(more));
  return ExitStatus::bad_input;
}

constexpr std::array<Command, 3> commands{{
    {"scan", "write a manifest of a directory", scan},
    {"convert", "write a manifest of another format as evenkeel JSON", convert},
    {"check", "check that a manifest's files are there", check},
}};

std::string help() {
  return "usage: evenkeel manifest scan DIR | convert FILE | check FILE\n"
         "\n"
         "Writes, converts and checks manifests: descriptions of datasets as files in a fixed "
         "order.\n"
         "\n" +
         list_commands(commands) +
         "\n"
         "'evenkeel manifest COMMAND --help' says more.\n";
}

}  // namespace

ExitStatus manifest_command(const Invocation& invocation) {
  if (invocation.arguments.empty()) {
    throw UserError("manifest: give scan DIR, convert FILE or check FILE");
  }
  const std::string& name = invocation.arguments.front();
  if (name == "--help" || name == "-h") throw TextRequested(help());
  const Command& command = find_command(commands, name, "evenkeel manifest");
  return command.run({{invocation.arguments.begin() + 1, invocation.arguments.end()}, nullptr});
}

}  // namespace evenkeel
