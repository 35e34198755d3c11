#include <fcntl.h>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <deque>
#include <map>
#include <set>
#include <system_error>
#include <tuple>
#include <utility>
#include <vector>

#include "core/display_text.h"
#include "core/number_format.h"
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
  gone,
  special
};
constexpr std::array<std::string_view, 9> reasons{"empty",
                                                  "hidden or temporary",
                                                  "by --include or --exclude",
                                                  "of this run itself",
                                                  "linked to what is there already",
                                                  "linked to a folder above",
                                                  "linked to nothing",
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
enum class Way : std::uint8_t { here, again, link };

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
  std::uint32_t folder;  // its number
  Way way;
  bool is_double = false;

  std::string_view name() const { return std::string_view(path).substr(path.rfind('/') + 1); }
};

struct Entry {
  std::string path;
  Folder folder;
  std::uint32_t folder_number;
};

bool is_closed(int error) { return error == EACCES || error == EPERM; }

bool is_in(fs::path folder, const Identity& above) {
  Identity last{};
  for (struct stat status = {}; ::stat(folder.c_str(), &status) == 0; folder /= "..") {
    const Identity identity = identity_of(status);
    if (identity == above) return true;
    if (std::exchange(last, identity) == identity) break;  // the root of all
  }
  return false;
}

// Folders, with a slash at the end, links and what else cannot be read; and which of these they
// are.
using Unreadable = std::map<std::string, std::string>;

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
      std::vector<Entry> links = std::exchange(links_, {});
      std::ranges::sort(links, {}, &Entry::path);
      for (const Entry& link : links) {
        follow(link);
        list_folders();
      }
    }
  }

  // In byte order of paths; once.
  std::deque<ListedFile> take() {
    std::ranges::sort(files_, {}, &ListedFile::path);
    leave_out_doubles();
    return std::move(files_);
  }

  const SelectionRules& rules() const { return rules_; }
  const LeftOut& left_out() const { return left_out_; }
  const Unreadable& unreadable() const { return unreadable_; }

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
      identities_.push_back(folder.identity);
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
        static_cast<void>(rules_.file(path, folder.taken));  // a pattern for it is no mistake
        left_out_.add(Reason::own, path);
      } else if (::lstat(entry->path().c_str(), &status) != 0) {
        const int fault = errno;
        if (!is_closed(fault)) {
          pass_over(fault, path);
        } else if (!is_searchable(folder)) {
          return pass_over(fault, folder.path);
        } else {  // such as where another user has mounted something
          std::error_code unknown;
          status.st_mode = entry->is_directory(unknown) ? S_IFDIR : S_IFREG;
          add({path, folder, number_of_last()}, status, folder.way, fault);
        }
      } else if (S_ISLNK(status.st_mode)) {
        links_.push_back({path, folder, number_of_last()});
      } else {
        add({path, folder, number_of_last()}, status, folder.way);
      }
    }
    if (error) pass_over(error.value(), folder.path);
  }

  void follow(const Entry& link) {
    struct stat status = {};
    const int fault = ::stat((root_ / link.path).c_str(), &status) == 0 ? 0 : errno;
    add(link, status, Way::link, fault);
  }

  std::uint32_t number_of_last() const {
    return static_cast<std::uint32_t>(identities_.size() - 1);
  }

  bool is_searchable(const Folder& folder) const {
    return ::faccessat(AT_FDCWD, (root_ / folder.path).c_str(), X_OK, AT_EACCESS) == 0;
  }

  // `fault`: of a link that leads nowhere, or of what may not be looked at.
  void add(const Entry& entry, const struct stat& status, Way way, int fault = 0) {
    const auto& [path, folder, number] = entry;
    const bool is_folder = S_ISDIR(status.st_mode);
    const Verdict verdict =
        is_folder ? rules_.folder(path, folder.taken) : rules_.file(path, folder.taken);
    if (verdict == Verdict::hidden) return left_out_.add(Reason::hidden, path);
    if (verdict == Verdict::excluded) return left_out_.add(Reason::excluded, path);
    if (is_closed(fault)) {
      const char* const kind = way == Way::link ? "link" : "place";
      return is_folder ? pass_over(fault, path + '/') : pass_over(fault, path, kind);
    }
    if (fault != 0) return left_out_.add(Reason::broken_link, path);
    if (is_folder) return enter(path, verdict == Verdict::taken, status, way);
    if (!S_ISREG(status.st_mode)) return left_out_.add(Reason::special, path);
    if (status.st_size == 0) return left_out_.add(Reason::empty, path);
    files_.push_back({path, status.st_size, identity_of(status), number, way});
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
    if (is_again) again_.push_back(identity);
    folders_.push_back({inside, taken, identity, is_again ? Way::again : Way::here});
  }

  bool leads_up(const std::string& link, const Identity& target) const {
    return is_in(root_, target) || is_in((root_ / link).parent_path(), target);
  }

  // Others may change the tree meanwhile, and not all in it may be for this user.
  void pass_over(int error, const std::string& path, const char* kind = "folder") {
    const bool is_gone = error == ENOENT || error == ENOTDIR || error == ESTALE;
    if (path.empty() || (!is_gone && !is_closed(error))) fail(error, path);
    if (is_gone) return left_out_.add(Reason::gone, path);
    unreadable_.emplace(path, kind);
  }

  [[noreturn]] void fail(int error, const std::string& path) const {
    throw UserError(fmt::format("{}: cannot be listed: {}; check the path and its permissions",
                                path.empty() ? root_.string() : (root_ / path).string(),
                                std::generic_category().message(error)));
  }

  // A file is taken where it lies, and else by the first of its links. Hard links are files of
  // their own. Of the many files of a large tree, nothing is kept but of those that a link may lead
  // to, too.
  void leave_out_doubles() {
    if (!again_.empty()) mark_those_listed_again();
    const auto is_link = [](const ListedFile& file) { return file.way == Way::link; };
    if (std::ranges::any_of(files_, is_link)) mark_links_to_what_is_there();
    std::erase_if(files_, [this](const ListedFile& file) {
      if (file.is_double) left_out_.add(Reason::double_link, file.path);
      return file.is_double;
    });
  }

  void mark_those_listed_again() {
    std::ranges::sort(again_);
    std::vector<ListedFile*> files;
    for (ListedFile& file : files_) {
      const bool may_be =
          file.way != Way::link && std::ranges::binary_search(again_, identities_[file.folder]);
      if (may_be) files.push_back(&file);
    }
    const auto place = [this](const ListedFile* file) {
      return std::pair(identities_[file->folder], file->name());
    };
    std::ranges::sort(files, {}, [&](const ListedFile* file) {
      return std::tuple(place(file), file->way, std::string_view(file->path));
    });
    for (std::size_t i = 1; i < files.size(); ++i) {
      files[i]->is_double = place(files[i]) == place(files[i - 1]);
    }
  }

  void mark_links_to_what_is_there() {
    std::vector<Identity> targets;
    for (const ListedFile& file : files_) {
      if (file.way == Way::link) targets.push_back(file.identity);
    }
    std::ranges::sort(targets);
    std::vector<bool> is_there(targets.size());
    // Whether it was there before.
    const auto note = [&](const ListedFile& file) {
      const auto found = std::ranges::lower_bound(targets, file.identity);
      if (found == targets.end() || *found != file.identity) return false;
      const auto at = static_cast<std::size_t>(found - targets.begin());
      const bool was_there = is_there[at];
      is_there[at] = true;
      return was_there;
    };
    for (const ListedFile& file : files_) {
      if (file.way != Way::link) note(file);
    }
    for (ListedFile& file : files_) {
      if (file.way == Way::link) file.is_double = note(file);
    }
  }

  const fs::path& root_;
  SelectionRules rules_;
  std::set<std::pair<Identity, std::string>> own_files_;  // by their folders and names
  std::map<Identity, bool> entered_;                      // whether as taken
  std::vector<Folder> folders_;                           // still to be listed
  std::vector<Entry> links_;                              // still to be followed
  std::vector<Identity> identities_;                      // of the folders listed, by number
  std::vector<Identity> again_;                           // of those listed more than once
  std::deque<ListedFile> files_;                          // does not grow by copies
  Unreadable unreadable_;
  LeftOut left_out_;
};

std::string matches_nothing(const SelectionRules& rules, const std::string& folder) {
  const std::string patterns = rules.unmatched();
  const bool are_several = patterns.find("', --") != std::string::npos;
  return fmt::format("{} {} no file of {}{}", patterns, are_several ? "match" : "matches", folder,
                     rules.has_excluded() ? " but what --exclude leaves out" : "");
}

std::string unreadable_text(const Unreadable& places, const std::string& root) {
  constexpr std::size_t most_named = 3;
  std::vector<std::string> named;
  std::map<std::string, std::int64_t> by_kind;
  for (const auto& [place, kind] : places) {
    ++by_kind[kind];
    if (named.size() < most_named) named.push_back(shortened(place));
  }
  const std::size_t more = places.size() - named.size();
  std::vector<std::string> counts;
  counts.reserve(by_kind.size());
  for (const auto& [kind, count] : by_kind) counts.push_back(counted(count, kind));
  const char* const them = places.size() == 1 ? "it" : "them";
  return fmt::format(
      "{}: {} cannot be read, and no file in {} is data: {}{}; change the permissions, or leave {} "
      "out with --exclude",
      root, fmt::join(counts, " and "), them, fmt::join(named, ", "),
      more > 0 ? fmt::format(" and {} more", more) : "", them);
}

// Where nothing is left. `manifest`: what the scan says.
[[noreturn]] void throw_no_data(const std::string& folder, const SelectionRules& rules,
                                const Manifest& manifest) {
  const std::string left_out =
      manifest.left_out.empty() ? "" : "; left out are " + manifest.left_out;
  if (manifest.unreadable_places > 0) throw UserError(manifest.remarks.back() + left_out);
  if (!rules.unmatched().empty()) {
    throw UserError(fmt::format("{}, and no file of data is left{}; change the patterns",
                                matches_nothing(rules, folder), left_out));
  }
  if (!rules.all().empty()) {
    throw UserError(fmt::format("{}: no file of data is left by {}{}; change the patterns", folder,
                                rules.all(), left_out));
  }
  throw UserError(
      fmt::format("{}: has no files of data in it{}; choose a folder of data", folder, left_out));
}

}  // namespace

Manifest scan_directory(const fs::path& directory, const FileSelection& selection) {
  TreeListing listing(directory, selection);
  std::deque<ListedFile> files = listing.take();
  const std::string folder = printable(directory.string());
  Manifest manifest;
  manifest.left_out = listing.left_out().text();
  manifest.unreadable_places = std::ssize(listing.unreadable());
  if (!listing.rules().unmatched().empty()) {
    manifest.remarks.push_back(matches_nothing(listing.rules(), folder));
  }
  if (!listing.unreadable().empty()) {
    manifest.remarks.push_back(unreadable_text(listing.unreadable(), folder));
  }
  if (files.empty()) throw_no_data(folder, listing.rules(), manifest);
  manifest.root = absolute_folder(directory);
  manifest.name = manifest.root.has_filename() ? manifest.root.filename().string() : "/";
  manifest.cost_unit = "bytes";
  std::size_t path_bytes = 0;
  for (const ListedFile& file : files) path_bytes += file.path.size() + 2;
  manifest.files.reserve(std::ssize(files), static_cast<std::int64_t>(path_bytes));
  for (; !files.empty(); files.pop_front()) {
    const ListedFile& file = files.front();
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
