// The spans of a job as JSON lines: every completed piece of work once (DESIGN §7).
#pragma once

#include <string>

#include "coordinator/job_observer.h"
#include "report/output_file.h"

namespace evenkeel {

class SpansWriter final : public JobObserver {
 public:
  // Opens the file before the job starts. Throws UserError if it cannot be written.
  explicit SpansWriter(const std::string& path) : file_(path) {}

  // Appends one line, buffered; times in seconds with all nanoseconds. Throws UserError.
  void on_span(const Span& span) override;

  // Flushes; otherwise the last spans are lost. Throws UserError.
  void close() override { file_.close(); }

 private:
  OutputFile file_;
};

}  // namespace evenkeel
