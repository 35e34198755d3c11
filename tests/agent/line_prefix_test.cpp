#include "agent/line_prefix.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <array>
#include <climits>
#include <string>

#include "agent/descriptor.h"

namespace evenkeel {
namespace {

// A prefix of "[3] ", and what has come out behind it.
class LinePrefixed : public testing::Test {
 protected:
  LinePrefixed() {
    std::array<int, 2> ends{};
    EXPECT_EQ(::pipe2(ends.data(), O_CLOEXEC | O_NONBLOCK), 0);
    out_ = Descriptor(ends[0]);
    in_ = Descriptor(ends[1]);
  }

  std::string written() {
    std::array<char, 32768> buffer{};
    const ssize_t size = ::read(out_.get(), buffer.data(), buffer.size());
    return size > 0 ? std::string(buffer.data(), static_cast<std::size_t>(size)) : "";
  }
  LinePrefix prefix() { return {"[3] ", in_.get()}; }

 private:
  Descriptor out_;
  Descriptor in_;
};

TEST_F(LinePrefixed, PutsItBeforeEveryLine) {
  LinePrefix lines = prefix();
  lines.write("one\ntwo\n\nfour\n");
  EXPECT_EQ(written(), "[3] one\n[3] two\n[3] \n[3] four\n");
}

TEST_F(LinePrefixed, WaitsForTheEndOfALine) {
  LinePrefix lines = prefix();
  lines.write("half of ");
  EXPECT_EQ(written(), "");
  lines.write("a line\nand");
  EXPECT_EQ(written(), "[3] half of a line\n");
  lines.finish();
  EXPECT_EQ(written(), "[3] and\n");
  lines.finish();
  EXPECT_EQ(written(), "");
}

TEST_F(LinePrefixed, TakesEveryStateOfAProgressBarForALine) {
  LinePrefix lines = prefix();
  lines.write("\r10 %\r20 %\r\n");
  EXPECT_EQ(written(), "[3] 10 %\n[3] 20 %\n[3] \n");
}

TEST_F(LinePrefixed, BreaksALineThatDoesNotFitOneWrite) {
  LinePrefix lines = prefix();
  lines.write(std::string(PIPE_BUF + 10, 'x'));
  const std::string first = written();
  EXPECT_EQ(first.size(), std::size_t{PIPE_BUF});
  lines.finish();
  EXPECT_EQ(first + written(),
            "[3] " + std::string(PIPE_BUF - 5, 'x') + "\n[3] " + std::string(15, 'x') + "\n");
}

}  // namespace
}  // namespace evenkeel
