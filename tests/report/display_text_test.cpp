#include "report/display_text.h"

#include <gtest/gtest.h>

#include "report/text_table.h"

#include <sstream>

namespace evenkeel {
namespace {

TEST(DisplayText, CountsColumnsNotBytes) {
  EXPECT_EQ(display_columns(""), 0U);
  EXPECT_EQ(display_columns("gpu-a"), 5U);
  EXPECT_EQ(display_columns("±1%…"), 4U);
  EXPECT_EQ(display_columns("漢字"), 4U);
  EXPECT_EQ(display_columns("😀"), 2U);
  EXPECT_EQ(display_columns("\xff\xe6\xbc"), 3U) << "malformed bytes count one each";
}

TEST(DisplayText, ReplacesWhatATerminalWouldObey) {
  EXPECT_EQ(printable("\x1b[31m\tred\x7f"), "?[31m?red?");
  EXPECT_EQ(printable("\xc2\x9b"), "?") << "the C1 control character that begins a command";
  EXPECT_EQ(printable("\xe6\xbc"), "??");
  EXPECT_EQ(printable("\xc3("), "?(");
  EXPECT_EQ(printable("\xed\xa0\x80"), "???") << "half of a UTF-16 pair";
  EXPECT_EQ(printable("\xe0\x81\x81"), "???") << "an A in three bytes";
  EXPECT_EQ(printable("\xf4\x90\x80\x80"), "????") << "beyond the last character";
  EXPECT_EQ(printable("\xed\x9f\xbf\xee\x80\x80\xf4\x8f\xbf\xbf"),
            "\xed\x9f\xbf\xee\x80\x80\xf4\x8f\xbf\xbf");
  EXPECT_EQ(printable("Zürich ±1 漢"), "Zürich ±1 漢");
}

TEST(DisplayText, ClipsInTheMiddle) {
  EXPECT_EQ(clip_middle("gpu-node-0017", 13), "gpu-node-0017");
  EXPECT_EQ(clip_middle("gpu-node-0017", 12), "gpu-no…-0017");
  EXPECT_EQ(clip_middle("gpu-node-0017", 8), "gpu-…017");
  EXPECT_EQ(clip_middle("gpu-node-0017", 1), "…");
}

TEST(DisplayText, ClipsWideCharactersToNoMoreThanTheColumns) {
  EXPECT_EQ(clip_middle("漢字漢字漢字", 7), "漢…字");
  for (std::size_t columns = 1; columns < 13; ++columns) {
    EXPECT_LE(display_columns(clip_middle("漢字a漢字b漢", columns)), columns);
  }
}

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
