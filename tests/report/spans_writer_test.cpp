#include "report/spans_writer.h"

#include <gtest/gtest.h>

#include <string>

#include "evenkeel/error.h"
#include "scratch_folder.h"

namespace evenkeel {
namespace {

using testing::content_of;
using testing::ScratchFolder;

constexpr Span example{
    pass_of(0),  {Position(0), Position(512)},     Rank(3),
    LeaseId(17), Instant(Duration(1'250'000'000)), Instant(Duration(1'750'000'001))};

constexpr const char* example_line =
    "{\"dataset\":0,\"epoch\":0,\"begin\":0,\"end\":512,\"rank\":3,\"lease\":17,\"t0\":1.25,\"t1\":"
    "1.750000001}"
    "\n";

TEST(SpansWriter, WritesALinePerSpan) {
  const ScratchFolder folder;
  SpansWriter spans(folder.file("spans.jsonl"));
  Span late = example;
  late.pass = pass_of(2);
  late.lease = LeaseId((std::uint64_t{1} << 40) + 1);
  spans.on_span(example);
  spans.on_span(late);
  spans.close();
  EXPECT_EQ(
      content_of(folder.file("spans.jsonl")),
      std::string(example_line) +
          "{\"dataset\":0,\"epoch\":2,\"begin\":0,\"end\":512,\"rank\":3,\"lease\":1099511627777,"
          "\"t0\":1.25,\"t1\":1.750000001}\n");
}

TEST(SpansWriter, WritesMoreThanItBuffers) {
  const ScratchFolder folder;
  SpansWriter spans(folder.file("spans.jsonl"));
  constexpr int lines = 5'000;
  std::string expected;
  for (int i = 0; i < lines; ++i) {
    spans.on_span(example);
    expected += example_line;
  }
  EXPECT_FALSE(content_of(folder.file("spans.jsonl")).empty()) << "does not hold all in memory";
  spans.close();
  EXPECT_EQ(content_of(folder.file("spans.jsonl")), expected);
}

TEST(SpansWriter, RefusesAFileThatCannotBeWrittenAtOnce) {
  const ScratchFolder folder;
  const std::string path = folder.file("missing/spans.jsonl");
  try {
    const SpansWriter spans(path);
    FAIL() << "opened";
  } catch (const UserError& error) {
    EXPECT_EQ(error.what(), path +
                                ": cannot write: No such file or directory; check its folder and "
                                "free space, or choose another file");
  }
}

TEST(SpansWriter, SaysThatTheDiskIsFull) {
  SpansWriter spans("/dev/full");
  spans.on_span(example);
  try {
    spans.close();
    FAIL() << "closed";
  } catch (const UserError& error) {
    EXPECT_STREQ(error.what(),
                 "/dev/full: cannot write: No space left on device; check its folder and free "
                 "space, or choose another file");
  }
}

TEST(SpansWriter, SaysThatTheDiskIsFullAsSoonAsItKnows) {
  SpansWriter spans("/dev/full");
  const auto write_many = [&] {
    for (int i = 0; i < 5'000; ++i) spans.on_span(example);
  };
  EXPECT_THROW(write_many(), UserError);
}

}  // namespace
}  // namespace evenkeel
