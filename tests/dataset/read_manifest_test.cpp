// How a manifest's format is recognised.
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>
#include <thread>

#include "dataset/dataset.h"
#include "dataset/manifest.h"
#include "dataset/temporary_folder.h"
#include "evenkeel/error.h"

namespace evenkeel {
namespace {

constexpr std::string_view no_manifest =
    "m: is not a manifest; known are JSON lines of NeMo or Lhotse, evenkeel JSON, CSV with a "
    "header "
    "path,samples[,bytes][,cost], and a directory";

TEST(ReadManifest, NeedsNoFileExtension) {
  const TemporaryFolder folder;
  EXPECT_EQ(read_manifest(folder.write("a",
                                       " \n{\"evenkeel\": 1, \"files\": [{\"path\": \"x\", "
                                       "\"samples\": 1}]}"))
                .cost_unit,
            "samples");
  EXPECT_EQ(read_manifest(folder.write("b", "\n\n{\"duration\": 1}\n")).cost_unit, "seconds");
  EXPECT_EQ(read_manifest(folder.write("c", "cost,path,samples\n1,x,2\n")).cost_unit, "cost");
  EXPECT_EQ(read_manifest(folder.path()).cost_unit, "bytes");
}

TEST(ReadManifest, TakesAManifestOnOneLineForOne) {
  const TemporaryFolder folder;
  EXPECT_EQ(folder.fault_of("m", R"({"duration": 3, "evenkeel": 1, "files": []})"),
            "m: has an unknown key \"duration\"; known are evenkeel, files, name, root, cost_unit, "
            "extra");
}

TEST(ReadManifest, SkipsAByteOrderMark) {
  const TemporaryFolder folder;
  const Manifest manifest = read_manifest(folder.write(
      "m", "\xef\xbb\xbf{\"evenkeel\": 1, \"files\": [{\"path\": \"x\", \"samples\": 1}]}"));
  EXPECT_EQ(manifest.files.path(0), "x");
}

TEST(ReadManifest, SaysWhichFormatsAreKnown) {
  const TemporaryFolder folder;
  for (const std::string_view text : {"hello\n", "[1]", "shard,bytes\na,1\n", "\"\n", "paths\n"}) {
    EXPECT_EQ(folder.fault_of("m", text), no_manifest) << text;
  }
}

TEST(ReadManifest, SaysThatAFileIsCompressed) {
  EXPECT_EQ(TemporaryFolder().fault_of("m", "\x1f\x8b\x08 path,samples\n"),
            "m: is compressed; unpack it with gunzip");
}

TEST(ReadManifest, RefusesAnEmptyFile) {
  const TemporaryFolder folder;
  for (const std::string_view text : {"", " \r\n\t", "\xef\xbb\xbf"}) {
    EXPECT_EQ(folder.fault_of("m", text), "m: is empty; a manifest lists at least one file");
  }
}

TEST(ReadManifest, RefusesADevice) {
  for (const char* device : {"/dev/zero", "/dev/urandom", "/dev/null"}) {
    EXPECT_EQ(TemporaryFolder().fault_of(device),
              std::string(device) + ": is a device; give a file or a pipe");
  }
}

// It would never end.
TEST(ReadManifest, StopsReadingAPipeOfZeros) {
  const TemporaryFolder folder;
  const std::filesystem::path pipe = folder.path() / "pipe";
  ASSERT_EQ(mkfifo(pipe.c_str(), 0600), 0);
  const auto ignore = std::signal(SIGPIPE, SIG_IGN);
  std::thread writer([&] {
    std::ofstream out(pipe);
    while (out << std::string(1 << 16, '\0')) {
    }
  });
  EXPECT_EQ(folder.fault_of("pipe"), "pipe:1: has a NUL byte; give a text file");
  writer.join();
  std::signal(SIGPIPE, ignore);
}

TEST(ReadManifest, RefusesAnAddress) {
  EXPECT_EQ(TemporaryFolder().fault_of("/s"), "/s: no such file; check the path");
  try {
    read_manifest("s3://bucket/m.json");
    ADD_FAILURE();
  } catch (const UserError& error) {
    EXPECT_STREQ(error.what(),
                 "s3://bucket/m.json: is an address, which cannot be read here; copy it to a file");
  }
}

TEST(ReadManifest, PassesAddressesOn) {
  const TemporaryFolder folder;
  const std::string addresses[] = {"s3://bucket//a.tar", "https://host/x.tar?sig=1#2",
                                   "file:///data/a.tar", "pipe:aws s3 cp s3://b/c.tar -",
                                   "zip://a::gs://b/c.zip"};
  std::string text = "path,samples\na://b,1\n1://b,1\na:b,1\n";
  for (const std::string& address : addresses) text += "\"" + address + "\",1\n";
  const Dataset dataset = Dataset::cut(read_manifest(folder.write("m.csv", text)), 10);
  EXPECT_EQ(dataset.path(0), "a://b");
  EXPECT_EQ(dataset.path(1).string(), folder.path().string() + "/1://b");
  EXPECT_EQ(dataset.path(2), folder.path() / "a:b");
  for (std::int64_t file = 3; file < dataset.files(); ++file) {
    EXPECT_EQ(dataset.path(file).string(), addresses[file - 3]);
  }
}

TEST(ReadManifest, KeepsARootThatIsAnAddress) {
  const TemporaryFolder folder;
  const Manifest manifest = read_manifest(folder.write("m.json", R"({"evenkeel": 1,
      "root": "s3://bucket/../t", "files": [{"path": "a.tar", "samples": 1},
                                            {"path": "/b", "samples": 1}]})"));
  EXPECT_EQ(manifest.root.string(), "s3://bucket/../t");
  const Dataset dataset = Dataset::cut(manifest, 10);
  EXPECT_EQ(dataset.path(0).string(), "s3://bucket/../t/a.tar");
  EXPECT_EQ(dataset.path(1).string(), "/b");
}

TEST(ReadManifest, RefusesNamesThatAreNotUtf8) {
  const TemporaryFolder folder;
  const std::string csv = "path,samples\na,1\n";
  const std::string remedy = " is not UTF-8, which trainers' lines need; rename it";
  const std::string at_root = folder.path().string() + R"(/\xe9")" + remedy;
  EXPECT_EQ(folder.fault_of("\xe9/m.csv", csv), "\xe9/m.csv: the name \"" + at_root);
  EXPECT_EQ(folder.fault_of("\xe9.csv", csv), "\xe9.csv: the name \"\\xe9\"" + remedy);
  folder.write("tree/ok", "1");
  folder.write("tree/caf\xe9.tar", "1");
  EXPECT_EQ(folder.fault_of("tree"),
            "tree: the name \"caf\\xe9.tar\"" + remedy + ", or leave it out with --exclude");
  EXPECT_EQ(read_manifest(folder.path() / "tree", {.exclude = {"caf*"}}).files.size(), 1);
}

// As the kernel does, and so as a path with ".." in CSV means.
TEST(ReadManifest, FollowsALinkBeforeItGoesUp) {
  const TemporaryFolder folder;
  const std::string text =
      R"({"evenkeel": 1, "root": "../data", "files": [{"path": "a", "samples": 1}]})";
  folder.write("real/lists/m.json", text);
  folder.write("home/x", "");
  std::filesystem::create_directory_symlink("../real/lists", folder.path() / "home/lists");
  EXPECT_EQ(read_manifest(folder.path() / "home/lists/m.json").root, folder.path() / "real/data");
  EXPECT_EQ(read_manifest(folder.path() / "home/lists/../lists/m.json").root,
            folder.path() / "real/data");
}

// The folder of a pipe holds no data: not /dev, nor /proc.
TEST(ReadManifest, TakesPathsFromAPipeRelativeToTheCurrentFolder) {
  std::array<int, 2> ends{};
  ASSERT_EQ(pipe(ends.data()), 0);
  constexpr std::string_view text = "path,samples\na.tar,3\n";
  ASSERT_EQ(write(ends[1], text.data(), text.size()), std::ssize(text));
  close(ends[1]);
  const Manifest manifest = read_manifest("/dev/fd/" + std::to_string(ends[0]));
  EXPECT_EQ(manifest.root, std::filesystem::current_path());
  close(ends[0]);

  // JSON lines are the data itself, which is where it is.
  ASSERT_EQ(pipe(ends.data()), 0);
  constexpr std::string_view line = "{\"duration\": 1}\n";
  ASSERT_EQ(write(ends[1], line.data(), line.size()), std::ssize(line));
  close(ends[1]);
  const std::string path = "/dev/fd/" + std::to_string(ends[0]);
  EXPECT_EQ(Dataset::cut(read_manifest(path), 1).path(0), path);
  close(ends[0]);
}

TEST(ReadManifest, SelectsOnlyInDirectories) {
  const TemporaryFolder folder;
  const std::filesystem::path file = folder.write("m.csv", "path,samples\na,1\n");
  try {
    read_manifest(file, {.exclude = {"a"}});
    ADD_FAILURE();
  } catch (const UserError& error) {
    EXPECT_EQ(error.what(), file.string() +
                                ": is a file that lists the data; --include and --exclude require "
                                "a directory");
  }
}

TEST(ReadManifest, RefusesAMissingFile) {
  EXPECT_EQ(TemporaryFolder().fault_of("m"), "m: no such file; check the path");
}

TEST(ReadManifest, RefusesAFileThatCannotBeOpened) {
  const TemporaryFolder folder;
  folder.write("a", "x");
  EXPECT_EQ(folder.fault_of("a/m"),
            "a/m: cannot be opened: Not a directory; check its permissions");
}

TEST(ReadManifest, ReadsFromAPipe) {
  const TemporaryFolder folder;
  const std::filesystem::path pipe = folder.path() / "pipe";
  ASSERT_EQ(mkfifo(pipe.c_str(), 0600), 0);
  std::string text = "path,samples\n";
  for (int file = 0; file < 20'000; ++file) text += std::to_string(file) + ",1\n";
  std::thread writer([&] { std::ofstream(pipe) << text; });
  const Manifest manifest = read_manifest(pipe);
  writer.join();
  EXPECT_EQ(manifest.files.size(), 20'000);
}

}  // namespace
}  // namespace evenkeel
