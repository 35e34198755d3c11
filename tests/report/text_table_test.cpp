#include "report/text_table.h"

#include <gtest/gtest.h>

#include <sstream>
#include <string>
#include <utility>

namespace evenkeel {
namespace {

std::string text_of(const TextTable& table) {
  std::ostringstream out;
  table.write(out);
  return std::move(out).str();
}

TEST(TextTable, AlignsColumnsAndLeavesEmptyOnesOut) {
  TextTable table({{"host", TextTable::Align::left}, {"none"}, {"speed"}, {"note"}});
  table.add_row({"é", "", "5", ""});
  table.add_row({"gpu-a", "", "1,234", "x"});
  EXPECT_EQ(text_of(table),
            "host   speed  note\n"
            "é          5\n"
            "gpu-a  1,234     x\n");
}

TEST(TextTable, CutsShrinkingColumnsFirstAndThenTheLast) {
  TextTable table({{"host", TextTable::Align::left, TextTable::Fit::shrinks},
                   {"rigid", TextTable::Align::left},
                   {"note", TextTable::Align::left}});
  table.add_row({std::string(40, 'h'), std::string(40, 'r'), std::string(20, 'n')});
  EXPECT_EQ(text_of(table), "host                                  rigid" + std::string(37, ' ') +
                                "note\n" + std::string(18, 'h') + "…" + std::string(17, 'h') +
                                "  " + std::string(40, 'r') + "  " + std::string(20, 'n') + "\n");

  table.add_row({"host", std::string(80, 'r'), "note"});
  EXPECT_EQ(text_of(table).substr(0, 101), "host      rigid" + std::string(77, ' ') + "note\nhhhh");
}

}  // namespace
}  // namespace evenkeel
