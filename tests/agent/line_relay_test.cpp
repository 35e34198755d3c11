#include "agent/line_relay.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <pty.h>
#include <unistd.h>

#include <array>
#include <climits>
#include <optional>
#include <string>

#include "agent/descriptor.h"

namespace evenkeel {
namespace {

// A relay, and what has come out behind it.
class Relayed : public testing::Test {
 protected:
  Relayed() {
    std::array<int, 2> ends{};
    EXPECT_EQ(::pipe2(ends.data(), O_CLOEXEC | O_NONBLOCK), 0);
    out_ = Descriptor(ends[0]);
    in_ = Descriptor(ends[1]);
    begin("[3] ");
  }

  void begin(const std::string& prefix) {
    relay.emplace(prefix, in_.get());
    writer = relay->open();
  }

  // What comes out of it at once.
  std::string relayed(const std::string& text) {
    EXPECT_EQ(::write(writer.get(), text.data(), text.size()), std::ssize(text));
    while (relay->relay()) {
    }
    return come_out();
  }
  std::string finished() {
    relay->finish();
    return come_out();
  }

  std::optional<LineRelay> relay;
  Descriptor writer;

 private:
  std::string come_out() {
    std::array<char, 32768> buffer{};
    const ssize_t size = ::read(out_.get(), buffer.data(), buffer.size());
    return size > 0 ? std::string(buffer.data(), static_cast<std::size_t>(size)) : "";
  }

  Descriptor out_;
  Descriptor in_;
};

TEST_F(Relayed, LinesHaveAPrefixEach) {
  EXPECT_EQ(relayed("one\ntwo\n\nfour\n"), "[3] one\n[3] two\n[3] \n[3] four\n");
}

TEST_F(Relayed, LinesComeOutWhole) {
  EXPECT_EQ(relayed("half of "), "");
  EXPECT_EQ(relayed("a line\nand"), "[3] half of a line\n");
  EXPECT_EQ(finished(), "[3] and\n");
  EXPECT_EQ(finished(), "");
}

TEST_F(Relayed, StatesOfAProgressBarAreLines) {
  EXPECT_EQ(relayed("\r10 %\r20 %\r\n"), "[3] 10 %\n[3] 20 %\n[3] \n");
}

TEST_F(Relayed, LinesAreBrokenThatDoNotFitOneWrite) {
  const std::string first = relayed(std::string(PIPE_BUF + 10, 'x'));
  EXPECT_EQ(first.size(), std::size_t{PIPE_BUF});
  EXPECT_EQ(first + finished(),
            "[3] " + std::string(PIPE_BUF - 5, 'x') + "\n[3] " + std::string(15, 'x') + "\n");
}

TEST_F(Relayed, LinesWithoutPrefixStayAsTheyAre) {
  begin("");
  const std::string line(3 * PIPE_BUF - 3, 'x');  // three pieces, of which nothing is left
  const std::string pieces = relayed(line);
  EXPECT_EQ(pieces + finished(), line + "\n");
  EXPECT_EQ(relayed(line + "\ny\n"), line + "\ny\n");
}

TEST_F(Relayed, StreamsEndWithTheirLastWriter) {
  writer.reset();
  EXPECT_FALSE(relay->relay());
  EXPECT_EQ(relay->from(), -1);
}

TEST_F(Relayed, StreamsAreTerminalsOnlyWhereTheRankHasOne) {
  EXPECT_EQ(::isatty(writer.get()), 0);
  int shown = -1;
  int terminal = -1;
  winsize size{};
  size.ws_col = 71;
  ASSERT_EQ(::openpty(&shown, &terminal, nullptr, nullptr, &size), 0);
  const Descriptor shown_end(shown);
  const Descriptor terminal_end(terminal);
  LineRelay on_terminal("", terminal);
  Descriptor end = on_terminal.open();
  EXPECT_EQ(::isatty(end.get()), 1);
  winsize passed_on{};
  EXPECT_EQ(::ioctl(end.get(), TIOCGWINSZ, &passed_on), 0);
  EXPECT_EQ(passed_on.ws_col, 71);
  EXPECT_EQ(::write(end.get(), "one\ntw", 6), 6);
  end.reset();
  while (on_terminal.relay()) {
  }
  EXPECT_EQ(on_terminal.from(), -1);
  on_terminal.finish();
  std::string seen;  // by whoever looks at the terminal: not all of it at once
  for (char byte = 0; seen.size() < 9 && ::read(shown, &byte, 1) == 1;) seen += byte;
  EXPECT_EQ(seen, "one\r\ntw\r\n");
}

}  // namespace
}  // namespace evenkeel
