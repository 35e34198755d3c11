// How a manifest's format is recognised.
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>
#include <thread>

#include "dataset/manifest.h"
#include "dataset/temporary_folder.h"

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
