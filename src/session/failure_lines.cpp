#include "session/failure_lines.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "core/display_text.h"
#include "core/number_format.h"

namespace evenkeel {

std::string samples_text(std::span<const Extent> extents, const Dataset& dataset) {
  if (extents.empty()) return "no samples";
  const Extent& first = extents.front();
  std::string text = sample_range_text(first.first, first.count) + " of " +
                     printable(dataset.path(first.file).string());
  std::set<std::int64_t> files;
  for (const Extent& extent : extents) files.insert(extent.file);
  const auto others = static_cast<std::int64_t>(files.size()) - 1;
  if (others > 0) return text + " and others of " + counted(others, "more file");
  return extents.size() > 1 ? text + " and others" : text;
}

std::string reason_text(std::string_view reason) {
  constexpr std::size_t most_columns = 200;
  std::string text(reason);
  std::replace_if(
      text.begin(), text.end(), [](char c) { return c == '\n' || c == '\t'; }, ' ');
  return clip_middle(printable(text), most_columns);
}

std::optional<std::string> FailureLines::next(std::string text) {
  if (++said_ > most) return std::nullopt;
  if (said_ == most) text += "; further failures are not shown";
  return text;
}

}  // namespace evenkeel
