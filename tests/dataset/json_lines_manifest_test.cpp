#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "dataset/manifest.h"
#include "dataset/temporary_folder.h"

namespace evenkeel {
namespace {

class JsonLinesManifest : public testing::Test {
 protected:
  Manifest read(std::string_view text) const {
    return read_manifest(folder_.write("train.jsonl", text));
  }
  std::string fault_of(std::string_view text) const { return folder_.fault_of("m.jsonl", text); }

  TemporaryFolder folder_;
};

std::vector<double> costs(const Manifest& manifest) {
  std::vector<double> costs;
  for (const std::uint32_t cost : manifest.sample_cost) {
    costs.push_back(cost * manifest.sample_cost_scale);
  }
  return costs;
}

TEST_F(JsonLinesManifest, IsOneFileWithASamplePerLine) {
  const std::string text =
      "{\"audio_filepath\": \"a.flac\", \"duration\": 3.5, \"text\": \"{a}\"}\n"
      "  \n"
      "{\"duration\": 10, \"audio_filepath\": \"b\\\"c.flac\"}\r\n"
      "{\"audio_filepath\": \"d.flac\", \"duration\": 0.25}";
  const Manifest manifest = read(text);
  EXPECT_EQ(manifest.name, "train");
  EXPECT_EQ(manifest.root, folder_.path());
  EXPECT_EQ(manifest.cost_unit, "seconds");
  ASSERT_EQ(manifest.files.size(), 1);
  EXPECT_EQ(manifest.files.path(0), "train.jsonl");
  EXPECT_EQ(manifest.files.samples(0), 3);
  EXPECT_EQ(manifest.files.bytes(0), static_cast<std::int64_t>(text.size()));
  EXPECT_EQ(manifest.files.cost(0), 13.75);
  EXPECT_EQ(costs(manifest), (std::vector<double>{3.5, 10, 0.25}));
}

TEST_F(JsonLinesManifest, ReadsLhotseCuts) {
  const Manifest manifest =
      read(R"({"id": "cut-1", "start": 0.5, "duration": 2.5, "channel": 0, "type": "MonoCut",)"
           R"( "supervisions": [{"id": "s", "duration": 9, "text": "x"}],)"
           R"( "recording": {"id": "r", "duration": 99.0, "sources": [{"source": "a.wav"}]}})");
  EXPECT_EQ(costs(manifest), (std::vector<double>{2.5}));
}

TEST_F(JsonLinesManifest, KeepsDurationsToANegligibleError) {
  std::string text;
  std::vector<double> durations;
  for (int i = 1; i <= 1000; ++i) {
    durations.push_back(i * 0.037);
    text += "{\"duration\": " + std::to_string(durations.back()) + "}\n";
  }
  const std::vector<double> kept = costs(read(text));
  ASSERT_EQ(kept.size(), durations.size());
  for (std::size_t i = 0; i < kept.size(); ++i) EXPECT_NEAR(kept[i], durations[i], 2e-6);
}

TEST_F(JsonLinesManifest, ScalesByAPowerOfTwo) {
  const Manifest manifest = read("{\"duration\": 3.455}\n{\"duration\": 0.001}\n");
  int exponent = 0;
  EXPECT_EQ(std::frexp(manifest.sample_cost_scale, &exponent), 0.5);
  EXPECT_GE(manifest.sample_cost[0], std::uint32_t{1} << 31);
}

TEST_F(JsonLinesManifest, KeepsHugeDurations) {
  for (const std::string& text :
       std::vector<std::string>{"1e29", "4294967296", "1.9999999999999998"}) {
    const Manifest manifest = read("{\"duration\": " + text + "}\n{\"duration\": 1e-9}\n");
    EXPECT_NEAR(costs(manifest)[0] / std::stod(text), 1, 1e-9);
    EXPECT_GT(manifest.sample_cost[1], 0U);
  }
}

TEST_F(JsonLinesManifest, KeepsTinyDurations) {
  const Manifest manifest = read("{\"duration\": 1e-14}\n{\"duration\": 1e-15}\n");
  EXPECT_NEAR(costs(manifest)[0] / 1e-14, 1, 1e-9);
  EXPECT_NEAR(costs(manifest)[1] / 1e-15, 1, 1e-8);
}

TEST_F(JsonLinesManifest, RefusesWrongDurations) {
  for (const std::string& text :
       std::vector<std::string>{"0", "-1.5", "\"3\"", "null", "1e999", "1e-320", "1e308"}) {
    EXPECT_EQ(fault_of("{\"duration\": 1}\n\n{\"duration\": " + text + " }\n"),
              "m.jsonl:3: duration is " + text +
                  "; a duration is a number of seconds from 1e-15 to 1e30");
  }
}

TEST_F(JsonLinesManifest, RefusesAWrongDurationInTheFirstLine) {
  EXPECT_EQ(fault_of("{\"duration\": \"3\"}\n"),
            "m.jsonl:1: duration is \"3\"; a duration is a number of seconds from 1e-15 to 1e30");
}

TEST_F(JsonLinesManifest, HasADurationInEachLine) {
  EXPECT_EQ(fault_of("{\"duration\": 1}\n{\"text\": \"a\"}\n"),
            "m.jsonl:2: has no \"duration\"; each line has one, in seconds");
}

TEST_F(JsonLinesManifest, HasAnObjectInEachLine) {
  EXPECT_EQ(fault_of("{\"duration\": 1}\n[1]\n"),
            "m.jsonl:2: is not a JSON object; each line is one, with a \"duration\"");
}

TEST_F(JsonLinesManifest, NamesLineAndColumnWhereItIsNotJson) {
  EXPECT_EQ(fault_of("{\"duration\": 1}\n{\"duration\": 2, \"text\": \"a\n"),
            "m.jsonl:2:27: is not JSON: invalid string: missing closing quote");
  EXPECT_EQ(fault_of("{\"duration\": 1}\n{\"duration\": 2} {\"duration\": 3}\n"),
            "m.jsonl:2:17: is not JSON: unexpected '{'; expected end of input");
}

TEST_F(JsonLinesManifest, RefusesDurationsThatOverflow) {
  EXPECT_EQ(fault_of("{\"duration\": 9e29}\n{\"duration\": 9e29}\n"),
            "m.jsonl: its durations add up to more than 1e30 s; correct them");
}

}  // namespace
}  // namespace evenkeel
