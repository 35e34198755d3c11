#include <gtest/gtest.h>

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "dataset/manifest.h"
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

}  // namespace
}  // namespace evenkeel
