#include "session/end_messages.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cstdio>

#include "coordinator/attempts.h"
#include "coordinator/job_coordinator.h"
#include "core/display_text.h"
#include "core/number_format.h"
#include "job/option_text.h"
#include "report/verdict.h"

namespace evenkeel {

std::string stalled_text(const JobCoordinator& coordinator, Instant now) {
  const BatchLine& line = coordinator.options().step->line;
  return fmt::format(
      "no message from any worker for {:.0f} s at step {} of {}: one hangs or has died, and the "
      "others wait for it in the all-reduce{}; the job cannot go on",
      to_seconds(now - coordinator.job().last_end), line.first_step + coordinator.job().steps,
      line.steps, coordinator.job().steps == 0 ? ", or no trainer says done" : "");
}

std::string only_failures_text() {
  return "all that is left fails on every worker that tries it, and none of them shows that it can "
         "do a step: the job ends, and sets nothing aside for that; see the reasons above";
}

std::string untold_text(const UntoldWork& untold, std::size_t workers, std::string_view remedy) {
  const bool is_one = untold.ranks.size() == 1;
  const std::string who = untold.ranks.size() == workers
                              ? "no rank says where its"
                              : fmt::format("{} {} not say where {}", ranks_text(untold.ranks),
                                            is_one ? "does" : "do", is_one ? "its" : "their");
  return fmt::format(
      "{} local work ends, so evenkeel cannot tell waiting from work and cannot balance; before "
      "the all-reduce of each step, {}",
      who, remedy);
}

std::string resume_text(const std::string& ledger) {
  return fmt::format("{} records what is done; run the same with --resume to go on", ledger);
}

std::string nothing_left_text(const std::string& ledger) {
  return fmt::format("nothing is left to do of the run; 'evenkeel report {}' shows what was done",
                     file_word(ledger));
}

std::string set_aside_text(const BalanceReport& report) {
  const std::int64_t samples = report.job.set_aside_samples;
  std::string where;
  if (!report.set_aside.empty()) {
    const SetAsideSamples& first = report.set_aside.front();
    where = fmt::format(": {} of {}{}", sample_range_text(first.first, first.count),
                        printable(first.path),
                        first.count < samples ? " and others, which the report lists" : "");
  }
  return fmt::format("the job is not complete: {} set aside after {} failed attempts{}",
                     counted(samples, "sample"), Attempts::most, where);
}

const char* begin_of_line() { return ::isatty(STDERR_FILENO) != 0 ? "\r\033[K" : ""; }

void say(const std::string& text) {
  fmt::print(stderr, "{}evenkeel: {}\n", begin_of_line(), printable(text));
  std::fflush(stderr);
}

}  // namespace evenkeel
