#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "cli/dataset_files.h"
#include "cli/program.h"
#include "report/scratch_folder.h"

namespace evenkeel {
namespace {

using Json = nlohmann::json;
using testing::ScratchFolder;

TEST(ManifestScan, ListsATreeAndSaysHowMuchItIs) {
  const ScratchFolder folder;
  const std::int64_t bytes = write_tree(folder.file("tree"), 50);
  write_bytes(folder.file("tree/empty"), 0);

  const Finished finished = evenkeel({"manifest", "scan", folder.file("tree")});
  EXPECT_EQ(finished.status, 0);
  const Json manifest = Json::parse(finished.out);
  EXPECT_EQ(manifest["files"].size(), 50U);
  EXPECT_EQ(manifest["root"], folder.file("tree"));
  std::int64_t sum = 0;
  for (const Json& file : manifest["files"]) sum += file["bytes"].get<std::int64_t>();
  EXPECT_EQ(sum, bytes);
  EXPECT_EQ(finished.err.find("50 files, 50 samples, "), 0U) << finished.err;
  EXPECT_NE(finished.err.find("; left out: 1 empty (empty)\n"), std::string::npos) << finished.err;
}

TEST(ManifestScan, RefusesAFolderThatIsNotThere) {
  const ScratchFolder folder;
  const Finished finished = evenkeel({"manifest", "scan", folder.file("nowhere")});
  EXPECT_EQ(finished.err.find("evenkeel: " + folder.file("nowhere")), 0U) << finished.err;
  EXPECT_EQ(finished.out, "");
  EXPECT_EQ(finished.status, 2);
}

TEST(ManifestConvert, WritesAnotherFormatAsJson) {
  const ScratchFolder folder;
  write_text(folder.file("m.csv"), "path,samples,bytes,cost\na.tar,10,1000,2.5\nb.tar,20,3000,4\n");
  const Finished converted = evenkeel({"manifest", "convert", folder.file("m.csv")});
  EXPECT_EQ(converted.err, "");
  EXPECT_EQ(converted.status, 0);
  const Json manifest = Json::parse(converted.out);
  EXPECT_EQ(manifest["evenkeel"], 1);
  EXPECT_EQ(manifest["files"][1],
            Json::parse(R"({"path": "b.tar", "samples": 20, "bytes": 3000, "cost": 4})"));
}

TEST(ManifestConvert, NamesStandardInput) {
  const Finished finished = evenkeel({"manifest", "convert", "-"});
  EXPECT_EQ(finished.err, "evenkeel: -: no such file; give /dev/stdin for standard input\n");
  EXPECT_EQ(finished.status, 2);
}

TEST(ManifestConvert, ChangesNothingTheSecondTime) {
  const ScratchFolder folder;
  write_tree(folder.file("tree"), 20);
  const std::string scanned = evenkeel({"manifest", "scan", folder.file("tree")}).out;
  write_text(folder.file("m.json"), scanned);
  EXPECT_EQ(evenkeel({"manifest", "convert", folder.file("m.json")}).out, scanned);
}

TEST(ManifestCheck, AcceptsWhatScanWrote) {
  const ScratchFolder folder;
  write_tree(folder.file("tree"), 20);
  write_text(folder.file("m.json"), evenkeel({"manifest", "scan", folder.file("tree")}).out);
  const Finished finished = evenkeel({"manifest", "check", folder.file("m.json")});
  EXPECT_EQ(finished.out.find(folder.file("m.json") + ": 20 files, 20 samples, "), 0U);
  EXPECT_EQ(finished.err, "");
  EXPECT_EQ(finished.status, 0);
}

TEST(ManifestCheck, NamesEveryFileThatIsNotAsDescribed) {
  const ScratchFolder folder;
  write_tree(folder.file("tree"), 20);
  write_text(folder.file("m.json"), evenkeel({"manifest", "scan", folder.file("tree")}).out);
  write_bytes(folder.file("tree/3/3.bin"), 7);
  std::filesystem::remove(folder.file("tree/5/5.bin"));

  const Finished finished = evenkeel({"manifest", "check", folder.file("m.json")});
  EXPECT_EQ(std::count(finished.err.begin(), finished.err.end(), '\n'), 2) << finished.err;
  EXPECT_NE(finished.err.find("evenkeel: " + folder.file("tree/3/3.bin")), std::string::npos);
  EXPECT_NE(finished.err.find("evenkeel: " + folder.file("tree/5/5.bin")), std::string::npos);
  EXPECT_EQ(finished.status, 2);
}

TEST(ManifestCheck, ListsTwentyFaultsAndCountsTheRest) {
  const ScratchFolder folder;
  write_text(folder.file("m.json"), manifest_text(30, 1));
  const Finished finished = evenkeel({"manifest", "check", folder.file("m.json")});
  EXPECT_EQ(std::count(finished.err.begin(), finished.err.end(), '\n'), 21) << finished.err;
  EXPECT_NE(finished.err.find("\nevenkeel: and 10 more\n"), std::string::npos);
  EXPECT_EQ(finished.status, 2);
}

TEST(ManifestCheck, ReadsTheFilesIfAsked) {
  const ScratchFolder folder;
  const std::string file = "/sys/devices/system/cpu/online";  // shorter than it seems
  if (!std::filesystem::exists(file)) GTEST_SKIP() << "no " << file;
  write_text(folder.file("m.json"),
             R"({"evenkeel": 1, "files": [{"path": ")" + file + R"(", "samples": 1}]})");
  EXPECT_EQ(evenkeel({"manifest", "check", folder.file("m.json")}).status, 0);
  const Finished finished = evenkeel({"manifest", "check", "--deep", folder.file("m.json")});
  EXPECT_EQ(finished.err.find("evenkeel: " + file + ": ends at byte "), 0U) << finished.err;
  EXPECT_EQ(finished.status, 2);
}

struct BadManifest {
  const char* text;
  const char* line;  // after the manifest's path
};

std::ostream& operator<<(std::ostream& out, const BadManifest& bad) { return out << bad.text; }

class BadManifests : public ::testing::TestWithParam<BadManifest> {};

TEST_P(BadManifests, AreRefusedInOneLine) {
  const ScratchFolder folder;
  const std::string path = folder.file("m.json");
  write_text(path, GetParam().text);
  const Finished finished = evenkeel({"manifest", "check", path});
  EXPECT_EQ(finished.err, "evenkeel: " + path + GetParam().line + "\n");
  EXPECT_EQ(finished.out, "");
  EXPECT_EQ(finished.status, 2);
}

INSTANTIATE_TEST_SUITE_P(
    ManifestCheck, BadManifests,
    ::testing::Values(
        BadManifest{"{\"evenkeel\": 1,\n \"files\": [{\"path\": \"a\" \"samples\": 1}]}",
                    ":2:33: is not JSON: unexpected string literal; expected '}'"},
        BadManifest{R"({"evenkeel": 1, "fils": []})",
                    ": has an unknown key \"fils\"; did you mean \"files\"?"},
        BadManifest{R"({"evenkeel": 1, "files": [{"path": "a", "samples": 0}]})",
                    ":1: /files/0/samples is 0; a file has a whole number of samples, at least 1 "
                    "and less than 2^63"},
        BadManifest{R"({"evenkeel": 1, "files": [{"path": "a", "samples": -3}]})",
                    ":1: /files/0/samples is -3; a file has a whole number of samples, at least 1 "
                    "and less than 2^63"},
        BadManifest{R"({"evenkeel": 1, "files": [{"path": "a", "samples": 99999999999999999999}]})",
                    ":1: /files/0/samples is 99999999999999999999; a file has a whole number of "
                    "samples, at least 1 and less than 2^63"},
        BadManifest{R"({"evenkeel": 1, "files": [{"path": "a", "samples": 1},
 {"path": "a", "samples": 1}]})",
                    ":2: /files/1/path is \"a\", as /files/0/path is; list each file once"}));

TEST(ManifestCheck, RefusesAManifestThatIsNotThere) {
  const ScratchFolder folder;
  const Finished finished = evenkeel({"manifest", "check", folder.file("m.json")});
  EXPECT_EQ(finished.err,
            "evenkeel: " + folder.file("m.json") + ": no such file; check the path\n");
  EXPECT_EQ(finished.status, 2);
}

}  // namespace
}  // namespace evenkeel
