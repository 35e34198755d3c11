#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <sstream>

#include "command_line.h"
#include "core/display_text.h"

namespace evenkeel {
namespace {

constexpr std::size_t help_columns = 80;
constexpr std::size_t text_column = 22;  // where the texts of options begin

// Wrapped: lines after the first begin at `column`.
std::string wrapped(std::string_view text, std::size_t column) {
  std::istringstream words{std::string(text)};
  std::string result;
  std::size_t at = column;
  for (std::string word; words >> word;) {
    const std::size_t columns = display_columns(word);
    if (!result.empty() && at + 1 + columns > help_columns) {
      result += "\n" + std::string(column, ' ');
      at = column;
    } else if (!result.empty()) {
      result += ' ';
      ++at;
    }
    result += word;
    at += columns;
  }
  return result;
}

std::vector<std::string_view> split(std::string_view text, std::string_view separator) {
  std::vector<std::string_view> parts;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(separator), text.size());
    parts.push_back(text.substr(0, end));
    text.remove_prefix(std::min(end + separator.size(), text.size()));
  }
  return parts;
}

std::string text_of(const HelpEntry& entry, HelpForm form) {
  std::string text = entry.text;
  if (text.ends_with(':')) {
    text.pop_back();
    if (form == HelpForm::full)
      text += fmt::format(": {}", fmt::join(split(entry.values, " "), ", "));
  }
  if (!entry.default_value.empty()) text += fmt::format(" (default: {})", entry.default_value);
  return text;
}

std::string entry_lines(const HelpEntry& entry, HelpForm form) {
  std::string line = "  " + entry.name;
  const bool fits = line.size() + 2 <= text_column;
  line += fits ? std::string(text_column - line.size(), ' ') : "\n" + std::string(text_column, ' ');
  return line + wrapped(text_of(entry, form), text_column) + "\n";
}

// The lines of an indented block.
std::string block(std::string_view text) {
  std::string lines;
  for (const std::string_view line : split(text, "\n")) lines += fmt::format("  {}\n", line);
  return lines;
}

// A line of roff, which neither commands nor escapes.
std::string roff(std::string_view line) {
  std::string result = line.starts_with('.') || line.starts_with('\'') ? "\\&" : "";
  for (const char letter : line) {
    if (letter == '\\') {
      result += "\\e";
    } else if (letter == '-') {
      result += "\\-";
    } else {
      result += letter;
    }
  }
  return result;
}

std::string roff_block(std::string_view lines) {
  std::string result = ".nf\n";
  for (const std::string_view line : split(lines, "\n")) result += roff(line) + "\n";
  return result + ".fi\n";
}

}  // namespace

std::string help_text(const CommandText& text, std::span<const HelpGroup> groups, HelpForm form) {
  const std::string gap = form == HelpForm::full ? "\n" : "";
  std::string help;
  for (const std::string_view usage : split(text.usage, "\n")) {
    help += fmt::format("{} {}\n", help.empty() ? "usage:" : "      ", usage);
  }
  for (const std::string_view paragraph : split(text.description, "\n\n")) {
    help += "\n" + wrapped(paragraph, 0) + "\n";
    if (form == HelpForm::brief) break;
  }
  help += "\n";
  std::ptrdiff_t left_out = 0;
  for (const HelpGroup& group : groups) {
    std::string entries;
    for (const HelpEntry& entry : group.entries) {
      if (form == HelpForm::full || entry.is_common) {
        entries += entry_lines(entry, form);
      } else {
        ++left_out;
      }
    }
    if (!entries.empty()) help += fmt::format("{}:\n{}{}", group.heading, entries, gap);
  }
  help += "Help:\n" + entry_lines({"--help", "show this text", "", ""}, form);
  if (left_out > 0) {
    help += entry_lines({"--help all", fmt::format("show all options: {} more", left_out), "", ""},
                        form);
  }
  if (!text.examples.empty()) help += "\nexamples:\n" + block(text.examples);
  if (form == HelpForm::full) {
    help += "\n" + wrapped(fmt::format("exit status: {}", text.exit_status), 0) + "\n";
  }
  return help;
}

std::string man_page(const CommandText& text, std::span<const HelpGroup> groups) {
  std::string page_name(text.name);
  std::ranges::replace(page_name, ' ', '-');
  std::string title = page_name;
  std::ranges::transform(title, title.begin(), [](unsigned char c) { return std::toupper(c); });
  std::string page = fmt::format(".TH {} 1\n.SH NAME\n{} \\- {}\n.SH SYNOPSIS\n{}", title,
                                 roff(page_name), roff(text.summary), roff_block(text.usage));
  page += ".SH DESCRIPTION\n";
  for (const std::string_view paragraph : split(text.description, "\n\n")) {
    page += fmt::format(".PP\n{}\n", roff(paragraph));
  }
  page += ".SH OPTIONS\n";
  for (const HelpGroup& group : groups) {
    page += fmt::format(".SS {}\n", roff(group.heading));
    for (const HelpEntry& entry : group.entries) {
      page +=
          fmt::format(".TP\n.B {}\n{}\n", roff(entry.name), roff(text_of(entry, HelpForm::full)));
    }
  }
  if (!text.examples.empty()) page += ".SH EXAMPLES\n" + roff_block(text.examples);
  return page + fmt::format(".SH EXIT STATUS\n{}\n", roff(text.exit_status));
}

std::string completion_lines(std::span<const HelpGroup> groups) {
  std::string lines;
  for (const HelpGroup& group : groups) {
    for (const HelpEntry& entry : group.entries) {
      const std::string_view name = std::string_view(entry.name).substr(0, entry.name.find(' '));
      lines += fmt::format("{}\t{}\t{}\n", name, text_of(entry, HelpForm::brief), entry.values);
    }
  }
  return lines;
}

}  // namespace evenkeel
