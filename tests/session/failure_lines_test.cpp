#include "session/failure_lines.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace evenkeel {
namespace {

Dataset two_files() {
  Manifest manifest;
  manifest.root = "/data";
  for (const char* const path : {"a", "b\n"}) {
    manifest.files.add(path, 100, FileTable::unknown_bytes, 100);
  }
  return Dataset::cut(manifest, 10);
}

TEST(FailureLines, NameTheSamples) {
  const Dataset dataset = two_files();
  const auto text = [&](const std::vector<Extent>& extents) {
    return samples_text(extents, dataset);
  };
  EXPECT_EQ(text({{0, 0, 32}}), "samples 0-31 of /data/a");
  EXPECT_EQ(text({{1, 7, 1}}), "sample 7 of /data/b\\x0a");
  EXPECT_EQ(text({{0, 7, 1}, {0, 9, 1}}), "sample 7 of /data/a and others");
  EXPECT_EQ(text({{0, 7, 1}, {1, 0, 1}, {0, 9, 1}}),
            "sample 7 of /data/a and others of 1 more file");
  EXPECT_EQ(text({}), "no samples");
}

TEST(FailureLines, AreABoundedNumber) {
  FailureLines lines;
  for (int i = 1; i < FailureLines::most; ++i) EXPECT_EQ(lines.next("it fails"), "it fails");
  EXPECT_EQ(lines.next("it fails"), "it fails; further failures are not shown");
  EXPECT_EQ(lines.next("it fails"), std::nullopt);
}

}  // namespace
}  // namespace evenkeel
