#include <gtest/gtest.h>

#include <cstdint>
#include <sstream>
#include <string>
#include <vector>

#include "dataset/manifest.h"
#include "dataset/samples.h"
#include "dataset/temporary_folder.h"
#include "evenkeel/error.h"

namespace evenkeel {
namespace {

std::string written(const Manifest& manifest) {
  std::ostringstream out;
  write_manifest(manifest, out);
  return out.str();
}

std::string fault_of_writing(const Manifest& manifest) {
  try {
    written(manifest);
  } catch (const UserError& error) {
    return error.what();
  }
  return "";
}

TEST(ManifestWriter, WritesAFilePerLine) {
  Manifest manifest;
  manifest.name = "a \"name\"";
  manifest.root = "/data";
  manifest.cost_unit = "seconds";
  manifest.files.add("a.tar", 3, FileTable::unknown_bytes, 0.1);
  manifest.files.add("b.tar", 4, 0, 1e22);
  EXPECT_EQ(written(manifest),
            R"({"evenkeel": 1, "name": "a \"name\"", "root": "/data", "cost_unit": "seconds",
 "files": [
  {"path": "a.tar", "samples": 3, "cost": 0.1},
  {"path": "b.tar", "samples": 4, "bytes": 0, "cost": 1e+22}
 ]}
)");
}

TEST(ManifestWriter, LeavesOutCostsThatAreSamples) {
  EXPECT_EQ(written(manifest_of({3, 4})),
            R"({"evenkeel": 1, "name": "test", "root": "/data", "cost_unit": "samples",
 "files": [
  {"path": "0", "samples": 3},
  {"path": "1", "samples": 4}
 ]}
)");
}

TEST(ManifestWriter, WritesNumbersThatComeBackExactly) {
  const std::vector<double> costs{0.1 + 0.2, 1.0 / 3, 1e-15, 1e29, 123456789012345678.0, 1};
  const std::vector<std::int64_t> samples{1, 2, 3, 4, 5, 900'000'000'000'000'000};
  const TemporaryFolder folder;
  const Manifest read = read_manifest(folder.write("m.json", written(manifest_of(samples, costs))));
  for (std::size_t file = 0; file < costs.size(); ++file) {
    EXPECT_EQ(read.files.cost(static_cast<std::int64_t>(file)), costs[file]);
    EXPECT_EQ(read.files.samples(static_cast<std::int64_t>(file)), samples[file]);
  }
}

TEST(ManifestWriter, WritesManyFiles) {
  const TemporaryFolder folder;
  const std::vector<std::int64_t> samples(10'000, 7);
  const Manifest read = read_manifest(folder.write("m.json", written(manifest_of(samples))));
  EXPECT_EQ(read.files.size(), 10'000);
  EXPECT_EQ(read.files.path(9'999), "9999");
}

TEST(ManifestWriter, RefusesACostForEachSample) {
  EXPECT_EQ(fault_of_writing(manifest_of_sample_costs({1, 2}, 0.5)),
            "test: has a cost for each sample, which evenkeel JSON cannot say; use the original "
            "file as the manifest");
}

TEST(ManifestWriter, WritesWhichHostsHoldAFile) {
  Manifest manifest = manifest_of({3, 4});
  manifest.hosts.add(0, "node-1");
  manifest.hosts.add(0, "node-2");
  EXPECT_NE(written(manifest).find(R"({"path": "0", "samples": 3, "hosts": ["node-1", "node-2"]},
  {"path": "1", "samples": 4})"),
            std::string::npos)
      << written(manifest);
}

}  // namespace
}  // namespace evenkeel
