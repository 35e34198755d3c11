// The agent's end of the stream to its trainer: non-blocking, in lines.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "agent/descriptor.h"

namespace evenkeel {

class LineSocket {
 public:
  // The longest line of a trainer, in bytes.
  static constexpr std::size_t longest_line = std::size_t{1} << 16;

  explicit LineSocket(Descriptor socket) : socket_(std::move(socket)) {}

  // The next whole line received, without its newline. Throws TrainerFault if it is too long.
  std::optional<std::string> next_line();

  // The trainer has closed its end, and all lines have been read.
  bool closed() const { return closed_; }

  // It has closed it without reading all that it was sent, once closed().
  bool left_unread() const { return left_unread_; }

  // Sends as much as the socket accepts, and keeps the rest.
  void write(std::string_view text);

  // Sends what was kept. Drops it if the trainer has ended.
  void flush();
  bool has_unsent() const { return sent_ < out_.size(); }

  // The trainer has not read all that was written. Once it has closed its end, this is known when
  // closed().
  bool is_unread() const;

  int get() const { return socket_.get(); }

 private:
  bool receive();

  Descriptor socket_;
  std::string in_;
  std::size_t scanned_ = 0;  // no newline before that
  std::string out_;
  std::size_t sent_ = 0;  // of out_
  bool closed_ = false;
  bool left_unread_ = false;
};

}  // namespace evenkeel
