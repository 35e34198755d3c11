// Relays a trainer's output to its rank's output, in whole lines.
#pragma once

#include <string>
#include <string_view>

#include "agent/descriptor.h"

namespace evenkeel {

// Each line is one write, so that lines of several processes do not mix, with a prefix. A line
// longer than an atomic write to a pipe is broken if there is a prefix; otherwise it is written in
// pieces.
class LineRelay {
 public:
  LineRelay(std::string prefix, int to) : prefix_(std::move(prefix)), to_(to) {}

  // Returns the end for the trainer: of a terminal if `to` is one, since many programs buffer other
  // output; otherwise of a pipe. Throws std::system_error.
  Descriptor open();

  // Readable when there is output to relay; -1 when all writers have closed.
  int from() const { return from_.get(); }

  // Returns whether there was output, and may be more.
  bool relay();

  void finish();

 private:
  void write(std::string_view text);
  void put(const std::string& line) const;

  std::string prefix_;
  int to_;
  Descriptor from_;
  std::string begun_;  // an unfinished line
};

}  // namespace evenkeel
