#include <fmt/format.h>
#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

#include "dataset/manifest.h"
#include "dataset/temporary_folder.h"

namespace evenkeel {
namespace {

class CsvManifest : public testing::Test {
 protected:
  Manifest read(std::string_view text) const { return read_manifest(folder_.write("m.csv", text)); }
  std::string fault_of(std::string_view text) const { return folder_.fault_of("m.csv", text); }

  TemporaryFolder folder_;
};

TEST_F(CsvManifest, GivesAllThatItSays) {
  const Manifest manifest = read("path,samples,bytes,cost\na.tar,512,1048,6.5\nb.tar,3,,1e3\n");
  EXPECT_EQ(manifest.name, "m");
  EXPECT_EQ(manifest.root, folder_.path());
  EXPECT_EQ(manifest.cost_unit, "cost");
  const FileTable& files = manifest.files;
  ASSERT_EQ(files.size(), 2);
  EXPECT_EQ(files.path(0), "a.tar");
  EXPECT_EQ(files.samples(0), 512);
  EXPECT_EQ(files.bytes(0), 1048);
  EXPECT_EQ(files.cost(0), 6.5);
  EXPECT_EQ(files.path(1), "b.tar");
  EXPECT_EQ(files.samples(1), 3);
  EXPECT_EQ(files.bytes(1), FileTable::unknown_bytes);
  EXPECT_EQ(files.cost(1), 1000);
}

TEST_F(CsvManifest, NeedsOnlyPathsAndSamples) {
  const Manifest manifest = read("samples , path\n 7 ,a b\n");
  EXPECT_EQ(manifest.cost_unit, "samples");
  EXPECT_EQ(manifest.files.path(0), "a b");
  EXPECT_EQ(manifest.files.samples(0), 7);
  EXPECT_EQ(manifest.files.bytes(0), FileTable::unknown_bytes);
  EXPECT_EQ(manifest.files.cost(0), 7);
}

TEST_F(CsvManifest, ReadsQuotedFields) {
  const Manifest manifest = read("\"path\",\"samples\"\n\"a,\"\"b\"\"\nc\",\"2\"\n\"\"\"\",3\n");
  EXPECT_EQ(manifest.files.path(0), "a,\"b\"\nc");
  EXPECT_EQ(manifest.files.samples(0), 2);
  EXPECT_EQ(manifest.files.path(1), "\"");
}

TEST_F(CsvManifest, KeepsBlanksOnlyInsideQuotes) {
  const Manifest manifest =
      read("samples, path , cost\n3, a b.tar\t,1\n4, \" c \" ,2\n5, \"d\"\"\",3\r\n");
  ASSERT_EQ(manifest.files.size(), 3);
  EXPECT_EQ(manifest.files.path(0), "a b.tar");
  EXPECT_EQ(manifest.files.path(1), " c ");
  EXPECT_EQ(manifest.files.path(2), "d\"");
  EXPECT_EQ(manifest.files.cost(2), 3);
  EXPECT_EQ(fault_of("path,samples\n  ,1\n"),
            "m.csv:2: path is \"\"; a path is UTF-8 text without NUL, and not empty");
}

TEST_F(CsvManifest, NamesAPathThatIsNoUtf8) {
  EXPECT_EQ(fault_of("path,samples\na,1\ncaf\xe9.tar,1\n"),
            "m.csv:3: path is \"caf\\xe9.tar\"; a path is UTF-8 text without NUL, and not empty");
}

TEST_F(CsvManifest, SaysWhereANulIs) {
  EXPECT_EQ(fault_of(std::string_view("path,samples\na,1\nb\0c,1\n", 23)),
            "m.csv:3: has a NUL byte; give a text file");
}

// Room for the rest is made in passing.
TEST_F(CsvManifest, ReadsThousandsOfFiles) {
  constexpr int pairs = 1200;
  std::string text = "path,samples\n";
  for (int i = 0; i < pairs; ++i) text += fmt::format("\"a, \"\"{0}\"\"\",{0}1\nlong {0},2\n", i);
  const Manifest manifest = read(text);
  ASSERT_EQ(manifest.files.size(), 2 * pairs);
  for (int i = 0; i < pairs; ++i) {
    ASSERT_EQ(manifest.files.path(2L * i), fmt::format("a, \"{}\"", i));
    ASSERT_EQ(manifest.files.path(2L * i + 1), fmt::format("long {}", i));
    ASSERT_EQ(manifest.files.samples(2L * i), 10 * i + 1);
  }
}

TEST_F(CsvManifest, ReadsLineEndsOfAnySystem) {
  const Manifest manifest = read("path,samples\r\na,1\r\n\r\n\nb,2\r");
  ASSERT_EQ(manifest.files.size(), 2);
  EXPECT_EQ(manifest.files.path(0), "a");
  EXPECT_EQ(manifest.files.samples(0), 1);
  EXPECT_EQ(manifest.files.samples(1), 2);
}

TEST_F(CsvManifest, ReadsPathsAtTheEndOfAWindowsLine) {
  EXPECT_EQ(read("samples,path\r\n1,a\r\n").files.path(0), "a");
}

TEST_F(CsvManifest, SkipsAByteOrderMark) {
  EXPECT_EQ(read("\xef\xbb\xbfpath,samples\na,1").files.path(0), "a");
}

TEST_F(CsvManifest, HintsAtTheNearestColumn) {
  EXPECT_EQ(fault_of("path,sampels\n"),
            "m.csv:1: has an unknown column \"sampels\"; did you mean \"samples\"?");
  EXPECT_EQ(fault_of("path,samples,host\n"),
            "m.csv:1: has an unknown column \"host\"; did you mean \"hosts\"?");
  EXPECT_EQ(fault_of("path,samples,\n"),
            "m.csv:1: has an unknown column \"\"; known are path, samples, bytes, cost, hosts");
}

TEST_F(CsvManifest, HasEachColumnOnce) {
  EXPECT_EQ(fault_of("path,samples,path\n"),
            "m.csv:1: has the column \"path\" twice; keep one of them");
}

TEST_F(CsvManifest, HasColumnsForPathAndSamples) {
  EXPECT_EQ(fault_of("path,bytes\n"),
            "m.csv:1: has no column \"samples\"; the header is path,samples and, if known, bytes, "
            "cost and hosts");
  EXPECT_EQ(fault_of("samples,bytes\n").substr(0, 29), "m.csv:1: has no column \"path\"");
}

TEST_F(CsvManifest, ListsAtLeastOneFile) {
  EXPECT_EQ(fault_of("path,samples\n\n"), "m.csv: has a header but no files; list at least one");
}

TEST_F(CsvManifest, HasAsManyFieldsAsItsHeader) {
  EXPECT_EQ(fault_of("path,samples\na,1\nb,1,2\n"),
            "m.csv:3: has 3 fields and the header 2; quote a field with commas");
}

TEST_F(CsvManifest, CountsTheLinesOfQuotedFields) {
  EXPECT_EQ(fault_of("path,samples\n\"a\n\nb\",1\nc,0\n").substr(0, 8), "m.csv:5:");
}

TEST_F(CsvManifest, ClosesItsQuotes) {
  EXPECT_EQ(fault_of("path,samples\n\"a,1\n"),
            "m.csv:2: opens a quote that never closes; add the closing one");
  EXPECT_EQ(fault_of("path,samples\n\"a\"b,1\n"),
            "m.csv:2: has text after a closing quote; inside quotes, write \"\" for \"");
}

TEST_F(CsvManifest, RefusesWrongNumbersOfSamples) {
  for (const std::string& number :
       std::vector<std::string>{"0", "-4", "1.5", "", "x", "9223372036854775808", "1 2", "+1"}) {
    EXPECT_EQ(fault_of("path,samples\na," + number + "\n"),
              "m.csv:2: samples is \"" + number +
                  "\"; a file has a whole number of samples, at least 1 and less than 2^63");
  }
}

TEST_F(CsvManifest, RefusesWrongSizes) {
  EXPECT_EQ(fault_of("path,samples,bytes\na,1,-1\n"),
            "m.csv:2: bytes is \"-1\"; a size is a whole number of bytes, at least 0 and less than "
            "2^63");
}

TEST_F(CsvManifest, RefusesWrongCosts) {
  for (const std::string& number :
       std::vector<std::string>{"0", "-1", "inf", "nan", "", "1x", "1e-320", "1e308"}) {
    EXPECT_EQ(fault_of("path,samples,cost\na,1,0.5\nb,1," + number + "\n"),
              "m.csv:3: cost is \"" + number + "\"; a cost is a number from 1e-15 to 1e30");
  }
}

TEST_F(CsvManifest, RefusesAnEmptyPath) {
  EXPECT_EQ(fault_of("path,samples\n,1\n"),
            "m.csv:2: path is \"\"; a path is UTF-8 text without NUL, and not empty");
}

TEST_F(CsvManifest, ListsEachPathOnce) {
  EXPECT_EQ(fault_of("path,samples\n\na,1\nb,1\na,2\n"),
            "m.csv:5: path is \"a\", as in line 3; list each file once");
}

TEST_F(CsvManifest, RefusesSamplesThatOverflow) {
  EXPECT_EQ(fault_of("path,samples\na,1152921504606846976\nb,1\n"),
            "m.csv: with file 1, \"b\", the samples add up to more than 2^60; correct them or "
            "split the dataset");
}

std::vector<std::string> hosts_of(const Manifest& manifest, std::int64_t file) {
  std::vector<std::string> hosts;
  for (const FileHosts::Place& place : manifest.hosts.of(file)) {
    hosts.push_back(manifest.hosts.names()[static_cast<std::size_t>(place.host)]);
  }
  return hosts;
}

TEST_F(CsvManifest, SaysWhichHostsHoldAFile) {
  const Manifest manifest =
      read("path,samples,hosts\na,1,node-1; node-2 ;\nb,1,\nc,1,node-2;node-2\n");
  EXPECT_EQ(hosts_of(manifest, 0), (std::vector<std::string>{"node-1", "node-2"}));
  EXPECT_TRUE(hosts_of(manifest, 1).empty());
  EXPECT_EQ(hosts_of(manifest, 2), std::vector<std::string>{"node-2"});
  EXPECT_EQ(manifest.hosts.names().size(), 2U);
  EXPECT_EQ(fault_of("path,samples,hosts\na,1,node-1;;node-2\n"),
            "m.csv:2: hosts is \"node-1;;node-2\"; names of hosts are separated by semicolons");
}

}  // namespace
}  // namespace evenkeel
