// A file selection, applied to the names in a directory tree; private to this directory.
#pragma once

#include <string>
#include <string_view>
#include <vector>

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
  Verdict file(std::string_view path, bool folder_taken) const;
  Verdict folder(std::string_view path, bool folder_taken) const;  // `entered`, but not taken
  bool leads_through(std::string_view folder) const;  // a path to be included, to what is in it

 private:
  struct Pattern {
    std::string text;
    bool is_path;  // else a name at any depth

    bool matches(std::string_view path, int flags) const;
    bool leads_through(std::string_view folder) const;
  };

  static std::vector<Pattern> parse(std::string_view option, const std::vector<std::string>& texts);
  bool includes(std::string_view path) const;
  bool excludes(std::string_view path) const;

  std::vector<Pattern> include_;
  std::vector<Pattern> exclude_;
};

}  // namespace evenkeel
