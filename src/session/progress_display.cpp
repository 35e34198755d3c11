#include "session/progress_display.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <cstdio>
#include <string>

namespace evenkeel {
namespace {

ProgressLine line_for_standard_error() {
  if (::isatty(STDERR_FILENO) == 0) return ProgressLine(ProgressLine::Style::plain);
  winsize window{};
  if (::ioctl(STDERR_FILENO, TIOCGWINSZ, &window) != 0 || window.ws_col == 0) {
    return ProgressLine(ProgressLine::Style::live);
  }
  return ProgressLine(ProgressLine::Style::live, window.ws_col);
}

// Best effort: a failed write does not end a job.
void write_to_standard_error(const std::string& text) {
  std::fwrite(text.data(), 1, text.size(), stderr);
}

}  // namespace

ProgressDisplay::ProgressDisplay() : line_(line_for_standard_error()) {}

void ProgressDisplay::show(Instant now, const JobCoordinator& coordinator) {
  if (!line_.due(now)) return;
  const CoordinatorOptions& options = coordinator.options();
  Progress progress{coordinator.job(), coordinator.pass(), options.epochs, 0};
  for (std::int32_t i = 0; i < options.workers; ++i) {
    const Rank rank(options.first_worker.value() + i);
    if (!is_lost(coordinator.worker(rank).state)) ++progress.workers;
  }
  if (const auto text = line_.update(now, progress)) write_to_standard_error(*text);
}

void ProgressDisplay::clear() { write_to_standard_error(line_.clear()); }

}  // namespace evenkeel
