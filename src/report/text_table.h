// A table of text in aligned columns, at most a page wide.
#pragma once

#include <cstddef>
#include <cstdint>
#include <iosfwd>
#include <string>
#include <vector>

namespace evenkeel {

inline constexpr std::size_t page_columns = 100;

class TextTable {
 public:
  enum class Align : std::uint8_t { left, right };
  // How a column shrinks if the table is too wide.
  enum class Fit : std::uint8_t { rigid, shrinks };
  struct Column {
    std::string title;
    Align align = Align::right;
    Fit fit = Fit::rigid;
  };

  explicit TextTable(std::vector<Column> columns);

  // One printable cell per column.
  void add_row(std::vector<std::string> cells);

  // Writes the titles and the rows. Empty columns are left out. If the table is too wide, shrinking
  // columns are cut in the middle, from the first, down to 8 columns; then the last one, down to 1.
  void write(std::ostream& out) const;

 private:
  std::vector<std::size_t> fitted_widths() const;  // 0: left out
  void write_row(const std::vector<std::string>& cells, const std::vector<std::size_t>& widths,
                 std::ostream& out) const;

  std::vector<Column> columns_;
  std::vector<std::vector<std::string>> rows_;
};

}  // namespace evenkeel
