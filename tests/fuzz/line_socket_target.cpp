// How the stream of a trainer is split into lines, in whatever pieces it comes: the first byte is
// the size of a piece.
#include "agent/line_socket.h"

#include <sys/socket.h>

#include <algorithm>
#include <array>

#include "agent/trainer_message.h"
#include "core/check.h"
#include "fuzz/refusal.h"
#include "fuzz/target.h"

namespace evenkeel {
namespace {

struct Conversation {
  Conversation() {
    std::array<int, 2> ends{};
    EVENKEEL_CHECK(
        ::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends.data()) == 0);
    agent.emplace(Descriptor(ends[0]));
    trainer = Descriptor(ends[1]);
  }

  std::optional<LineSocket> agent;
  Descriptor trainer;
};

// Takes the lines that have come off the text that was sent.
void take_lines(LineSocket& agent, std::string_view& text) {
  while (const auto line = agent.next_line()) {
    EVENKEEL_CHECK(text.substr(0, text.find('\n')) == *line);
    EVENKEEL_CHECK(line->size() < text.size());
    text.remove_prefix(line->size() + 1);
  }
}

}  // namespace

bool accepts(std::string_view bytes) {
  if (bytes.empty()) return false;
  const std::size_t piece = static_cast<unsigned char>(bytes.front()) + std::size_t{1};
  std::string_view text = bytes.substr(1);
  Conversation conversation;
  try {
    for (std::string_view unsent = text; !unsent.empty();) {
      const std::string_view sent = unsent.substr(0, piece);
      EVENKEEL_CHECK(::send(conversation.trainer.get(), sent.data(), sent.size(), 0) ==
                     static_cast<ssize_t>(sent.size()));
      unsent.remove_prefix(sent.size());
      take_lines(*conversation.agent, text);
    }
    conversation.trainer.reset();
    take_lines(*conversation.agent, text);
    EVENKEEL_CHECK(conversation.agent->closed() && text.find('\n') == std::string_view::npos);
    return text.empty();
  } catch (const TrainerFault& fault) {
    check_refusal(fault.what(), "sends ");
    EVENKEEL_CHECK(text.find('\n') > LineSocket::longest_line);
    return false;
  }
}

}  // namespace evenkeel
