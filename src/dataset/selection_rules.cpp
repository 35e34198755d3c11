#include "dataset/selection_rules.h"

#include <fmt/format.h>
#include <fnmatch.h>

#include <algorithm>
#include <array>

#include "dataset/readers.h"
#include "evenkeel/error.h"

namespace evenkeel {
namespace {

constexpr std::array<std::string_view, 5> temporary_endings{".lock", ".tmp", "~", ".part",
                                                            ".incomplete"};
constexpr std::array<std::string_view, 5> of_systems{"lost+found", "__pycache__", "__MACOSX",
                                                     "Thumbs.db", "desktop.ini"};

std::string_view name_of(std::string_view path) { return path.substr(path.rfind('/') + 1); }

bool is_hidden(std::string_view path) {
  const std::string_view name = name_of(path);
  return name.starts_with('.') || std::ranges::find(of_systems, name) != of_systems.end() ||
         std::ranges::any_of(temporary_endings, [&](auto end) { return name.ends_with(end); });
}

}  // namespace

SelectionRules::SelectionRules(const FileSelection& selection)
    : include_(parse("include", selection.include)),
      exclude_(parse("exclude", selection.exclude)) {}

std::vector<SelectionRules::Pattern> SelectionRules::parse(std::string_view option,
                                                           const std::vector<std::string>& texts) {
  std::vector<Pattern> patterns;
  for (std::string_view text : texts) {
    const std::string given = quoted(text);
    const std::string words = fmt::format("--{} '{}'", option, shortened(text));
    while (text.ends_with('/')) text.remove_suffix(1);
    if (text.find("**") != std::string_view::npos) {
      throw UserError(fmt::format(
          "--{}: {} has '**'; a pattern without a slash is for names at any depth, and a folder "
          "stands for all below it",
          option, given));
    }
    const bool is_path = text.find('/') != std::string_view::npos;
    if (text.starts_with("./")) text.remove_prefix(1);
    if (text.starts_with('/')) text.remove_prefix(1);
    if (text.empty() || text == "." || text == ".." || text.starts_with("../")) {
      throw UserError(
          fmt::format("--{}: {} is no pattern of what is in the directory; give one "
                      "such as '*.tar' or 'train/*.tar'",
                      option, given));
    }
    patterns.push_back({words, std::string(text), is_path});
  }
  return patterns;
}

bool SelectionRules::Pattern::matches(std::string_view path, int flags) const {
  const std::string subject(is_path ? path : name_of(path));
  return ::fnmatch(text.c_str(), subject.c_str(), flags | FNM_PATHNAME) == 0;
}

// Whether the pattern can match something below the folder.
bool SelectionRules::Pattern::leads_through(std::string_view folder) const {
  std::size_t end = 0;  // of as many parts as the folder's path has
  for (auto depth = std::ranges::count(folder, '/') + 1; depth > 0; --depth) {
    end = text.find('/', end + 1);
    if (end == std::string::npos) return false;
  }
  return Pattern{"", text.substr(0, end), true}.matches(folder, FNM_PERIOD);
}

bool SelectionRules::match(std::vector<Pattern>& patterns, std::string_view path, int flags) {
  bool is_match = false;
  for (Pattern& pattern : patterns) {
    if (is_match && pattern.has_matched) continue;
    if (pattern.matches(path, flags)) is_match = pattern.has_matched = true;
  }
  return is_match;
}

// As in a shell, only a dot stands for a dot at the beginning of what is included.
SelectionRules::Verdict SelectionRules::file(std::string_view path, bool folder_taken) {
  const bool is_included = match(include_, path, FNM_PERIOD);
  if (match(exclude_, path, 0)) return Verdict::excluded;
  if (is_included) return Verdict::taken;
  if (is_hidden(path)) return Verdict::hidden;
  return folder_taken ? Verdict::taken : Verdict::excluded;
}

SelectionRules::Verdict SelectionRules::folder(std::string_view path, bool folder_taken) {
  const bool is_included = match(include_, path, FNM_PERIOD);
  if (match(exclude_, path, 0)) return Verdict::excluded;
  if (is_included) return Verdict::taken;
  if (!is_hidden(path)) return folder_taken ? Verdict::taken : Verdict::entered;
  return leads_through(path) ? Verdict::entered : Verdict::hidden;
}

bool SelectionRules::leads_through(std::string_view folder) const {
  return std::ranges::any_of(include_, [&](const Pattern& p) { return p.leads_through(folder); });
}

}  // namespace evenkeel
