// A file selection, applied to the names in a directory tree; private to this directory.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <algorithm>

#include "dataset/manifest.h"

namespace evenkeel {

class SelectionRules {
 public:
  // Throws UserError if a pattern cannot be meant.
  explicit SelectionRules(const FileSelection& selection);

  // Paths are relative to the root. Of a folder, `taken` is whether files in it are data unless
  // something else is said of them.
  enum class Verdict { taken, hidden, excluded, entered };
  bool takes_root() const { return include_.empty(); }
  Verdict file(std::string_view path, bool folder_taken);
  Verdict folder(std::string_view path, bool folder_taken);  // `entered`, but not taken
  bool leads_through(std::string_view folder) const;  // a path to be included, to what is in it

  // The patterns as options, those only that have matched nothing so far, or all: "--include
  // '*.tar', --exclude 'a/b'".
  std::string unmatched() const {
    return options([](const Pattern& p) { return !p.has_matched; });
  }
  std::string all() const {
    return options([](const Pattern&) { return true; });
  }
  bool has_excluded() const {
    return std::ranges::any_of(exclude_, [](const Pattern& p) { return p.has_matched; });
  }

 private:
  struct Pattern {
    std::string option;  // as it was given
    std::string text;
    bool is_path;  // else a name at any depth
    bool has_matched = false;

    bool matches(std::string_view path, int flags) const;
    bool leads_through(std::string_view folder) const;
  };

  static std::vector<Pattern> parse(std::string_view option, const std::vector<std::string>& texts);
  static bool match(std::vector<Pattern>& patterns, std::string_view path, int flags);
  template <typename Choose>
  std::string options(Choose choose) const {
    std::string list;
    for (const std::vector<Pattern>* const patterns : {&include_, &exclude_}) {
      for (const Pattern& pattern : *patterns) {
        if (choose(pattern)) list += (list.empty() ? "" : ", ") + pattern.option;
      }
    }
    return list;
  }

  std::vector<Pattern> include_;
  std::vector<Pattern> exclude_;
};

}  // namespace evenkeel
