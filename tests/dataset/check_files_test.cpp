#include <gtest/gtest.h>

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "dataset/manifest.h"
#include "dataset/record_files.h"
#include "dataset/temporary_folder.h"

namespace evenkeel {
namespace {

class CheckFiles : public testing::Test {
 protected:
  CheckFiles() {
    folder_.write("right", "12345");
    folder_.write("wrong", "123");
    folder_.write("unknown", "1");
    std::filesystem::create_directory(folder_.path() / "folder");
    std::filesystem::create_symlink("right", folder_.path() / "link");
    manifest_.root = folder_.path();
  }

  std::vector<std::string> check(std::size_t limit = 10) {
    return check_files(manifest_, limit, &faults_);
  }

  std::vector<std::string> check_contents() {
    return check_files(manifest_, 10, &faults_, FileCheck::contents);
  }

  std::string at(const std::string& name) const { return (folder_.path() / name).string(); }

  TemporaryFolder folder_;
  Manifest manifest_;
  std::int64_t faults_ = -1;
};

TEST_F(CheckFiles, FindsNothingWrongWithFilesAsTheyShouldBe) {
  manifest_.files.add("right", 1, 5, 1);
  manifest_.files.add("link", 1, 5, 1);
  manifest_.files.add(at("right"), 1, 5, 1);
  manifest_.files.add("unknown", 1, FileTable::unknown_bytes, 1);
  EXPECT_EQ(check(), std::vector<std::string>());
  EXPECT_EQ(faults_, 0);
}

TEST_F(CheckFiles, SaysThatAddressesCannotBeReadHere) {
  const std::string fault = ": is an address, which cannot be read here";
  manifest_.files.add("s3://bucket//a.tar", 1, 5, 1);
  manifest_.files.add("pipe:curl https://host/b.tar", 1, FileTable::unknown_bytes, 1);
  manifest_.files.add("right", 1, 5, 1);
  EXPECT_EQ(check(), (std::vector<std::string>{"s3://bucket//a.tar" + fault,
                                               "pipe:curl https://host/b.tar" + fault}));
  manifest_.root = "gs://bucket/train";
  EXPECT_EQ(check().back(), "gs://bucket/train/right" + fault);
}

TEST_F(CheckFiles, EscapesWhatATerminalWouldObey) {
  manifest_.files.add("\x1b[31m\n", 1, 5, 1);
  EXPECT_EQ(check(), (std::vector<std::string>{at(R"(\x1b[31m\x0a)") + ": no such file"}));
}

TEST_F(CheckFiles, SaysWhatIsWrong) {
  manifest_.files.add("wrong", 1, 5, 1);
  manifest_.files.add("missing", 1, FileTable::unknown_bytes, 1);
  manifest_.files.add("folder", 1, FileTable::unknown_bytes, 1);
  manifest_.files.add("right/x", 1, FileTable::unknown_bytes, 1);
  EXPECT_EQ(check(), (std::vector<std::string>{
                         at("wrong") + ": has 3 bytes; the manifest says 5",
                         at("missing") + ": no such file",
                         at("folder") + ": is not a regular file",
                         at("right/x") + ": no such file",
                     }));
  EXPECT_EQ(faults_, 4);
}

TEST_F(CheckFiles, CountsMoreThanItNames) {
  for (const char* name : {"a", "b", "c"}) manifest_.files.add(name, 1, 1, 1);
  EXPECT_EQ(check(2).size(), 2U);
  EXPECT_EQ(faults_, 3);
}

TEST_F(CheckFiles, ReadsTheContentsIfAsked) {
  // The kernel gives such files a size of 4096, and ends them where their text ends.
  const std::string shorter = "/sys/devices/system/cpu/online";
  if (!std::filesystem::exists(shorter)) GTEST_SKIP() << "no " << shorter;
  manifest_.files.add("right", 1, 5, 1);
  manifest_.files.add("missing", 1, FileTable::unknown_bytes, 1);
  manifest_.files.add(shorter, 1, FileTable::unknown_bytes, 1);
  EXPECT_EQ(check().size(), 1U);
  const std::vector<std::string> lines = check_contents();
  ASSERT_EQ(lines.size(), 2U);
  EXPECT_EQ(lines[0], at("missing") + ": no such file");
  EXPECT_EQ(lines[1].find(shorter + ": ends at byte "), 0U) << lines[1];
}

TEST_F(CheckFiles, CountsRecordsIfAsked) {
  const std::string three = record_of_three() + record_of_a_thousand() + record_of_three();
  folder_.write("three", three);
  folder_.write("cut", three.substr(0, three.size() - 1));
  folder_.write("rubbish", record_of_three() + "this is no length");
  for (const char* const name : {"three", "cut", "rubbish"}) {
    manifest_.files.add(name, 3, FileTable::unknown_bytes, 1);
  }
  manifest_.files.add(at("three"), 4, FileTable::unknown_bytes, 1);
  manifest_.files.add("./three", 1, FileTable::unknown_bytes, 1);  // the file is the sample
  EXPECT_EQ(check(), std::vector<std::string>());
  EXPECT_EQ(check_contents(),
            (std::vector<std::string>{
                at("cut") +
                    ": is cut short: 2 records end at byte 1035 of 1053, in the middle of the next",
                at("rubbish") + ": has no record at byte 19, after 1 records",
                at("three") + ": has 3 records; the manifest says 4 samples",
            }));
}

}  // namespace
}  // namespace evenkeel
