// What a trainer writes, on its way to where its rank writes, in whole lines.
#pragma once

#include <string>
#include <string_view>

#include "agent/descriptor.h"

namespace evenkeel {

// Every line goes out in one write, so that those of several processes do not mix, and with a
// prefix. A line that is longer than what a pipe takes at once is broken if there is a prefix, and
// else goes out piece by piece.
class LineRelay {
 public:
  LineRelay(std::string prefix, int to) : prefix_(std::move(prefix)), to_(to) {}

  // Returns the end to write to: of a terminal, if `to` is one, as many programs keep back what
  // they write elsewhere; else of a pipe. Throws std::system_error.
  Descriptor open();

  // Readable when there is something to relay; -1 once nobody can write any more.
  int from() const { return from_.get(); }

  // Whether there was anything, and may be more.
  bool relay();

  // Lets out a last line that has no newline.
  void finish();

 private:
  void write(std::string_view text);
  void put(const std::string& line) const;

  std::string prefix_;
  int to_;
  Descriptor from_;
  std::string begun_;  // a line without its end
};

}  // namespace evenkeel
