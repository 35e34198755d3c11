// Copies a stream of text to a descriptor, with a prefix before each line.
#pragma once

#include <string>
#include <string_view>

namespace evenkeel {

// Every line goes out in one write, so that lines of several processes do not mix; one that is
// longer than what a pipe takes at once is broken.
class LinePrefix {
 public:
  LinePrefix(std::string prefix, int descriptor)
      : prefix_(std::move(prefix)), descriptor_(descriptor) {}

  void write(std::string_view text);

  // Lets out a last line that has no newline.
  void finish();

 private:
  void put_line(std::string_view line);

  std::string prefix_;
  int descriptor_;
  std::string begun_;  // a line without its end
};

}  // namespace evenkeel
