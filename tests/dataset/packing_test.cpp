#include <gtest/gtest.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>
#include <span>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "core/random.h"
#include "dataset/dataset.h"
#include "dataset/epoch_order.h"
#include "dataset/samples.h"

namespace evenkeel {
namespace {

using Bytes = std::vector<std::byte>;

// Where the packed form keeps what the tests spoil, counted in words of 8 bytes.
constexpr std::size_t version_word = 1;
constexpr std::size_t files_word = 6;
constexpr std::size_t header_words = 10;

Dataset example(CostKind kind) {
  Random random(11);
  return random_dataset(random, kind, 12, 20, 16);
}

std::string fault_of(const Bytes& bytes) {
  try {
    Dataset::unpack(bytes);
  } catch (const std::runtime_error& error) {
    return error.what();
  }
  return "";
}

void put_word(Bytes& bytes, std::size_t word, std::uint64_t value) {
  std::memcpy(bytes.data() + word * sizeof value, &value, sizeof value);
}

TEST(PackedDataset, ComesBackAsItWas) {
  for (const CostKind kind : {CostKind::uniform, CostKind::by_file, CostKind::by_sample}) {
    const Dataset dataset = example(kind);
    const Dataset unpacked = Dataset::unpack(dataset.pack());
    EXPECT_EQ(unpacked.name(), dataset.name());
    EXPECT_EQ(unpacked.cost_unit(), dataset.cost_unit());
    EXPECT_EQ(unpacked.samples(), dataset.samples());
    EXPECT_EQ(unpacked.cost(), dataset.cost());
    EXPECT_EQ(unpacked.uniform_cost(), dataset.uniform_cost());
    ASSERT_EQ(unpacked.files(), dataset.files());
    for (std::int64_t file = 0; file < dataset.files(); ++file) {
      EXPECT_EQ(unpacked.path(file), dataset.path(file));
      EXPECT_EQ(unpacked.file_bytes(file), dataset.file_bytes(file));
      EXPECT_EQ(unpacked.file_samples(file), dataset.file_samples(file));
    }
    ASSERT_EQ(unpacked.shards(), dataset.shards());
    for (std::int64_t shard = 0; shard <= dataset.shards(); ++shard) {
      EXPECT_EQ(unpacked.shard_begin(shard), dataset.shard_begin(shard));
    }
    for (std::int64_t sample = 0; sample < dataset.samples(); ++sample) {
      EXPECT_EQ(unpacked.cost_between(sample, sample + 1),
                dataset.cost_between(sample, sample + 1));
    }
    EXPECT_EQ(unpacked.fingerprint(), dataset.fingerprint());
    EXPECT_EQ(unpacked.pack(), dataset.pack());
  }
}

TEST(PackedDataset, IsRefusedWhenCutShort) {
  for (const CostKind kind : {CostKind::by_file, CostKind::by_sample}) {
    const Bytes packed = example(kind).pack();
    for (std::size_t size = 0; size < packed.size(); ++size) {
      const Bytes cut(packed.begin(), packed.begin() + static_cast<std::ptrdiff_t>(size));
      ASSERT_EQ(fault_of(cut), "packed dataset: ends too early") << size;
    }
  }
}

TEST(PackedDataset, IsRefusedWhenItGoesOn) {
  Bytes packed = example(CostKind::by_file).pack();
  packed.push_back(std::byte{0});
  EXPECT_EQ(fault_of(packed), "packed dataset: goes on after its end");
}

TEST(PackedDataset, IsRefusedWhenItIsSomethingElse) {
  Bytes packed = example(CostKind::by_file).pack();
  put_word(packed, 0, 1);
  EXPECT_EQ(fault_of(packed), "packed dataset: wrong first bytes");
}

TEST(PackedDataset, IsRefusedInAnotherVersion) {
  Bytes packed = example(CostKind::by_file).pack();
  put_word(packed, version_word, 2);
  EXPECT_EQ(fault_of(packed), "packed dataset: made by another version of evenkeel");
}

TEST(PackedDataset, IsRefusedWithImpossibleCounts) {
  for (std::size_t word = 2; word < header_words - 1; ++word) {
    for (const std::uint64_t count : {std::numeric_limits<std::uint64_t>::max(),
                                      std::uint64_t{1} << 63, std::uint64_t{1} << 61}) {
      Bytes packed = example(CostKind::by_sample).pack();
      put_word(packed, word, count);
      EXPECT_EQ(fault_of(packed), "packed dataset: ends too early") << word;
    }
  }
}

TEST(PackedDataset, IsRefusedWithoutFiles) {
  Bytes nothing(header_words * sizeof(std::uint64_t));
  const Bytes packed = example(CostKind::by_file).pack();
  std::memcpy(nothing.data(), packed.data(), 2 * sizeof(std::uint64_t));
  EXPECT_EQ(fault_of(nothing), "packed dataset: no first shard");
  put_word(nothing, files_word, 1);
  EXPECT_EQ(fault_of(nothing), "packed dataset: ends too early");
}

// One file, two shards, and two samples with costs of their own: every column at a known place.
class SpoiltDataset : public testing::Test {
 protected:
  SpoiltDataset() {
    Manifest manifest = manifest_of_sample_costs({1, 2}, 0.5);
    manifest.name = "12345678";
    manifest.root = "/2345678";
    manifest.cost_unit = "1234567";  // and one byte of path
    packed_ = Dataset::cut(std::move(manifest), 1).pack();
    // Header, three texts with the path, then the path's length takes half a word.
    columns_ = (header_words + 3) * sizeof(std::uint64_t) + sizeof(std::uint32_t);
  }

  // The fault with the column's word replaced; samples 0, bytes 1, cost 2, shards 3 and 4.
  template <typename T>
  std::string fault_with(std::size_t column, T value) {
    Bytes spoilt = packed_;
    std::memcpy(spoilt.data() + columns_ + column * sizeof(std::uint64_t), &value, sizeof value);
    return fault_of(spoilt);
  }

  Bytes packed_;
  std::size_t columns_ = 0;
};

TEST_F(SpoiltDataset, IsRefusedForWhatIsWrong) {
  constexpr double infinity = std::numeric_limits<double>::infinity();
  EXPECT_EQ(fault_of(packed_), "");
  EXPECT_EQ(fault_with(0, std::int64_t{0}), "packed dataset: a file without samples");
  EXPECT_EQ(fault_with(0, std::int64_t{3}), "packed dataset: wrong number of sample costs");
  EXPECT_EQ(fault_with(1, std::int64_t{-2}), "packed dataset: a negative file size");
  EXPECT_EQ(fault_with(2, 0.0), "packed dataset: a cost that is not positive");
  EXPECT_EQ(fault_with(2, infinity), "packed dataset: a cost that is not positive");
  EXPECT_EQ(fault_with(3, std::int64_t{1}), "packed dataset: no first shard");
  EXPECT_EQ(fault_with(4, std::int64_t{0}), "packed dataset: shards out of order");
  EXPECT_EQ(fault_with(4, std::int64_t{2}), "packed dataset: shards out of order");
  EXPECT_EQ(fault_with(5, std::uint32_t{0}), "packed dataset: a sample without cost");
}

TEST_F(SpoiltDataset, IsRefusedForAWrongScale) {
  for (const double scale : {0.0, -1.0}) {
    Bytes spoilt = packed_;
    std::memcpy(spoilt.data() + (header_words - 1) * sizeof scale, &scale, sizeof scale);
    EXPECT_EQ(fault_of(spoilt), "packed dataset: a scale of costs that is not positive");
  }
}

TEST_F(SpoiltDataset, IsRefusedForWrongPathLengths) {
  Bytes spoilt = packed_;
  const std::uint32_t length = 2;
  std::memcpy(spoilt.data() + columns_ - sizeof length, &length, sizeof length);
  EXPECT_EQ(fault_of(spoilt), "packed dataset: a path ends too early");
  const std::uint32_t none = 0;
  std::memcpy(spoilt.data() + columns_ - sizeof none, &none, sizeof none);
  EXPECT_EQ(fault_of(spoilt), "packed dataset: a path without a file");
}

// A dataset that could be unpacked must hold together, whatever it was made of.
void use(const Dataset& dataset) {
  const std::int64_t last = dataset.samples() - 1;
  EXPECT_GE(dataset.file_of(last), 0);
  EXPECT_GE(dataset.cost_between(0, last), 0);
  const EpochOrder order(dataset, OrderOptions{.shuffle = Shuffle::block}, Epoch(0));
  EXPECT_LE(order.sample_at(Position(last)), last);
  EXPECT_NE(dataset.fingerprint(), 8'341'312'793'625'361'781U);
}

TEST(PackedDataset, SurvivesRandomChanges) {
  Random random(12);
  int unpacked = 0;
  for (int round = 0; round < 20'000; ++round) {
    static const Bytes originals[] = {example(CostKind::by_file).pack(),
                                      example(CostKind::by_sample).pack()};
    Bytes packed = originals[round % 2];
    for (std::uint64_t changes = 1 + random.below(3); changes > 0; --changes) {
      const std::size_t place = random.below(packed.size());
      packed[place] ^= static_cast<std::byte>(std::uint64_t{1} << random.below(8));
    }
    try {
      use(Dataset::unpack(packed));
      ++unpacked;
    } catch (const std::runtime_error&) {
    }
  }
  EXPECT_GT(unpacked, 1000) << "too few of them came far enough to prove anything";
}

TEST(PackedDataset, SurvivesRandomBytes) {
  Random random(13);
  const Bytes packed = example(CostKind::by_file).pack();
  for (int round = 0; round < 5'000; ++round) {
    Bytes bytes(random.below(400));
    for (std::byte& byte : bytes) byte = static_cast<std::byte>(random.below(256));
    const std::size_t kept = std::min(random.below(100), bytes.size());
    std::copy_n(packed.begin(), kept, bytes.begin());
    EXPECT_NE(fault_of(bytes), "");
  }
}

TEST(Fingerprint, ForgetsWhereTheDataIs) {
  Manifest here = manifest_of({3, 4});
  Manifest there = manifest_of({3, 4});
  there.root = "/mnt/data";
  there.name = "other";
  EXPECT_EQ(Dataset::cut(std::move(here), 4).fingerprint(),
            Dataset::cut(std::move(there), 4).fingerprint());
}

TEST(Fingerprint, IsTheSameOnEveryMachine) {
  EXPECT_EQ(Dataset::cut(manifest_of({3, 4}), 4).fingerprint(), 8'341'312'793'625'361'781U);
}

TEST(Fingerprint, DiffersWithEachThingThatMatters) {
  const auto of = [](Manifest manifest, std::int64_t shard_samples = 4) {
    return Dataset::cut(std::move(manifest), shard_samples).fingerprint();
  };
  Manifest renamed;
  renamed.files.add("0", 3, FileTable::unknown_bytes, 3);
  renamed.files.add("x", 4, FileTable::unknown_bytes, 4);
  Manifest sample_costs = manifest_of({3, 4});
  sample_costs.sample_cost = {1, 1, 1, 1, 1, 1, 1};
  sample_costs.sample_cost_scale = 1;
  Manifest other_sample_costs = sample_costs;
  other_sample_costs.sample_cost[6] = 2;
  Manifest rescaled = sample_costs;
  rescaled.sample_cost_scale = 0.5;
  const std::vector<std::uint64_t> fingerprints{of(manifest_of({3, 4})),
                                                of(manifest_of({4, 3})),
                                                of(manifest_of({3, 4}), 2),
                                                of(manifest_of({3, 4}, {3, 5})),
                                                of(renamed),
                                                of(sample_costs),
                                                of(other_sample_costs),
                                                of(rescaled)};
  for (std::size_t a = 0; a < fingerprints.size(); ++a) {
    for (std::size_t b = a + 1; b < fingerprints.size(); ++b) {
      EXPECT_NE(fingerprints[a], fingerprints[b]) << a << " and " << b;
    }
  }
}

}  // namespace
}  // namespace evenkeel
