#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <sstream>
#include <string>
#include <vector>

#include "dataset/manifest.h"
#include "dataset/temporary_folder.h"
#include "evenkeel/error.h"

namespace evenkeel {
namespace {

namespace fs = std::filesystem;

std::vector<std::string> paths(const Manifest& manifest) {
  std::vector<std::string> paths;
  for (std::int64_t file = 0; file < manifest.files.size(); ++file) {
    paths.emplace_back(manifest.files.path(file));
  }
  return paths;
}

// Root may read everything; a test of what may not be read has to be someone else meanwhile.
class NotRoot {
 public:
  NotRoot() {
    if (geteuid() == 0) was_root_ = seteuid(nobody) == 0;
  }
  ~NotRoot() {
    if (was_root_) static_cast<void>(seteuid(0) == 0);
  }
  NotRoot(const NotRoot&) = delete;
  NotRoot& operator=(const NotRoot&) = delete;

 private:
  static constexpr uid_t nobody = 65534;
  bool was_root_ = false;
};

TEST(DirectoryManifest, HasASamplePerFileWithItsBytesAsCost) {
  const TemporaryFolder folder;
  folder.write("photos/a.jpg", "12345");
  folder.write("photos/b/c.jpg", "123");
  const Manifest manifest = read_manifest(folder.path() / "photos");
  EXPECT_EQ(manifest.name, "photos");
  EXPECT_EQ(manifest.root, folder.path() / "photos");
  EXPECT_EQ(manifest.cost_unit, "bytes");
  EXPECT_EQ(paths(manifest), (std::vector<std::string>{"a.jpg", "b/c.jpg"}));
  EXPECT_EQ(manifest.files.samples(0), 1);
  EXPECT_EQ(manifest.files.bytes(0), 5);
  EXPECT_EQ(manifest.files.cost(0), 5);
  EXPECT_EQ(manifest.files.cost(1), 3);
}

TEST(DirectoryManifest, IsInByteOrderOfPaths) {
  const TemporaryFolder folder;
  for (const char* name : {"b", "a/z", "a.x", "a/B", "\xc3\xa9", "Z", "a-"})
    folder.write(name, "1");
  EXPECT_EQ(paths(read_manifest(folder.path())),
            (std::vector<std::string>{"Z", "a-", "a.x", "a/B", "a/z", "b", "\xc3\xa9"}));
}

TEST(DirectoryManifest, TakesItsNameWhateverTheSpelling) {
  const TemporaryFolder folder;
  folder.write("data/a", "1");
  for (const char* spelling : {"data", "data/", "data/.", "data/../data/"}) {
    const Manifest manifest = read_manifest(folder.path() / spelling);
    EXPECT_EQ(manifest.name, "data") << spelling;
    EXPECT_EQ(manifest.root, folder.path() / "data") << spelling;
  }
}

TEST(DirectoryManifest, LeavesOutAndCountsEmptyFiles) {
  const TemporaryFolder folder;
  folder.write("a", "1");
  folder.write("b", "");
  folder.write("c/d", "");
  std::int64_t empty_files = 0;
  EXPECT_EQ(paths(scan_directory(folder.path(), &empty_files)), (std::vector<std::string>{"a"}));
  EXPECT_EQ(empty_files, 2);
}

TEST(DirectoryManifest, LeavesOutSymbolicLinks) {
  const TemporaryFolder folder;
  folder.write("tree/a", "1");
  folder.write("elsewhere/b", "1");
  fs::create_symlink(folder.path() / "elsewhere/b", folder.path() / "tree/link");
  fs::create_directory_symlink(folder.path() / "elsewhere", folder.path() / "tree/folder");
  fs::create_directory_symlink(folder.path() / "tree", folder.path() / "tree/loop");
  EXPECT_EQ(paths(read_manifest(folder.path() / "tree")), (std::vector<std::string>{"a"}));
}

TEST(DirectoryManifest, NeedsAFileThatIsNotEmpty) {
  const TemporaryFolder folder;
  folder.write("empty/a", "");
  EXPECT_EQ(folder.fault_of("empty"),
            "empty: has no files in it that are not empty; choose a folder of data");
}

TEST(DirectoryManifest, NamesASubfolderThatCannotBeListed) {
  const TemporaryFolder folder;
  folder.write("tree/a", "1");
  folder.write("tree/b/closed/c", "1");
  fs::permissions(folder.path(), fs::perms::all);
  fs::permissions(folder.path() / "tree/b/closed", fs::perms::none);
  std::string fault;
  {
    const NotRoot not_root;
    fault = folder.fault_of("tree");
  }
  fs::permissions(folder.path() / "tree/b/closed", fs::perms::all);
  EXPECT_EQ(fault,
            "tree/b/closed/: cannot be listed: Permission denied; check the path and its "
            "permissions");
}

TEST(DirectoryManifest, NeedsADirectory) {
  const TemporaryFolder folder;
  const std::string missing = (folder.path() / "missing").string();
  std::string fault;
  try {
    scan_directory(missing);
  } catch (const UserError& error) {
    fault = error.what();
  }
  EXPECT_EQ(fault, missing +
                       ": cannot be listed: No such file or directory; check the path and its "
                       "permissions");
}

TEST(DirectoryManifest, RoundTripsThroughJson) {
  const TemporaryFolder folder;
  for (const char* name : {"tree/b", "tree/a\"\\\n\t", "tree/\xc3\xa9/c"}) folder.write(name, "12");
  const Manifest scanned = scan_directory(folder.path() / "tree");
  std::ostringstream text;
  write_manifest(scanned, text);
  const Manifest read = read_manifest(folder.write("elsewhere/m.json", text.str()));
  EXPECT_EQ(read.name, scanned.name);
  EXPECT_EQ(read.root, scanned.root);
  EXPECT_EQ(read.cost_unit, scanned.cost_unit);
  EXPECT_EQ(paths(read), paths(scanned));
  for (std::int64_t file = 0; file < read.files.size(); ++file) {
    EXPECT_EQ(read.files.bytes(file), scanned.files.bytes(file));
    EXPECT_EQ(read.files.cost(file), scanned.files.cost(file));
  }
}

}  // namespace
}  // namespace evenkeel
