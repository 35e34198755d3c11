// A table of text in aligned columns that never grows wider than a page.
#pragma once

#include <cstddef>
#include <cstdint>
#include <iosfwd>
#include <string>
#include <vector>

namespace evenkeel {

// What every line of the report fits.
inline constexpr std::size_t page_columns = 100;

class TextTable {
 public:
  enum class Align : std::uint8_t { left, right };
  // How a column gives way when the table is too wide for the page.
  enum class Fit : std::uint8_t { rigid, shrinks };
  struct Column {
    std::string title;
    Align align = Align::right;
    Fit fit = Fit::rigid;
  };

  explicit TextTable(std::vector<Column> columns);

  // One cell a column, printable.
  void add_row(std::vector<std::string> cells);

  // Writes the titles and the rows. Columns without any content are left out. Too wide, shrinking
  // columns are cut in the middle, from the first, down to 8 columns; then the last one, to 1.
  void write(std::ostream& out) const;

 private:
  std::vector<std::size_t> fitted_widths() const;  // 0: left out
  void write_row(const std::vector<std::string>& cells, const std::vector<std::size_t>& widths,
                 std::ostream& out) const;

  std::vector<Column> columns_;
  std::vector<std::vector<std::string>> rows_;
};

}  // namespace evenkeel
