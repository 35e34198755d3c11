#include <fmt/format.h>
#include <fmt/ranges.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <map>
#include <set>
#include <system_error>
#include <utility>
#include <vector>

#include "dataset/readers.h"
#include "dataset/selection_rules.h"
#include "evenkeel/error.h"

namespace evenkeel {
namespace {

namespace fs = std::filesystem;

using Verdict = SelectionRules::Verdict;

// Why something in the tree is not data, in words that follow a number.
enum class Reason {
  empty,
  hidden,
  excluded,
  own,
  double_link,
  up_link,
  broken_link,
  closed,
  gone,
  special
};
constexpr std::array<std::string_view, 10> reasons{"empty",
                                                   "hidden or temporary",
                                                   "by --include or --exclude",
                                                   "of this run itself",
                                                   "linked to what is there already",
                                                   "linked to a folder above",
                                                   "linked to nothing",
                                                   "that cannot be read",
                                                   "that vanished meanwhile",
                                                   "neither files nor folders"};

class LeftOut {
 public:
  void add(Reason reason, std::string_view path) {
    auto& [count, first] = by_reason_[reason];
    if (count++ == 0 || path < first) first = path;
  }

  std::string text() const {
    std::vector<std::string> parts;
    for (const auto& [reason, kept] : by_reason_) {
      parts.push_back(fmt::format("{} {} ({}{})", kept.first,
                                  reasons[static_cast<std::size_t>(reason)],
                                  kept.first > 1 ? "the first: " : "", shortened(kept.second)));
    }
    return fmt::format("{}", fmt::join(parts, ", "));
  }

 private:
  std::map<Reason, std::pair<std::int64_t, std::string>> by_reason_;  // how many, and the first
};

// What a file or folder is, whatever path leads there.
using Identity = std::pair<dev_t, ino_t>;
Identity identity_of(const struct stat& status) { return {status.st_dev, status.st_ino}; }

// How something is reached: where it lies, in a folder that is listed again, or by a link.
enum class Way { here, again, link };

struct Folder {
  std::string path;  // empty or ends with a slash
  bool taken;
  Identity identity;
  Way way;
};

struct ListedFile {
  std::string path;  // relative to the tree's root
  std::int64_t bytes;
  Identity identity;
  Identity folder;
  Way way;

  auto place() const { return std::pair(folder, fs::path(path).filename().string()); }
};

struct Link {
  std::string path;
  Folder folder;
};

bool is_in(fs::path folder, const Identity& above) {
  Identity last{};
  for (struct stat status = {}; ::stat(folder.c_str(), &status) == 0; folder /= "..") {
    const Identity identity = identity_of(status);
    if (identity == above) return true;
    if (std::exchange(last, identity) == identity) break;  // the root of all
  }
  return false;
}

// The files below a directory, in no particular order.
class TreeListing {
 public:
  TreeListing(const fs::path& root, const FileSelection& selection)
      : root_(root), rules_(selection) {
    for (const fs::path& file : selection.own_files) add_own(file);
    struct stat status = {};
    if (::stat(root.c_str(), &status) != 0) fail(errno, "");
    enter("", rules_.takes_root(), status, Way::here);
    list_folders();
    // Links come after all else, in byte order, so that the outcome does not depend on the order in
    // which a system lists its files.
    while (!links_.empty()) {
      std::vector<Link> links = std::exchange(links_, {});
      std::ranges::sort(links, {}, &Link::path);
      for (const Link& link : links) {
        follow(link);
        list_folders();
      }
    }
  }

  // In byte order of paths.
  std::vector<ListedFile> take(LeftOut& left_out) && {
    std::ranges::sort(files_, {}, &ListedFile::path);
    leave_out_doubles();
    left_out = std::move(left_out_);
    return std::move(files_);
  }

 private:
  // By folder and name, as the file may come later; and what it is a link to, if it is one.
  void add_own(const fs::path& file) {
    std::error_code none;
    const fs::path target = fs::is_symlink(file, none) ? fs::weakly_canonical(file, none) : file;
    for (const fs::path& path : {file, target}) {
      struct stat status = {};
      const fs::path folder = fs::absolute(path).parent_path();
      if (::stat(folder.c_str(), &status) != 0) continue;
      own_files_.emplace(identity_of(status), path.filename().string());
    }
  }

  void list_folders() {
    while (!folders_.empty()) {
      const Folder folder = std::move(folders_.back());
      folders_.pop_back();
      list(folder);
    }
  }

  void list(const Folder& folder) {
    std::error_code error;
    fs::directory_iterator entry(root_ / folder.path, error);
    for (; !error && entry != fs::directory_iterator(); entry.increment(error)) {
      const std::string name = entry->path().filename().string();
      const std::string path = folder.path + name;
      struct stat status = {};
      if (own_files_.contains({folder.identity, name})) {
        left_out_.add(Reason::own, path);
      } else if (::lstat(entry->path().c_str(), &status) != 0) {
        pass_over(errno, path);
      } else if (S_ISLNK(status.st_mode)) {
        links_.push_back({path, folder});
      } else {
        add(path, folder, status, folder.way);
      }
    }
    if (error) pass_over(error.value(), folder.path);
  }

  void follow(const Link& link) {
    struct stat status = {};
    const bool is_broken = ::stat((root_ / link.path).c_str(), &status) != 0;
    add(link.path, link.folder, status, Way::link, is_broken);
  }

  void add(const std::string& path, const Folder& folder, const struct stat& status, Way way,
           bool is_broken = false) {
    const bool is_folder = S_ISDIR(status.st_mode);
    const Verdict verdict =
        is_folder ? rules_.folder(path, folder.taken) : rules_.file(path, folder.taken);
    if (verdict == Verdict::hidden) return left_out_.add(Reason::hidden, path);
    if (verdict == Verdict::excluded) return left_out_.add(Reason::excluded, path);
    if (is_broken) return left_out_.add(Reason::broken_link, path);
    if (is_folder) return enter(path, verdict == Verdict::taken, status, way);
    if (!S_ISREG(status.st_mode)) return left_out_.add(Reason::special, path);
    if (status.st_size == 0) return left_out_.add(Reason::empty, path);
    files_.push_back({path, status.st_size, identity_of(status), folder.identity, way});
  }

  // Once, whatever leads there; again only by a way that makes more of it data. A link upwards
  // leads out of the dataset, or round.
  void enter(const std::string& path, bool taken, const struct stat& status, Way way) {
    const Identity identity = identity_of(status);
    const std::string inside = path.empty() ? path : path + '/';
    const auto before = entered_.find(identity);
    const bool is_again = before != entered_.end();
    const bool is_more = !is_again || (taken ? !before->second : rules_.leads_through(path));
    if (!is_more) return left_out_.add(Reason::double_link, inside);
    if (way == Way::link && leads_up(path, identity)) {
      return left_out_.add(Reason::up_link, inside);
    }
    entered_[identity] |= taken;
    folders_.push_back({inside, taken, identity, is_again ? Way::again : Way::here});
  }

  bool leads_up(const std::string& link, const Identity& target) const {
    return is_in(root_, target) || is_in((root_ / link).parent_path(), target);
  }

  // Others may change the tree meanwhile, and not all in it may be for this user.
  void pass_over(int error, const std::string& path) {
    const bool is_gone = error == ENOENT || error == ENOTDIR || error == ESTALE;
    const bool is_closed = error == EACCES || error == EPERM;
    if (path.empty() || (!is_gone && !is_closed)) fail(error, path);
    left_out_.add(is_gone ? Reason::gone : Reason::closed, path);
  }

  [[noreturn]] void fail(int error, const std::string& path) const {
    throw UserError(fmt::format("{}: cannot be listed: {}; check the path and its permissions",
                                path.empty() ? root_.string() : (root_ / path).string(),
                                std::generic_category().message(error)));
  }

  // A file is taken where it lies, and else by the first of its links. Hard links are files of
  // their own.
  void leave_out_doubles() {
    const auto has = [&](Way way) {
      return std::ranges::find(files_, way, &ListedFile::way) != files_.end();
    };
    const bool has_again = has(Way::again);
    if (!has_again && !has(Way::link)) return;
    std::set<Identity> taken;
    std::set<std::pair<Identity, std::string>> places;
    for (const Way way : {Way::here, Way::again, Way::link}) {
      std::erase_if(files_, [&](const ListedFile& file) {
        if (file.way != way) return false;
        const bool is_double = way == Way::link ? taken.contains(file.identity)
                                                : has_again && !places.insert(file.place()).second;
        taken.insert(file.identity);
        if (is_double) left_out_.add(Reason::double_link, file.path);
        return is_double;
      });
    }
  }

  const fs::path& root_;
  SelectionRules rules_;
  std::set<std::pair<Identity, std::string>> own_files_;  // by their folders and names
  std::map<Identity, bool> entered_;                      // whether as taken
  std::vector<Folder> folders_;                           // still to be listed
  std::vector<Link> links_;                               // still to be followed
  std::vector<ListedFile> files_;
  LeftOut left_out_;
};

}  // namespace

Manifest scan_directory(const fs::path& directory, const FileSelection& selection) {
  LeftOut left_out;
  const std::vector<ListedFile> files = TreeListing(directory, selection).take(left_out);
  Manifest manifest;
  manifest.left_out = left_out.text();
  if (files.empty()) {
    throw UserError(fmt::format("{}: has no files of data in it{}; choose a folder of data",
                                directory.string(),
                                manifest.left_out.empty() ? "" : ", but " + manifest.left_out));
  }
  manifest.root = absolute_folder(directory);
  manifest.name = manifest.root.has_filename() ? manifest.root.filename().string() : "/";
  manifest.cost_unit = "bytes";
  for (const ListedFile& file : files) {
    if (!is_path(file.path)) {
      throw UserError(
          fmt::format("{}: the name {} is not UTF-8, which trainers' lines need; "
                      "rename it, or leave it out with --exclude",
                      directory.string(), quoted(std::string_view(file.path))));
    }
    const std::string_view here = is_address(file.path) ? "./" : "";  // a file named pipe:a
    manifest.files.add(std::string(here) + file.path, 1, file.bytes,
                       static_cast<double>(file.bytes));
  }
  return manifest;
}

}  // namespace evenkeel
