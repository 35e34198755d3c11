// The spans of a job as JSON lines: every completed piece once (DESIGN §7).
#pragma once

#include <string>

#include "coordinator/outputs.h"
#include "report/output_file.h"

namespace evenkeel {

class SpansWriter {
 public:
  // Opens the file before the job starts. Throws UserError if it cannot be written.
  explicit SpansWriter(const std::string& path) : file_(path) {}

  // Appends one line, buffered; times in seconds with every nanosecond kept. Throws UserError.
  void write(const Span& span);

  // Writes what is buffered; without it the last spans are lost. Throws UserError.
  void close() { file_.close(); }

 private:
  OutputFile file_;
};

}  // namespace evenkeel
