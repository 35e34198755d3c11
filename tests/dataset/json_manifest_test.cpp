#include <gtest/gtest.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "dataset/manifest.h"
#include "dataset/temporary_folder.h"

namespace evenkeel {
namespace {

class JsonManifest : public testing::Test {
 protected:
  Manifest read(std::string_view text) const {
    return read_manifest(folder_.write("m.json", text));
  }
  std::string fault_of(std::string_view text) const { return folder_.fault_of("m.json", text); }

  // Of a manifest whose one file is this object, in line 3.
  std::string fault_of_file(const std::string& file) const {
    return fault_of("{\"evenkeel\": 1,\n \"files\": [\n  " + file + "]}");
  }

  TemporaryFolder folder_;
};

TEST_F(JsonManifest, GivesAllThatItSays) {
  const Manifest manifest = read(R"({"evenkeel": 1, "name": "librispeech", "root": "data/./train/",
    "cost_unit": "seconds", "files": [
      {"path": "a.tar", "samples": 512, "bytes": 104857600, "cost": 6134.2},
      {"cost": 2, "path": "b/\u00e9\"\n.tar", "samples": 922337203685477000}]})");
  EXPECT_EQ(manifest.name, "librispeech");
  EXPECT_EQ(manifest.root, folder_.path() / "data/train");
  EXPECT_EQ(manifest.cost_unit, "seconds");
  EXPECT_TRUE(manifest.sample_cost.empty());
  const FileTable& files = manifest.files;
  ASSERT_EQ(files.size(), 2);
  EXPECT_EQ(files.path(0), "a.tar");
  EXPECT_EQ(files.samples(0), 512);
  EXPECT_EQ(files.bytes(0), 104857600);
  EXPECT_EQ(files.cost(0), 6134.2);
  EXPECT_EQ(files.path(1), "b/\u00e9\"\n.tar");
  EXPECT_EQ(files.samples(1), 922337203685477000);
  EXPECT_EQ(files.bytes(1), FileTable::unknown_bytes);
  EXPECT_EQ(files.cost(1), 2);
}

TEST_F(JsonManifest, TakesItsNameAndRootFromItsPlace) {
  const Manifest manifest = read(R"({"evenkeel": 1, "files": [{"path": "a", "samples": 3}]})");
  EXPECT_EQ(manifest.name, "m");
  EXPECT_EQ(manifest.root, folder_.path());
}

TEST_F(JsonManifest, KeepsAnAbsoluteRoot) {
  EXPECT_EQ(read(R"({"evenkeel": 1, "root": "/", "files": [{"path": "a", "samples": 3}]})").root,
            "/");
}

TEST_F(JsonManifest, CountsSamplesAsCostWithoutCosts) {
  const Manifest manifest = read(R"({"evenkeel": 1, "files": [{"path": "a", "samples": 3}]})");
  EXPECT_EQ(manifest.cost_unit, "samples");
  EXPECT_EQ(manifest.files.cost(0), 3);
}

TEST_F(JsonManifest, CallsAnUnnamedCostCost) {
  EXPECT_EQ(read(R"({"evenkeel": 1, "files": [{"path": "a", "samples": 3, "cost": 2}]})").cost_unit,
            "cost");
}

TEST_F(JsonManifest, IgnoresExtra) {
  const Manifest manifest = read(R"({"extra": {"files": [1, {}]}, "evenkeel": 1, "files": [
      {"extra": "x", "path": "a", "samples": 3}, {"path": "b", "samples": 4, "extra": [[{}]]}]})");
  EXPECT_EQ(manifest.files.size(), 2);
}

TEST_F(JsonManifest, ReadsKeysWrittenWithEscapes) {
  EXPECT_EQ(
      read(R"({"evenkeel": 1, "fi\u006ces": [{"p\u0061th": "a", "samples": 3}]})").files.path(0),
      "a");
}

TEST_F(JsonManifest, ReadsManyFiles) {
  constexpr std::int64_t count = 5000;
  std::string text = R"({"evenkeel": 1, "files": [)";
  for (std::int64_t file = 0; file < count; ++file) {
    text += (file == 0 ? "" : ",") + std::string("{\"path\": \"") + std::to_string(file) +
            "\", \"samples\": " + std::to_string(file + 1) + "}";
  }
  const Manifest manifest = read(text + "]}");
  ASSERT_EQ(manifest.files.size(), count);
  for (std::int64_t file = 0; file < count; ++file) {
    ASSERT_EQ(manifest.files.path(file), std::to_string(file));
    ASSERT_EQ(manifest.files.samples(file), file + 1);
  }
}

TEST_F(JsonManifest, NamesLineAndColumnWhereItIsNotJson) {
  EXPECT_EQ(fault_of("{\"evenkeel\": 1,\n \"files\": [\n  {\"path\": \"a\" \"samples\": 1}]}"),
            "m.json:3:24: is not JSON: unexpected string literal; expected '}'");
  EXPECT_EQ(fault_of("{\"evenkeel\": 1,\n \"files\": [\n  {\"path\": \"a\", \"samples\": 1}\n"),
            "m.json:4:1: is not JSON: unexpected end of input; expected ']'");
  EXPECT_EQ(fault_of_file(R"({"path": "a", "samples": abc})"),
            "m.json:3:28: is not JSON: invalid literal");
  EXPECT_EQ(fault_of(R"({"evenkeel": 1, "files": [{"path": "é", "samples": 1}]} x)"),
            "m.json:1:57: is not JSON: invalid literal; expected end of input");
  EXPECT_EQ(fault_of_file("{\"path\": \"\xff\", \"samples\": 1}"),
            "m.json:3:13: is not JSON: invalid string: ill-formed UTF-8 byte");
}

TEST_F(JsonManifest, DoesNotQuoteTheFileAsExpectedText) {
  EXPECT_EQ(
      fault_of_file("{\"path\": \"a; expected \x7f\\ud800\", \"samples\": 1}"),
      "m.json:3:32: is not JSON: invalid string: surrogate U+D800..U+DBFF must be followed by "
      "U+DC00..U+DFFF");
}

TEST_F(JsonManifest, SurvivesDeepNesting) {
  EXPECT_EQ(fault_of("{\"evenkeel\": 1, \"files\": " + std::string(100'000, '[')).substr(0, 33),
            "m.json:1:100026: is not JSON: une");
}

TEST_F(JsonManifest, SaysWhatOtherJsonLacks) {
  EXPECT_EQ(
      fault_of("{\"shards\": [], \"version\": 2}"),
      "m.json: has no \"evenkeel\" key; a manifest begins {\"evenkeel\": 1, and in JSON lines "
      "each line has a \"duration\"");
}

TEST_F(JsonManifest, IsOfVersionOne) {
  constexpr std::string_view rule =
      "; this program reads version 1; for a later one, get a newer evenkeel";
  EXPECT_EQ(fault_of(R"({"shiny": true, "evenkeel": 2})"),
            "m.json:1: /evenkeel is 2" + std::string(rule));
  EXPECT_EQ(fault_of(R"({"evenkeel": "1"})"), "m.json:1: /evenkeel is \"1\"" + std::string(rule));
}

TEST_F(JsonManifest, ListsAtLeastOneFile) {
  constexpr std::string_view fault = "m.json: lists no files; \"files\" has at least one";
  EXPECT_EQ(fault_of(R"({"evenkeel": 1})"), fault);
  EXPECT_EQ(fault_of(R"({"evenkeel": 1, "files": []})"), fault);
}

TEST_F(JsonManifest, HasAListOfObjects) {
  EXPECT_EQ(fault_of(R"({"evenkeel": 1, "files": {}})"),
            "m.json:1: /files is an object; it must be a list of files");
  EXPECT_EQ(fault_of_file("[3]"),
            "m.json:3: /files/0 is a list; a file is an object with \"path\" and \"samples\"");
}

TEST_F(JsonManifest, HintsAtTheNearestKey) {
  EXPECT_EQ(fault_of(R"({"evenkeel": 1, "nmae": "x"})"),
            "m.json: has an unknown key \"nmae\"; did you mean \"name\"?");
  EXPECT_EQ(fault_of_file(R"({"path": "a", "sample": 1})"),
            "m.json:3: /files/0 has an unknown key \"sample\"; did you mean \"samples\"?");
  EXPECT_EQ(
      fault_of_file(R"({"path": "a", "md5\nsum": 1})"),
      "m.json:3: /files/0 has an unknown key \"md5\\x0asum\"; known are path, samples, bytes, "
      "cost, hosts, extra");
}

TEST_F(JsonManifest, HasEachKeyOnce) {
  EXPECT_EQ(fault_of(R"({"evenkeel": 1, "name": "a", "name": "b"})"),
            "m.json: has \"name\" twice; keep one of them");
  EXPECT_EQ(fault_of_file(R"({"path": "a", "samples": 1, "samples": 2})"),
            "m.json:3: /files/0 has \"samples\" twice; keep one of them");
  EXPECT_EQ(fault_of_file(R"({"path": "a", "samples": 1, "extra": 1, "extra": 2})"),
            "m.json:3: /files/0 has \"extra\" twice; keep one of them");
}

TEST_F(JsonManifest, HasPathAndSamplesForEachFile) {
  EXPECT_EQ(fault_of_file(R"({"samples": 1})"),
            "m.json:3: /files/0 has no \"path\"; each file has one");
  EXPECT_EQ(fault_of_file(R"({"path": "a"})"),
            "m.json:3: /files/0 has no \"samples\"; each file has one");
}

TEST_F(JsonManifest, RefusesWrongNumbersOfSamples) {
  for (const std::string& number :
       std::vector<std::string>{"0", "-4", "1.5", "1e3", "\"5\"", "null", "9223372036854775808",
                                "123456789012345678901"}) {
    EXPECT_EQ(fault_of_file(R"({"path": "a", "samples": )" + number + " }"),
              "m.json:3: /files/0/samples is " + number +
                  "; a file has a whole number of samples, at least 1 and less than 2^63");
  }
}

TEST_F(JsonManifest, RefusesWrongSizes) {
  for (const std::string& number :
       std::vector<std::string>{"-1", "0.5", "9223372036854775808", "true"}) {
    EXPECT_EQ(fault_of_file(R"({"path": "a", "samples": 1, "bytes": )" + number + "}"),
              "m.json:3: /files/0/bytes is " + number +
                  "; a size is a whole number of bytes, at least 0 and less than 2^63");
  }
}

TEST_F(JsonManifest, RefusesWrongCosts) {
  for (const std::string& number :
       std::vector<std::string>{"0", "-0.5", "1e309", "\"1\"", "1e-320", "1e308"}) {
    EXPECT_EQ(fault_of_file(R"({"path": "a", "samples": 1, "cost": )" + number + "}"),
              "m.json:3: /files/0/cost is " + number + "; a cost is a number from 1e-15 to 1e30");
  }
}

TEST_F(JsonManifest, RefusesWrongPaths) {
  for (const auto& [path, shown] : {std::pair<std::string, std::string>{"\"\"", "\"\""},
                                    {"\"a\\u0000\"", "\"a\\u0000\""},
                                    {"7", "7"},
                                    {"{}", "an object"}}) {
    EXPECT_EQ(fault_of_file("{\"path\": " + path + ", \"samples\": 1}"),
              "m.json:3: /files/0/path is " + shown +
                  "; a path is UTF-8 text without NUL, and not empty");
  }
}

TEST_F(JsonManifest, RefusesWrongTexts) {
  for (const std::string& key : std::vector<std::string>{"name", "root", "cost_unit"}) {
    EXPECT_EQ(fault_of("{\"evenkeel\": 1,\n\"" + key + "\": 5}"),
              "m.json:2: /" + key + " is 5; it must be a text that is not empty, without NUL");
  }
}

TEST_F(JsonManifest, SaysThatAValueIsWrongUnderAnEscapedKey) {
  EXPECT_EQ(fault_of_file(R"({"p\u0061th": 5, "samples": 1})"),
            "m.json: /files/0/path is wrong; a path is UTF-8 text without NUL, and not empty");
}

TEST_F(JsonManifest, CutsALongValueShort) {
  EXPECT_EQ(fault_of_file("{\"path\": \"a\", \"samples\": \"" + std::string(500, 'x') + "\"}"),
            "m.json:3: /files/0/samples is \"" + std::string(79, 'x') +
                "...; a file has a whole number of samples, at least 1 and less than 2^63");
}

TEST_F(JsonManifest, GivesACostToAllFilesOrToNone) {
  EXPECT_EQ(
      fault_of_file("{\"path\": \"a\", \"samples\": 1, \"cost\": 2},\n"
                    "{\"path\": \"b\", \"samples\": 1},\n{\"path\": \"c\", \"samples\": 1}"),
      "m.json:4: /files/1 has no \"cost\" while other files have one; give it to all files or "
      "to none");
}

TEST_F(JsonManifest, ListsEachPathOnce) {
  EXPECT_EQ(fault_of_file("{\"path\": \"a\", \"samples\": 1},\n{\"path\": \"b\", \"samples\": 1},\n"
                          "{\"path\": \"a\", \"samples\": 2}"),
            "m.json:5: /files/2/path is \"a\", as /files/0/path is; list each file once");
}

TEST_F(JsonManifest, RefusesSamplesThatOverflow) {
  EXPECT_EQ(fault_of_file(R"({"path": "a", "samples": 1152921504606846976},)"
                          R"({"path": "b", "samples": 1})"),
            "m.json: with file 1, \"b\", the samples add up to more than 2^60; correct them or "
            "split the dataset");
}

TEST_F(JsonManifest, RefusesCostsThatOverflow) {
  EXPECT_EQ(fault_of_file(R"({"path": "a", "samples": 1, "cost": 9e29},)"
                          R"({"path": "b", "samples": 1, "cost": 9e29})"),
            "m.json: with file 1, \"b\", the costs add up to more than 1e30; correct them or "
            "split the dataset");
}

TEST_F(JsonManifest, SaysWhichHostsHoldAFile) {
  const Manifest manifest = read(R"({"evenkeel": 1, "files": [
      {"path": "a", "samples": 1, "hosts": ["node-1", "node-2", "node-1"]},
      {"hosts": [], "path": "b", "samples": 1},
      {"hosts": ["node\u002d2"], "path": "c", "samples": 1}]})");
  EXPECT_EQ(manifest.hosts.names(), (std::vector<std::string>{"node-1", "node-2"}));
  EXPECT_EQ(manifest.hosts.of(0).size(), 2U);
  EXPECT_TRUE(manifest.hosts.of(1).empty());
  ASSERT_EQ(manifest.hosts.of(2).size(), 1U);
  EXPECT_EQ(manifest.hosts.of(2)[0].host, 1);
}

TEST_F(JsonManifest, RefusesHostsThatAreNoNames) {
  const auto fault_of_hosts = [&](const std::string& hosts) {
    return fault_of_file(R"({"path": "a", "samples": 1, "hosts": )" + hosts + "}");
  };
  const std::string list_rule = "; it must be a list of names of hosts, such as [\"node-1\"]";
  EXPECT_EQ(fault_of_hosts("\"node-1\""), "m.json:3: /files/0/hosts is \"node-1\"" + list_rule);
  EXPECT_EQ(fault_of_hosts("{}"), "m.json:3: /files/0/hosts is an object" + list_rule);
  const std::string name_rule = "; a host is a text that is not empty, without NUL";
  EXPECT_EQ(fault_of_hosts("[1]"), "m.json:3: /files/0/hosts/0 is 1" + name_rule);
  EXPECT_EQ(fault_of_hosts("[\"\"]"), "m.json:3: /files/0/hosts/0 is \"\"" + name_rule);
  EXPECT_EQ(fault_of_hosts("[\"node-1\", [\"n\"]]"),
            "m.json:3: /files/0/hosts/1 is a list" + name_rule);
}

}  // namespace
}  // namespace evenkeel
