#include <gtest/gtest.h>

#include <string>

#include "dataset/readers.h"

namespace evenkeel {
namespace {

FileTable numbered_files(std::int64_t count) {
  FileTable files;
  for (std::int64_t file = 0; file < count; ++file) files.add(std::to_string(file), 1, 1, 1);
  return files;
}

TEST(DuplicatePath, IsNotFoundAmongDifferentPaths) {
  EXPECT_FALSE(find_duplicate_path(FileTable()));
  EXPECT_FALSE(find_duplicate_path(numbered_files(1)));
  EXPECT_FALSE(find_duplicate_path(numbered_files(100'000)));
}

TEST(DuplicatePath, IsTheFirstThatAnEarlierFileHas) {
  FileTable files = numbered_files(50'000);
  files.add("31", 1, 1, 1);
  files.add("7", 1, 1, 1);
  files.add("31", 1, 1, 1);
  const auto duplicate = find_duplicate_path(files);
  ASSERT_TRUE(duplicate);
  EXPECT_EQ(duplicate->first, 31);
  EXPECT_EQ(duplicate->again, 50'000);
}

}  // namespace
}  // namespace evenkeel
