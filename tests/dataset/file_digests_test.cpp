#include "dataset/file_digests.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace evenkeel {
namespace {

struct File {
  std::string path;
  std::int64_t samples = 1;
  double cost = 1;
};

Dataset dataset_of(const std::vector<File>& files, const char* root = "/data") {
  Manifest manifest;
  manifest.root = root;
  for (const File& file : files) manifest.files.add(file.path, file.samples, 1, file.cost);
  return Dataset::cut(manifest, 10);
}

TEST(FileDigests, NameTheFirstFileThatDiffers) {
  const std::vector<std::uint64_t> before = file_digests(dataset_of({{"a"}, {"b", 2}, {"c"}}));
  const auto changed = [&](const std::vector<File>& files) {
    return changed_file(before, dataset_of(files, "/elsewhere"));
  };
  EXPECT_EQ(changed({{"a"}, {"b", 2}, {"c"}}), "");
  EXPECT_EQ(changed({{"a"}, {"a1"}, {"b", 2}, {"c"}}), "\"a1\" is new");
  EXPECT_EQ(changed({{"a"}, {"b", 2}, {"c"}, {"d"}}), "\"d\" is new");
  EXPECT_EQ(changed({{"a"}, {"c"}}), "a file is missing before \"c\"");
  EXPECT_EQ(changed({{"a"}, {"b", 2}}), "files are missing at its end");
  EXPECT_EQ(changed({{"a"}, {"b", 3}, {"c"}}), "\"b\" has other samples or another size than then");
  EXPECT_EQ(changed({{"a"}, {"b", 2, 3}, {"c"}}),
            "\"b\" has other samples or another size than then");
  EXPECT_EQ(changed({{"a"}, {"a1"}, {"a2"}, {"b", 2}, {"c"}}), "\"a1\" is new (in all 2 new)");
  EXPECT_EQ(changed({{"a"}}), "files are missing at its end (in all 2 missing)");
  EXPECT_EQ(
      changed({{"a", 3}, {"c"}, {"d"}, {"e"}}),
      "\"a\" has other samples or another size than then (in all 2 new, 1 missing, 1 changed)");
  EXPECT_EQ(changed({{"b", 2}, {"a"}, {"c"}}), "\"b\" comes in another order");
  EXPECT_EQ(changed_file({}, dataset_of({{"a"}})), "") << "it has had too many files";
}

// Whose upper halves are the same.
TEST(FileDigests, TellPathsOfTheSameHashApart) {
  const File a{"16506"};
  const File b{"68112"};
  ASSERT_EQ(file_digests(dataset_of({a}))[0] >> 32, file_digests(dataset_of({b}))[0] >> 32);
  const auto changed = [&](const std::vector<File>& then, const std::vector<File>& now) {
    return changed_file(file_digests(dataset_of(then)), dataset_of(now));
  };
  EXPECT_EQ(changed({a}, {a, b}), fmt::format("\"{}\" is new", b.path));
  EXPECT_EQ(changed({a, b}, {b}), fmt::format("a file is missing before \"{}\"", b.path));
  EXPECT_EQ(changed({a, b}, {a}), "files are missing at its end");
  EXPECT_EQ(changed({{"c"}, a}, {{"d"}, a, b, {"e"}}), "\"d\" is new (in all 3 new, 1 missing)");
  EXPECT_EQ(changed({a, b}, {b, a}), fmt::format("\"{}\" comes in another order", b.path));
}

}  // namespace
}  // namespace evenkeel
