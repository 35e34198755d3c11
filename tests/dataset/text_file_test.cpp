#include "dataset/text_file.h"

#include <gtest/gtest.h>

#include <string>

#include "dataset/temporary_folder.h"

namespace evenkeel {
namespace {

TEST(TextFile, CountsLinesAndColumnsFromOne) {
  const TextFile file("m",
                      "ab\nc\xc3\xa9"
                      "d\n");
  const char* text = file.text().data();
  EXPECT_EQ(file.line_of(text), 1);
  EXPECT_EQ(file.column_of(text), 1);
  EXPECT_EQ(file.line_of(text + 2), 1);
  EXPECT_EQ(file.column_of(text + 2), 3);
  EXPECT_EQ(file.line_of(text + 6), 2);
  EXPECT_EQ(file.column_of(text + 6), 3) << "é is one column";
  EXPECT_EQ(file.line_of(text + 8), 3);
  EXPECT_EQ(file.column_of(text + 8), 1);
}

TEST(TextFile, HidesTheByteOrderMarkButCountsItsBytes) {
  const TextFile file("m", "\xef\xbb\xbf{}");
  EXPECT_EQ(file.text(), "{}");
  EXPECT_EQ(file.bytes(), 5);
  EXPECT_EQ(file.column_of(file.text().data()), 1);
}

TEST(TextFile, IsFollowedByReadablePadding) {
  const TextFile file("m", "abc");
  const std::string padding(file.text().data() + 3, TextFile::padding);
  EXPECT_EQ(padding, std::string(TextFile::padding, '\0'));
}

TEST(TextFile, KnowsItsFolder) {
  const TemporaryFolder folder;
  const TextFile file(folder.write("x/y/../m", "abc"));
  EXPECT_EQ(file.folder(), folder.path() / "x");
}

}  // namespace
}  // namespace evenkeel
