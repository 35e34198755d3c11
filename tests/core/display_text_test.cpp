#include "core/display_text.h"

#include <gtest/gtest.h>

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

TEST(DisplayText, EscapesControlCharacters) {
  EXPECT_EQ(printable("\x1b[31m\tred\x7f"), R"(\x1b[31m\x09red\x7f)");
  EXPECT_EQ(printable("\xc2\x9b"), R"(\xc2\x9b)")
      << "the C1 control character that begins a command";
  EXPECT_EQ(printable("\xe6\xbc"), R"(\xe6\xbc)");
  EXPECT_EQ(printable("\xc3("), R"(\xc3()");
  EXPECT_EQ(printable("\xed\xa0\x80"), R"(\xed\xa0\x80)") << "half of a UTF-16 pair";
  EXPECT_EQ(printable("\xe0\x81\x81"), R"(\xe0\x81\x81)") << "an A in three bytes";
  EXPECT_EQ(printable("\xf4\x90\x80\x80"), R"(\xf4\x90\x80\x80)") << "beyond the last character";
  EXPECT_EQ(printable("\xed\x9f\xbf\xee\x80\x80\xf4\x8f\xbf\xbf"),
            "\xed\x9f\xbf\xee\x80\x80\xf4\x8f\xbf\xbf");
  EXPECT_EQ(printable("Zürich ±1 漢"), "Zürich ±1 漢");
  EXPECT_EQ(printable("a\xe2\x80\xaetxt.exe"), R"(a\xe2\x80\xaetxt.exe)") << "right to left";
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

}  // namespace
}  // namespace evenkeel
