#include <gtest/gtest.h>

#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include "dataset/dataset.h"
#include "dataset/samples.h"
#include "evenkeel/error.h"

namespace evenkeel {
namespace {

std::vector<std::int64_t> shard_begins(const Dataset& dataset) {
  std::vector<std::int64_t> begins;
  for (std::int64_t shard = 0; shard <= dataset.shards(); ++shard) {
    begins.push_back(dataset.shard_begin(shard));
  }
  return begins;
}

std::vector<std::int64_t> cut(const std::vector<std::int64_t>& file_samples,
                              std::int64_t shard_samples) {
  return shard_begins(Dataset::cut(manifest_of(file_samples), shard_samples));
}

std::string fault_of_cutting(const Manifest& manifest, std::int64_t shard_samples) {
  try {
    Dataset::cut(manifest, shard_samples);
  } catch (const UserError& error) {
    return error.what();
  }
  return "";
}

using Begins = std::vector<std::int64_t>;

TEST(Cutting, CutsALargeFileIntoPieces) {
  EXPECT_EQ(cut({10}, 4), (Begins{0, 4, 8, 10}));
  EXPECT_EQ(cut({8}, 4), (Begins{0, 4, 8}));
  EXPECT_EQ(cut({4}, 4), (Begins{0, 4}));
}

TEST(Cutting, GroupsWholeSmallFilesWhileTheyFit) {
  EXPECT_EQ(cut({1, 2, 1, 1}, 4), (Begins{0, 4, 5}));
  EXPECT_EQ(cut({3, 3, 1, 3}, 4), (Begins{0, 3, 7, 10}));
}

TEST(Cutting, GroupsNothingWithAPieceOfALargeFile) {
  EXPECT_EQ(cut({1, 5, 1, 2}, 4), (Begins{0, 1, 5, 6, 9}));
}

TEST(Cutting, MakesOneShardOfOneSample) { EXPECT_EQ(cut({1}, 1024), (Begins{0, 1})); }

TEST(Cutting, TakesTheLargestShardsThereAre) {
  EXPECT_EQ(cut({3, 4}, std::numeric_limits<std::int64_t>::max()), (Begins{0, 7}));
}

TEST(Cutting, KnowsTheFirstFileOfEachShard) {
  const Dataset dataset = Dataset::cut(manifest_of({1, 2, 5, 1, 1, 3}), 4);
  std::vector<std::int64_t> files;
  for (std::int64_t shard = 0; shard < dataset.shards(); ++shard) {
    files.push_back(dataset.shard_file(shard));
  }
  EXPECT_EQ(shard_begins(dataset), (Begins{0, 3, 7, 8, 10, 13}));
  EXPECT_EQ(files, (std::vector<std::int64_t>{0, 2, 2, 3, 5}));
}

TEST(Cutting, NeedsAFile) {
  EXPECT_EQ(fault_of_cutting(manifest_of({}), 4), "test: has no samples; list at least one file");
}

TEST(Cutting, NeedsASamplePerShard) {
  EXPECT_EQ(fault_of_cutting(manifest_of({1}), 0),
            "--shard-samples is 0; a shard has at least one sample");
}

TEST(Cutting, RefusesTooManyShards) {
  EXPECT_EQ(fault_of_cutting(manifest_of({5, Dataset::max_shards * 2}), 2),
            "test: shards of 2 samples are too small: there would be more than 134217728; raise "
            "--shard-samples");
}

TEST(Cutting, RefusesTooManySamples) {
  const std::string fault =
      ", the samples add up to more than 2^60; correct them or split the dataset";
  EXPECT_EQ(fault_of_cutting(manifest_of({Dataset::max_samples, 1}), Dataset::max_samples),
            "test: with file 1, \"1\"" + fault);
  Manifest one_file = manifest_of({});
  one_file.files.add("a\nb", std::numeric_limits<std::int64_t>::max(), 1, 1);
  EXPECT_EQ(fault_of_cutting(one_file, 4), "test: with file 0, \"a\\x0ab\"" + fault);
  const Dataset largest =
      Dataset::cut(manifest_of({Dataset::max_samples - 1, 1}), Dataset::max_samples);
  EXPECT_EQ(largest.samples(), Dataset::max_samples);
}

TEST(Cutting, RefusesCostsThatOverflow) {
  EXPECT_EQ(fault_of_cutting(manifest_of({1, 1}, {9e29, 9e29}), 4),
            "test: with file 1, \"1\", the costs add up to more than 1e30; correct them or split "
            "the dataset");
  EXPECT_EQ(fault_of_cutting(
                []() {
                  Manifest manifest = manifest_of({2});
                  manifest.sample_cost = {4'000'000'000, 1};
                  manifest.sample_cost_scale = 1e21;
                  return manifest;
                }(),
                4),
            "test: the costs of its samples add up to more than 1e30; correct them or split the "
            "dataset");
}

TEST(Dataset, NumbersSamplesByFile) {
  Manifest manifest = manifest_of({3, 1, 4});
  manifest.files.add("/elsewhere/x", 2, 77, 2);
  const Dataset dataset = Dataset::cut(manifest, 4);
  EXPECT_EQ(dataset.name(), "test");
  EXPECT_EQ(dataset.samples(), 10);
  EXPECT_EQ(dataset.files(), 4);
  std::vector<std::int64_t> file_of;
  for (std::int64_t sample = 0; sample < dataset.samples(); ++sample) {
    file_of.push_back(dataset.file_of(sample));
  }
  EXPECT_EQ(file_of, (std::vector<std::int64_t>{0, 0, 0, 1, 2, 2, 2, 2, 3, 3}));
  EXPECT_EQ(dataset.file_begin(2), 4);
  EXPECT_EQ(dataset.file_begin(4), 10);
  EXPECT_EQ(dataset.file_samples(2), 4);
  EXPECT_EQ(dataset.file_bytes(2), FileTable::unknown_bytes);
  EXPECT_EQ(dataset.file_bytes(3), 77);
  EXPECT_EQ(dataset.path(1), "/data/1");
  EXPECT_EQ(dataset.path(3), "/elsewhere/x");
}

TEST(DatasetDeathTest, HasNoFileForASampleThatItLacks) {
  const Dataset dataset = Dataset::cut(manifest_of({3}), 4);
  EXPECT_DEATH(dataset.file_of(3), "check failed");
  EXPECT_DEATH(dataset.file_of(-1), "check failed");
}

TEST(FileTableDeathTest, RefusesFilesWithoutSamplesOrCost) {
  FileTable files;
  EXPECT_DEATH(files.add("a", 0, 1, 1), "check failed");
  EXPECT_DEATH(files.add("a", 1, -2, 1), "check failed");
  EXPECT_DEATH(files.add("a", 1, 1, 0), "check failed");
  EXPECT_DEATH(files.add("a", 1, 1, std::numeric_limits<double>::infinity()), "check failed");
}

}  // namespace
}  // namespace evenkeel
