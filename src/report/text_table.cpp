#include "report/text_table.h"

#include <algorithm>
#include <cstdint>
#include <ostream>
#include <utility>

#include "core/check.h"
#include "core/display_text.h"

namespace evenkeel {
namespace {

constexpr std::size_t gap = 2;
constexpr std::size_t narrowest = 8;

// Takes up to `excess` columns from a width, but leaves `least`.
void shrink(std::size_t& width, std::size_t least, std::size_t& excess) {
  const std::size_t taken = std::min(excess, width - std::min(width, least));
  width -= taken;
  excess -= taken;
}

}  // namespace

TextTable::TextTable(std::vector<Column> columns) : columns_(std::move(columns)) {}

void TextTable::add_row(std::vector<std::string> cells) {
  EVENKEEL_CHECK(cells.size() == columns_.size());
  rows_.push_back(std::move(cells));
}

void TextTable::write(std::ostream& out) const {
  const std::vector<std::size_t> widths = fitted_widths();
  std::vector<std::string> titles;
  titles.reserve(columns_.size());
  for (const Column& column : columns_) titles.push_back(column.title);
  write_row(titles, widths, out);
  for (const auto& row : rows_) write_row(row, widths, out);
}

std::vector<std::size_t> TextTable::fitted_widths() const {
  std::vector<std::size_t> widths(columns_.size(), 0);
  std::size_t total = 0;
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    for (const auto& row : rows_) widths[i] = std::max(widths[i], display_columns(row[i]));
    if (widths[i] == 0) continue;
    widths[i] = std::max(widths[i], display_columns(columns_[i].title));
    total += widths[i] + (total == 0 ? 0 : gap);
  }
  std::size_t excess = total - std::min(total, page_columns);
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    if (columns_[i].fit == Fit::shrinks) shrink(widths[i], narrowest, excess);
  }
  shrink(widths.back(), 1, excess);
  return widths;
}

void TextTable::write_row(const std::vector<std::string>& cells,
                          const std::vector<std::size_t>& widths, std::ostream& out) const {
  std::string line;
  std::size_t line_columns = 0;
  std::size_t end = 0;  // where the next cell's field begins
  for (std::size_t i = 0; i < cells.size(); ++i) {
    if (widths[i] == 0) continue;
    if (end > 0) end += gap;
    const std::string cell = clip_middle(cells[i], widths[i]);
    const std::size_t width = display_columns(cell);
    const std::size_t begin = columns_[i].align == Align::right ? end + widths[i] - width : end;
    if (width > 0) {
      line.append(begin - line_columns, ' ').append(cell);
      line_columns = begin + width;
    }
    end += widths[i];
  }
  out << line << '\n';
}

}  // namespace evenkeel
