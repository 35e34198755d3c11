#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <chrono>
#include <filesystem>
#include <sstream>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "dataset/manifest.h"
#include "dataset/temporary_folder.h"
#include "evenkeel/error.h"

namespace {

std::string refused;  // how the paths end at which lstat fails

}  // namespace

// In place of the C library's, for what a file system refuses even to root.
extern "C" int lstat(const char* path, struct stat* status) noexcept {
  if (refused.empty() || !std::string_view(path).ends_with(refused)) {
    return ::fstatat(AT_FDCWD, path, status, AT_SYMLINK_NOFOLLOW);
  }
  errno = EACCES;
  return -1;
}

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
  folder.write("c/d", "");
  folder.write("b", "");
  const Manifest manifest = read_manifest(folder.path());
  EXPECT_EQ(paths(manifest), (std::vector<std::string>{"a"}));
  EXPECT_EQ(manifest.left_out, "2 empty (the first: b)");
}

TEST(DirectoryManifest, LeavesOutWhatIsHiddenOrTemporary) {
  const TemporaryFolder folder;
  for (const char* name : {".git/x", "._a.tar", "a.tar", "a.tar.lock", "b/.DS_Store", "b/c~",
                           "b/d.tmp", "b/e", "lost+found/f", "x.incomplete", "__pycache__/m.pyc"}) {
    folder.write(name, "1");
  }
  const Manifest manifest = read_manifest(folder.path());
  EXPECT_EQ(paths(manifest), (std::vector<std::string>{"a.tar", "b/e"}));
  EXPECT_EQ(manifest.left_out, "9 hidden or temporary (the first: ._a.tar)");
}

TEST(DirectoryManifest, TakesWhatIsIncludedAndNotExcluded) {
  const TemporaryFolder folder;
  for (const char* name :
       {".cache/.x/c.tar", ".cache/d.tar", "._a.tar", "a.tar", "a.txt", "train/b.tar",
        "train/b.txt", "train/deep/b.tar", "train/b.tar.lock", "val/train/c.tar"}) {
    folder.write(name, "1");
  }
  using Names = std::vector<std::string>;
  const auto taken = [&](const Names& include, const Names& exclude) {
    return paths(read_manifest(folder.path(), {.include = include, .exclude = exclude}));
  };
  EXPECT_EQ(taken({"*.tar"}, {}),
            (Names{"a.tar", "train/b.tar", "train/deep/b.tar", "val/train/c.tar"}));
  EXPECT_EQ(taken({}, {"*.txt", "train"}), (Names{"a.tar"}));
  EXPECT_EQ(taken({}, {"*.txt", "/train/"}), (Names{"a.tar", "val/train/c.tar"}));
  EXPECT_EQ(taken({"train/*.tar"}, {}), (Names{"train/b.tar"}));
  EXPECT_EQ(taken({"./train"}, {"deep"}), (Names{"train/b.tar", "train/b.txt"}));
  EXPECT_EQ(taken({"train/"}, {"*.txt"}),
            (Names{"train/b.tar", "train/deep/b.tar", "val/train/c.tar"}));
  EXPECT_EQ(taken({".cache"}, {}), (Names{".cache/d.tar"}));
  EXPECT_EQ(taken({".cache/*/*.tar", "*.lock"}, {}), (Names{"train/b.tar.lock"}))
      << "the dot of .x is not written";
  EXPECT_EQ(taken({".cache/.x/*"}, {}), (Names{".cache/.x/c.tar"}));
  EXPECT_EQ(taken({"._*"}, {}), (Names{"._a.tar"}));
  EXPECT_EQ(read_manifest(folder.path(), {.include = {"a.*"}, .exclude = {"*.txt"}}).left_out,
            "3 hidden or temporary (the first: ._a.tar), 5 by --include or --exclude (the first: "
            "a.txt)");
}

TEST(DirectoryManifest, RefusesPatternsThatCannotBeMeant) {
  const TemporaryFolder folder;
  folder.write("a", "1");
  const auto fault = [&](const FileSelection& selection) -> std::string {
    try {
      read_manifest(folder.path(), selection);
    } catch (const UserError& error) {
      return error.what();
    }
    return "";
  };
  EXPECT_EQ(
      fault({.include = {"a/**"}}),
      "--include: \"a/**\" has '**'; a pattern without a slash is for names at any depth, and "
      "a folder stands for all below it");
  for (const char* pattern : {"", "/", ".", "..", "../a"}) {
    EXPECT_EQ(fault({.exclude = {pattern}}),
              "--exclude: \"" + std::string(pattern) +
                  "\" is no pattern of what is in the directory; give one such as '*.tar' or "
                  "'train/*.tar'");
  }
}

TEST(DirectoryManifest, FollowsSymbolicLinksOnce) {
  const TemporaryFolder folder;
  folder.write("blobs/1", "1");
  folder.write("blobs/2", "12");
  folder.write("elsewhere/deep/b", "1");
  const fs::path tree = folder.path() / "tree";
  folder.write("tree/a", "1");
  fs::create_symlink("../blobs/1", tree / "train-0");
  fs::create_symlink("../blobs/1", tree / "train-0-again");
  fs::create_symlink("../blobs/2", tree / "train-1");
  fs::create_symlink("a", tree / "0");
  fs::create_symlink("nothing", tree / "broken");
  fs::create_symlink("around", tree / "around");
  fs::create_directory_symlink("../elsewhere", tree / "m");
  fs::create_directory_symlink("../elsewhere/deep", tree / "n");
  fs::create_directory_symlink("../..", folder.path() / "elsewhere/deep/up");
  fs::create_directory_symlink("..", folder.path() / "elsewhere/loop");
  fs::create_directory_symlink(".", tree / "self");
  fs::create_hard_link(tree / "a", tree / "hard");
  const Manifest manifest = read_manifest(tree, {.exclude = {"up", "loop"}});
  EXPECT_EQ(paths(manifest),
            (std::vector<std::string>{"a", "hard", "m/deep/b", "train-0", "train-1"}));
  EXPECT_EQ(manifest.files.bytes(4), 2);
  EXPECT_EQ(manifest.left_out,
            "2 by --include or --exclude (the first: m/deep/up), 4 linked to what is there already "
            "(the first: 0), 2 linked to nothing (the first: around)");

  const Manifest whole = read_manifest(tree);
  EXPECT_EQ(paths(whole), paths(manifest));
  EXPECT_EQ(whole.left_out,
            "4 linked to what is there already (the first: 0), 2 linked to a folder above (the "
            "first: m/deep/up/), 2 linked to nothing (the first: around)");
}

TEST(DirectoryManifest, TakesWhatALinkMakesDataThoughItLiesElsewhere) {
  const TemporaryFolder folder;
  for (const char* name : {"all/1.tar", "all/2.tar", "all/a.idx", "all/deep/3.tar", "x/a.idx"})
    folder.write(name, "1");
  fs::create_hard_link(folder.path() / "all/1.tar", folder.path() / "all/hard.tar");
  fs::create_directory_symlink("all", folder.path() / "Current");
  fs::create_directory_symlink("..", folder.path() / "all/back");
  fs::create_symlink("all/2.tar", folder.path() / "2");
  using Names = std::vector<std::string>;
  const auto taken = [&](const Names& include) {
    return paths(read_manifest(folder.path(), {.include = include}));
  };
  EXPECT_EQ(taken({"Current"}), (Names{"Current/1.tar", "Current/2.tar", "Current/a.idx",
                                       "Current/deep/3.tar", "Current/hard.tar"}));
  EXPECT_EQ(taken({"Current", "*.idx", "2"}),
            (Names{"Current/1.tar", "Current/2.tar", "Current/deep/3.tar", "Current/hard.tar",
                   "all/a.idx", "x/a.idx"}));
  EXPECT_EQ(taken({"Current/*.tar"}),
            (Names{"Current/1.tar", "Current/2.tar", "Current/hard.tar"}));
  EXPECT_EQ(taken({"Current/deep/*", "*.idx"}),
            (Names{"Current/deep/3.tar", "all/a.idx", "x/a.idx"}));
  EXPECT_EQ(taken({"Current/deep"}), (Names{"Current/deep/3.tar"}));
  EXPECT_EQ(taken({"Current", "x", "back"}).back(), "x/a.idx") << "not all, by all/back";
}

TEST(DirectoryManifest, DoesNotFollowLinksOutOfTheDatasetUpwards) {
  const TemporaryFolder folder;
  folder.write("other/secret", "1");
  folder.write("far/linked/b", "1");
  folder.write("far/secret", "1");
  folder.write("data/tree/a", "1");
  const fs::path tree = folder.path() / "data/tree";
  fs::create_directory_symlink("..", tree / "latest");
  fs::create_directory_symlink("/", tree / "top");
  fs::create_directory_symlink("../../far/linked", tree / "m");
  fs::create_directory_symlink("..", folder.path() / "far/linked/up");
  fs::create_directory_symlink(folder.path() / "data", folder.path() / "far/linked/round");
  for (const FileSelection& selection :
       {FileSelection{}, FileSelection{.include = {"*"}}, FileSelection{.include = {"*/*"}}}) {
    const Manifest manifest = read_manifest(tree, selection);
    EXPECT_EQ(paths(manifest).back(), "m/b");
    EXPECT_NE(manifest.left_out.find("4 linked to a folder above (the first: latest/)"),
              std::string::npos)
        << manifest.left_out;
  }
}

TEST(DirectoryManifest, LeavesOutTheFilesOfTheRunItself) {
  const TemporaryFolder folder;
  for (const char* name : {"tree/a", "tree/b/r.json", "tree/r.json", "log"})
    folder.write(name, "1");
  fs::create_symlink("../log", folder.path() / "tree/log");
  const Manifest manifest =
      read_manifest(folder.path() / "tree",
                    {.own_files = {folder.path() / "tree/../tree/r.json",
                                   folder.path() / "tree/log", folder.path() / "tree/later"}});
  EXPECT_EQ(paths(manifest), (std::vector<std::string>{"a", "b/r.json"}));
  EXPECT_EQ(manifest.left_out, "2 of this run itself (the first: log)");
}

TEST(DirectoryManifest, NeedsAFileOfData) {
  const TemporaryFolder folder;
  folder.write("empty/a", "");
  EXPECT_EQ(folder.fault_of("empty"),
            "empty: has no files of data in it; left out are 1 empty (a); choose a folder of data");
  fs::create_directory(folder.path() / "nothing");
  EXPECT_EQ(folder.fault_of("nothing"),
            "nothing: has no files of data in it; choose a folder of data");
}

TEST(DirectoryManifest, LeavesOutAFolderThatCannotBeRead) {
  const TemporaryFolder folder;
  folder.write("tree/a", "1");
  folder.write("tree/b/closed/c", "1");
  fs::permissions(folder.path(), fs::perms::all);
  fs::permissions(folder.path() / "tree/b/closed", fs::perms::none);
  Manifest manifest;
  std::string fault;
  {
    const NotRoot not_root;
    manifest = read_manifest(folder.path() / "tree");
    fault = folder.fault_of("tree/b/closed");
  }
  fs::permissions(folder.path() / "tree/b/closed", fs::perms::all);
  EXPECT_EQ(paths(manifest), (std::vector<std::string>{"a"}));
  EXPECT_EQ(manifest.left_out, "");
  EXPECT_EQ(manifest.unreadable_places, 1);
  EXPECT_EQ(scan_lines(manifest),
            (std::vector<std::string>{
                (folder.path() / "tree").string() +
                ": 1 folder cannot be read, and no file in it is data: b/closed/; change the "
                "permissions, or leave it out with --exclude"}));
  EXPECT_EQ(fault,
            "tree/b/closed: cannot be listed: Permission denied; check the path and its "
            "permissions");
}

// Folders that may be listed and not searched, too, and what a link leads to.
TEST(DirectoryManifest, CountsTheFoldersThatCannotBeRead) {
  const TemporaryFolder folder;
  folder.write("tree/a", "1");
  const fs::path elsewhere = folder.write("elsewhere/in/c", "1").parent_path();
  for (const char* name : {"b", "c", "d"}) {
    folder.write(fs::path("tree") / name / "1", "1");
    folder.write(fs::path("tree") / name / "2", "1");
  }
  fs::create_directory_symlink("../elsewhere/in", folder.path() / "tree/link");
  fs::permissions(folder.path(), fs::perms::all);
  const auto close_all = [&](fs::perms permissions) {
    for (const char* name : {"b", "c", "d"})
      fs::permissions(folder.path() / "tree" / name, permissions);
    fs::permissions(elsewhere.parent_path(), permissions);
  };
  close_all(fs::perms::owner_read | fs::perms::group_read | fs::perms::others_read);
  Manifest manifest;
  std::string fault;
  {
    const NotRoot not_root;
    manifest = read_manifest(folder.path() / "tree");
    try {
      read_manifest(folder.path() / "tree", {.exclude = {"a"}});
    } catch (const UserError& error) {
      fault = error.what();
    }
  }
  close_all(fs::perms::all);
  const std::string words = (folder.path() / "tree").string() +
                            ": 3 folders and 1 link cannot be read, and no file in them is data: "
                            "b/, c/, d/ and 1 more; change the "
                            "permissions, or leave them out with --exclude";
  EXPECT_EQ(paths(manifest), (std::vector<std::string>{"a"}));
  EXPECT_EQ(manifest.remarks, (std::vector<std::string>{words}));
  EXPECT_EQ(fault, words + "; left out are 1 by --include or --exclude (a)");
}

// Such as where another user has mounted something.
TEST(DirectoryManifest, LeavesOutWhatMayNotBeLookedAtInAFolderThatIsRead) {
  const TemporaryFolder folder;
  for (const char* name : {"tree/a", "tree/b/a", "tree/b/odd/1", "tree/b/z", "tree/odd", "tree/z"})
    folder.write(name, "1");
  refused = "/odd";
  const Manifest manifest = read_manifest(folder.path() / "tree");
  const Manifest without = read_manifest(folder.path() / "tree", {.exclude = {"odd"}});
  refused.clear();
  const std::vector<std::string> all{"a", "b/a", "b/z", "z"};
  EXPECT_EQ(paths(manifest), all);
  EXPECT_EQ(manifest.left_out, "");
  EXPECT_EQ(manifest.remarks,
            std::vector<std::string>{(folder.path() / "tree").string() +
                                     ": 1 folder and 1 place cannot be read, and no file in them "
                                     "is data: b/odd/, odd; change the permissions, or leave them "
                                     "out with --exclude"});
  EXPECT_EQ(paths(without), all);
  EXPECT_EQ(without.unreadable_places, 0);
  EXPECT_EQ(without.left_out, "2 by --include or --exclude (the first: b/odd)");
}

TEST(DirectoryManifest, SaysWhichPatternsMatchNothing) {
  const TemporaryFolder folder;
  for (const char* name : {"tree/a.tar", "tree/b/c.tar", "tree/r.json"}) folder.write(name, "1");
  const std::string tree = (folder.path() / "tree").string();
  using Lines = std::vector<std::string>;
  const auto remarks = [&](const FileSelection& selection) {
    return read_manifest(tree, selection).remarks;
  };
  EXPECT_EQ(remarks({.include = {"*.tar", "b"}}), Lines());
  EXPECT_EQ(remarks({.include = {"*", "b/*"}, .exclude = {"a*", "c*"}}), Lines());
  EXPECT_EQ(remarks({.include = {"*.tar", "*.png"}}),
            Lines{"--include '*.png' matches no file of " + tree});
  EXPECT_EQ(remarks({.exclude = {"*.png", "d/"}}),
            Lines{"--exclude '*.png', --exclude 'd/' match no file of " + tree});
  EXPECT_EQ(remarks({.include = {"*.tar", "b/*"}, .exclude = {"b"}}),
            Lines{"--include 'b/*' matches no file of " + tree + " but what --exclude leaves out"});
  EXPECT_EQ(remarks({.exclude = {"r.json"}, .own_files = {folder.path() / "tree/r.json"}}),
            Lines());
}

TEST(DirectoryManifest, NamesThePatternsThatLeaveNothing) {
  const TemporaryFolder folder;
  folder.write("tree/a.jpg", "1");
  folder.write("tree/b.jpg", "1");
  folder.write("tree/c", "");
  const auto fault = [&](const FileSelection& selection) -> std::string {
    try {
      read_manifest(folder.path() / "tree", selection);
    } catch (const UserError& error) {
      return error.what();
    }
    return "";
  };
  const std::string tree = (folder.path() / "tree").string();
  EXPECT_EQ(fault({.include = {"*.png"}}),
            "--include '*.png' matches no file of " + tree +
                ", and no file of data is left; left out are 3 by --include or --exclude (the "
                "first: a.jpg); change the patterns");
  EXPECT_EQ(fault({.exclude = {"*.jpg"}}),
            tree +
                ": no file of data is left by --exclude '*.jpg'; left out are 1 empty (c), 2 by "
                "--include or --exclude (the first: a.jpg); change the patterns");
}

// Others write to the folder meanwhile.
TEST(DirectoryManifest, OutlivesFilesAndFoldersThatVanish) {
  const TemporaryFolder folder;
  folder.write("a", "1");
  std::atomic<bool> over = false;
  std::thread other([&] {
    for (int i = 0; !over; ++i) {
      folder.write("come/" + std::to_string(i % 50) + "/x", "1");
      std::error_code ignored;
      fs::remove_all(folder.path() / "come" / std::to_string((i + 25) % 50), ignored);
    }
  });
  bool vanished = false;
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  while (!vanished && std::chrono::steady_clock::now() < end) {
    const Manifest manifest = read_manifest(folder.path());
    EXPECT_EQ(paths(manifest).front(), "a");
    vanished = manifest.left_out.find("that vanished meanwhile") != std::string::npos;
  }
  over = true;
  other.join();
  EXPECT_TRUE(vanished) << "it has to happen, or this shows nothing";
}

TEST(DirectoryManifest, TakesAFileNamedAsAnAddressForAFile) {
  const TemporaryFolder folder;
  folder.write("pipe:a", "1");
  const Manifest manifest = read_manifest(folder.path());
  EXPECT_EQ(full_path(manifest.root, manifest.files.path(0)), folder.path() / "./pipe:a");
}

TEST(DirectoryManifest, RoundTripsThroughJson) {
  const TemporaryFolder folder;
  for (const char* name : {"tree/b", "tree/a\"\\\n\t", "tree/\xc3\xa9/c"}) folder.write(name, "12");
  const Manifest scanned = read_manifest(folder.path() / "tree");
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
