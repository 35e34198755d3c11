#include <gtest/gtest.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>
#include <memory>
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
constexpr std::size_t shards_word = 7;
constexpr std::size_t counts_end = 9;
constexpr std::size_t scale_word = 9;
constexpr std::size_t uniform_cost_word = 10;
constexpr std::size_t header_words = 11;

Dataset example(CostKind kind) {
  Random random(11);
  return random_dataset(random, kind, 12, 20, 16);
}

Bytes packed_example(CostKind kind) {
  const Dataset dataset = example(kind);
  return {dataset.packed().begin(), dataset.packed().end()};
}

std::string fault_of(const Bytes& bytes) {
  try {
    Dataset::unpack(bytes, nullptr);
  } catch (const std::runtime_error& error) {
    return error.what();
  }
  return "";
}

template <typename T>
void put_word(Bytes& bytes, std::size_t word, T value) {
  static_assert(sizeof value == 8);
  std::memcpy(bytes.data() + word * sizeof value, &value, sizeof value);
}

void expect_same(const Dataset& unpacked, const Dataset& dataset) {
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
    EXPECT_EQ(unpacked.cost_between(sample, sample + 1), dataset.cost_between(sample, sample + 1));
  }
  EXPECT_EQ(unpacked.fingerprint(), dataset.fingerprint());
}

TEST(PackedDataset, RoundTrips) {
  for (const CostKind kind : {CostKind::uniform, CostKind::by_file, CostKind::by_sample}) {
    const Dataset dataset = example(kind);
    const Bytes packed = packed_example(kind);
    expect_same(Dataset::unpack(packed, nullptr), dataset);
    expect_same(Dataset::attach(packed, nullptr), dataset);
  }
}

TEST(PackedDataset, LiesInTheMemoryThatItIsGiven) {
  std::shared_ptr<std::byte[]> memory;
  std::size_t size = 0;
  const auto give = [&](std::size_t bytes) {
    size = bytes;
    return memory = Dataset::heap(bytes);
  };
  auto dataset = std::make_unique<Dataset>(Dataset::cut(manifest_of({3, 4}, {3, 5}), 4, give));
  EXPECT_EQ(dataset->packed().data(), memory.get());
  EXPECT_EQ(dataset->packed().size(), size);

  const std::weak_ptr<std::byte[]> watched = memory;
  const Dataset copy = *dataset;
  dataset.reset();
  memory.reset();
  EXPECT_FALSE(watched.expired());
  EXPECT_EQ(copy.packed().data(), watched.lock().get());
  EXPECT_EQ(copy.cost_between(2, 4), 2.25);
}

TEST(PackedDataset, IsRefusedWhenCutShort) {
  for (const CostKind kind : {CostKind::by_file, CostKind::by_sample}) {
    const Bytes packed = packed_example(kind);
    for (std::size_t size = 0; size < packed.size(); ++size) {
      const Bytes cut(packed.begin(), packed.begin() + static_cast<std::ptrdiff_t>(size));
      ASSERT_EQ(fault_of(cut), "packed dataset: ends too early") << size;
    }
  }
}

TEST(PackedDataset, IsRefusedWithTrailingBytes) {
  Bytes packed = packed_example(CostKind::by_file);
  packed.push_back(std::byte{0});
  EXPECT_EQ(fault_of(packed), "packed dataset: goes on after its end");
}

TEST(PackedDataset, IsRefusedWhenItIsSomethingElse) {
  Bytes packed = packed_example(CostKind::by_file);
  put_word(packed, 0, std::uint64_t{1});
  EXPECT_EQ(fault_of(packed), "packed dataset: wrong first bytes");
}

TEST(PackedDataset, IsRefusedInAnotherVersion) {
  Bytes packed = packed_example(CostKind::by_file);
  put_word(packed, version_word, std::uint64_t{1});
  EXPECT_EQ(fault_of(packed), "packed dataset: made by another version of evenkeel");
}

TEST(PackedDataset, IsRefusedWithImpossibleCounts) {
  for (std::size_t word = 2; word < counts_end; ++word) {
    for (const std::uint64_t count : {std::numeric_limits<std::uint64_t>::max(),
                                      std::uint64_t{1} << 63, std::uint64_t{1} << 61}) {
      Bytes packed = packed_example(CostKind::by_sample);
      put_word(packed, word, count);
      EXPECT_EQ(fault_of(packed), "packed dataset: ends too early") << word;
    }
  }
}

TEST(PackedDataset, IsRefusedWithoutFiles) {
  Bytes nothing(header_words * sizeof(std::uint64_t));
  const Bytes packed = packed_example(CostKind::by_file);
  std::memcpy(nothing.data(), packed.data(), 2 * sizeof(std::uint64_t));
  EXPECT_EQ(fault_of(nothing), "packed dataset: no file");
  put_word(nothing, files_word, std::uint64_t{1});
  EXPECT_EQ(fault_of(nothing), "packed dataset: no shard");
  put_word(nothing, shards_word, std::uint64_t{1});
  EXPECT_EQ(fault_of(nothing), "packed dataset: ends too early");
}

// Two files of one shard each, and three samples, perhaps with costs of their own: every column at
// a known place.
class SpoiltDataset : public testing::Test {
 protected:
  // Words from the header on.
  enum Column : std::size_t {
    path_end = 0,
    file_begin = 2,
    file_bytes = 5,
    file_cost = 7,
    shard_begin = 9,
    sample_cost = 12,
    // Without costs of samples, which take a word and a half, there are three words of texts, and:
    shard_file = 15,
    sums = 17,
  };

  SpoiltDataset() : by_file_(packed(false)), by_sample_(packed(true)) {}

  static Bytes packed(bool has_sample_costs) {
    Manifest manifest = manifest_of({1, 2}, {1, 5});
    manifest.name = "12345678";
    manifest.root = "/2345678";
    manifest.cost_unit = "123456";  // and two bytes of paths
    if (has_sample_costs) {
      manifest.sample_cost = {1, 2, 3};
      manifest.sample_cost_scale = 0.5;
    }
    const Dataset dataset = Dataset::cut(manifest, 2);
    return {dataset.packed().begin(), dataset.packed().end()};
  }

  template <typename T>
  static std::string fault_with(Bytes bytes, std::size_t word, T value) {
    put_word(bytes, header_words + word, value);
    return fault_of(bytes);
  }

  Bytes by_file_;
  Bytes by_sample_;
};

TEST_F(SpoiltDataset, IsRefusedForWhatIsWrong) {
  constexpr double infinity = std::numeric_limits<double>::infinity();
  const auto fault = [this](std::size_t word, auto value) {
    return fault_with(by_file_, word, value);
  };
  EXPECT_EQ(fault_of(by_file_), "");
  EXPECT_EQ(fault(path_end, std::uint64_t{3}), "packed dataset: a path ends too early");
  EXPECT_EQ(fault(path_end + 1, std::uint64_t{3}), "packed dataset: a path ends too early");
  EXPECT_EQ(fault(path_end + 1, std::uint64_t{1}), "packed dataset: a path without a file");
  EXPECT_EQ(fault(file_begin, std::int64_t{-1}), "packed dataset: a file without samples");
  EXPECT_EQ(fault(file_begin + 1, std::int64_t{0}), "packed dataset: a file without samples");
  EXPECT_EQ(fault(file_begin + 1, std::int64_t{3}), "packed dataset: a file without samples");
  EXPECT_EQ(fault(file_begin + 2, std::int64_t{1} << 61), "packed dataset: too many samples");
  EXPECT_EQ(fault(file_bytes, std::int64_t{-2}), "packed dataset: a negative file size");
  EXPECT_EQ(fault(file_cost, 0.0), "packed dataset: a cost that is not positive");
  EXPECT_EQ(fault(file_cost, infinity), "packed dataset: a cost that is not positive");
  EXPECT_EQ(fault(file_cost + 1, 2.0), "packed dataset: wrong cost of every sample");
  EXPECT_EQ(fault(file_cost + 1, 6.0), "packed dataset: wrong sums");
  EXPECT_EQ(fault(shard_begin, std::int64_t{-1}), "packed dataset: no first shard");
  EXPECT_EQ(fault(shard_begin + 1, std::int64_t{0}), "packed dataset: shards out of order");
  EXPECT_EQ(fault(shard_begin + 2, std::int64_t{4}), "packed dataset: shards out of order");
  EXPECT_EQ(fault(shard_file + 1, std::int64_t{0}), "packed dataset: wrong sums");
  for (std::size_t file = 0; file < 3; ++file) {
    EXPECT_EQ(fault(sums + file, 7.0), "packed dataset: wrong sums");
  }
}

TEST_F(SpoiltDataset, IsRefusedForWrongCostsOfSamples) {
  const auto fault = [this](std::size_t word, auto value) {
    return fault_with(by_sample_, word, value);
  };
  const std::size_t last = by_sample_.size() / sizeof(std::uint64_t) - 1 - header_words;
  EXPECT_EQ(fault_of(by_sample_), "");
  EXPECT_EQ(fault(file_begin + 2, std::int64_t{4}), "packed dataset: shards out of order");
  EXPECT_EQ(fault(sample_cost, std::uint64_t{1}), "packed dataset: a sample without cost");
  EXPECT_EQ(fault(last, std::uint64_t{7}), "packed dataset: wrong sums");
  put_word(by_sample_, header_words + shard_begin + 2, std::int64_t{4});
  EXPECT_EQ(fault(file_begin + 2, std::int64_t{4}), "packed dataset: wrong number of sample costs");
}

TEST_F(SpoiltDataset, IsRefusedForAWrongScaleOrCommonCost) {
  for (const double scale : {0.0, -1.0}) {
    Bytes spoilt = by_sample_;
    put_word(spoilt, scale_word, scale);
    EXPECT_EQ(fault_of(spoilt), "packed dataset: a scale of costs that is not positive");
  }
  put_word(by_file_, uniform_cost_word, 1.0);
  EXPECT_EQ(fault_of(by_file_), "packed dataset: goes on after its end");
  by_file_.erase(by_file_.end() - 3 * sizeof(double), by_file_.end());
  EXPECT_EQ(fault_of(by_file_), "packed dataset: wrong cost of every sample");
}

TEST_F(SpoiltDataset, IsRefusedForCostsThatAddUpToTooMuch) {
  put_word(by_file_, header_words + file_cost, 1e300);
  put_word(by_file_, header_words + sums + 1, 1e300);
  put_word(by_file_, header_words + sums + 2, 1e300 + 5);
  EXPECT_EQ(fault_of(by_file_), "packed dataset: too high costs");
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
    static const Bytes originals[] = {packed_example(CostKind::by_file),
                                      packed_example(CostKind::by_sample)};
    Bytes packed = originals[round % 2];
    for (std::uint64_t changes = 1 + random.below(3); changes > 0; --changes) {
      const std::size_t place = random.below(packed.size());
      packed[place] ^= static_cast<std::byte>(std::uint64_t{1} << random.below(8));
    }
    try {
      use(Dataset::unpack(packed, nullptr));
      ++unpacked;
    } catch (const std::runtime_error&) {
    }
  }
  EXPECT_GT(unpacked, 1000) << "too few of them came far enough to prove anything";
}

TEST(PackedDataset, SurvivesRandomBytes) {
  Random random(13);
  const Bytes packed = packed_example(CostKind::by_file);
  for (int round = 0; round < 5'000; ++round) {
    Bytes bytes(random.below(400));
    for (std::byte& byte : bytes) byte = static_cast<std::byte>(random.below(256));
    const std::size_t kept = std::min(random.below(100), bytes.size());
    std::copy_n(packed.begin(), kept, bytes.begin());
    EXPECT_NE(fault_of(bytes), "");
  }
}

TEST(Fingerprint, IgnoresTheRoot) {
  Manifest here = manifest_of({3, 4});
  Manifest there = manifest_of({3, 4});
  there.root = "/mnt/data";
  there.name = "other";
  EXPECT_EQ(Dataset::cut(here, 4).fingerprint(), Dataset::cut(there, 4).fingerprint());
}

TEST(Fingerprint, IsTheSameOnEveryMachine) {
  EXPECT_EQ(Dataset::cut(manifest_of({3, 4}), 4).fingerprint(), 8'341'312'793'625'361'781U);
}

TEST(Fingerprint, DiffersWithEachThingThatMatters) {
  const auto of = [](const Manifest& manifest, std::int64_t shard_samples = 4) {
    return Dataset::cut(manifest, shard_samples).fingerprint();
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
