// The manifest readers against random bytes: only UserError may come out, with one line.
#include <gtest/gtest.h>

#include <cctype>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/random.h"
#include "dataset/manifest.h"
#include "dataset/readers.h"
#include "dataset/temporary_folder.h"
#include "dataset/text_file.h"
#include "evenkeel/error.h"

namespace evenkeel {
namespace {

constexpr std::string_view json = R"({"evenkeel": 1, "name": "x", "root": "data/", "cost_unit": "s",
 "extra": {"a": [1, {"b": null}]}, "files": [
  {"path": "a.tar", "samples": 512, "bytes": 104857600, "cost": 6134.2},
  {"path": "b\u00e9\"\n.tar", "samples": 1, "bytes": 0, "cost": 1e-3, "extra": [true]},
  {"path": "c.tar", "samples": 900000000000000000, "cost": 12}]})";

constexpr std::string_view csv =
    "path,samples,bytes,cost\r\na.tar,512,1048,6.5\r\n\"b,\"\"c\"\"\n\",3,,1e3\n\nd,1,0,2\n";

constexpr std::string_view json_lines =
    "{\"audio_filepath\": \"a.flac\", \"duration\": 3.5, \"text\": \"\\u00e9{a}\"}\n  \n"
    "{\"id\": \"c\", \"duration\": 10, \"supervisions\": [{\"duration\": 1}]}\r\n"
    "{\"duration\": 0.25}";

class RandomManifests : public testing::Test {
 protected:
  // Every reader is tried on every text: recognition keeps most texts from most readers.
  void read(const std::string& text) {
    const TextFile file("m", text);
    if (file.text().find_first_not_of(" \t\r\n") == std::string_view::npos) return;
    note(text, [&] { read_json_manifest(file); });
    note(text, [&] { read_json_lines(file); });
    note(text, [&] { read_csv_manifest(file); });
    is_json_lines(file);
    is_csv_manifest(file);
  }

  template <typename Read>
  void note(const std::string& text, Read read) {
    try {
      read();
      ++read_;
    } catch (const UserError& error) {
      ++refused_;
      const std::string_view message = error.what();
      EXPECT_EQ(message.find('\n'), std::string_view::npos) << text;
      EXPECT_TRUE(message.starts_with("m:")) << message;
      EXPECT_LT(message.size(), 300U) << message;
    }
  }

  // Deletes, doubles, copies or changes a few pieces of the text.
  std::string changed(std::string text) {
    constexpr std::string_view telling = "{}[]\",:\\\n\r-.0e+ \x80\xff\t";
    for (std::uint64_t changes = 1 + random_.below(4); changes > 0 && !text.empty(); --changes) {
      const std::size_t place = random_.below(text.size());
      const std::size_t length = random_.below(8);
      switch (random_.below(5)) {
        case 0:
          text.erase(place, length);
          break;
        case 1:
          text.insert(place, text.substr(random_.below(text.size()), 4 * length));
          break;
        case 2:
          text[place] = telling[random_.below(telling.size())];
          break;
        case 3:
          text[place] = static_cast<char>(random_.below(256));
          break;
        default:
          text.resize(place);
          break;
      }
    }
    return text;
  }

  Random random_{31};
  int read_ = 0;
  int refused_ = 0;
};

TEST_F(RandomManifests, MayBeChangedOnes) {
  for (int round = 0; round < 5'000; ++round) {
    for (const std::string_view original : {json, csv, json_lines}) {
      read(changed(std::string(original)));
    }
  }
  EXPECT_GT(read_, 500);
  EXPECT_GT(refused_, 5'000);
}

TEST_F(RandomManifests, MayBeAnyBytes) {
  for (int round = 0; round < 5'000; ++round) {
    std::string text(random_.below(64), '\0');
    const bool printable = random_.below(2) == 0;
    for (char& c : text) {
      c = static_cast<char>(printable ? ' ' + random_.below(95) : random_.below(256));
    }
    read("{" + text);
    read(text);
  }
  EXPECT_GT(refused_, 5'000);
}

// By way of a file and its recognition.
TEST_F(RandomManifests, MayComeFromAFile) {
  const TemporaryFolder folder;
  for (int round = 0; round < 500; ++round) {
    for (const std::string_view original : {json, csv, json_lines}) {
      folder.fault_of("m", changed(std::string(original)));
    }
  }
}

}  // namespace
}  // namespace evenkeel
