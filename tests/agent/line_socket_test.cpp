#include "agent/line_socket.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/socket.h>

#include <array>
#include <string>

#include "agent/trainer_message.h"

namespace evenkeel {
namespace {

class Conversing : public testing::Test {
 protected:
  Conversing() {
    std::array<int, 2> ends{};
    EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends.data()), 0);
    socket.emplace(Descriptor(ends[0]));
    trainer = Descriptor(ends[1]);
  }

  void say(const std::string& text) const {
    EXPECT_EQ(::send(trainer.get(), text.data(), text.size(), 0), std::ssize(text));
  }
  std::string hear() const {
    std::string text(1 << 20, ' ');
    const ssize_t size = ::recv(trainer.get(), text.data(), text.size(), 0);
    return size > 0 ? text.substr(0, static_cast<std::size_t>(size)) : "";
  }

  std::optional<LineSocket> socket;
  Descriptor trainer;
};

TEST_F(Conversing, GivesWholeLinesInOrder) {
  EXPECT_EQ(socket->next_line(), std::nullopt);
  say("one\ntwo\nthr");
  EXPECT_EQ(socket->next_line(), "one");
  EXPECT_EQ(socket->next_line(), "two");
  EXPECT_EQ(socket->next_line(), std::nullopt);
  say("ee\n");
  EXPECT_EQ(socket->next_line(), "three");
  EXPECT_FALSE(socket->closed());
}

TEST_F(Conversing, KnowsWhetherTheTrainerHasReadAll) {
  EXPECT_FALSE(socket->is_unread());
  socket->write("what the job is\n");
  EXPECT_TRUE(socket->is_unread());
  EXPECT_EQ(hear(), "what the job is\n");
  EXPECT_FALSE(socket->is_unread());
}

TEST_F(Conversing, KnowsThatATrainerHasReadNothingBeforeItsEnd) {
  socket->write("what the job is\n");
  trainer.reset();
  EXPECT_TRUE(socket->is_unread());
  EXPECT_EQ(socket->next_line(), std::nullopt);
  EXPECT_TRUE(socket->is_unread());
}

TEST_F(Conversing, KnowsThatATrainerHasReadAllBeforeItsEnd) {
  socket->write("what the job is\n");
  hear();
  trainer.reset();
  EXPECT_EQ(socket->next_line(), std::nullopt);
  EXPECT_FALSE(socket->is_unread());
}

TEST_F(Conversing, TellsThatTheTrainerHasClosedAfterItsLastLine) {
  say("last\n");
  trainer.reset();
  EXPECT_EQ(socket->next_line(), "last");
  EXPECT_EQ(socket->next_line(), std::nullopt);
  EXPECT_TRUE(socket->closed());
}

TEST_F(Conversing, DropsAnUnfinishedLine) {
  say("whole\nhalf a li");
  trainer.reset();
  EXPECT_EQ(socket->next_line(), "whole");
  EXPECT_EQ(socket->next_line(), std::nullopt);
  EXPECT_TRUE(socket->closed());
}

TEST_F(Conversing, RefusesAnOverlongLine) {
  for (std::size_t sent = 0; sent <= LineSocket::longest_line; sent += 4096) {
    say(std::string(4096, 'x'));
    if (sent < LineSocket::longest_line - 4096) {
      EXPECT_EQ(socket->next_line(), std::nullopt);
    }
  }
  EXPECT_THROW(socket->next_line(), TrainerFault);
}

TEST_F(Conversing, KeepsUnsentBytes) {
  const std::string much(1 << 20, 'y');
  socket->write(much);
  EXPECT_TRUE(socket->has_unsent());
  std::string heard;
  while (heard.size() < much.size()) {
    heard += hear();
    socket->flush();
  }
  EXPECT_EQ(heard, much);
  EXPECT_FALSE(socket->has_unsent());
}

TEST_F(Conversing, DropsBytesForAnEndedTrainer) {
  trainer.reset();
  socket->write("anybody?\n");
  EXPECT_FALSE(socket->has_unsent());
}

}  // namespace
}  // namespace evenkeel
