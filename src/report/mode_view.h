// What the report's table shows in one mode, where that differs.
#pragma once

#include <functional>
#include <iosfwd>
#include <string>
#include <string_view>
#include <vector>

#include "report/balance_report.h"
#include "report/cost_scale.h"
#include "report/page_lines.h"

namespace evenkeel {

class ModeView {
 public:
  virtual ~ModeView() = default;

  // "adaptive", "32/step".
  virtual std::vector<std::string> headline(const BalanceReport& report) const = 0;

  // Samples and steps done, redone and wasted or dropped.
  virtual void write_counts(const BalanceReport& report, std::ostream& out) const = 0;

  // How long it took, how long at least, and where the time went.
  virtual void write_times(const BalanceReport& report, std::ostream& out) const = 0;

  // Of a worker, beside its rank, host, share and note.
  virtual std::vector<std::string> titles(const CostScale& scale) const = 0;
  virtual std::vector<std::string> figures(const BalanceReport& report, const RankReport& rank,
                                           const CostScale& scale) const = 0;

  // How late a worker is; the latest one gets last_note().
  virtual double lateness(const RankReport& rank) const = 0;
  virtual std::string_view last_note() const = 0;
};

// Where the mean worker's time went: in the mode's own parts, whose seconds `own_seconds` tells,
// and in those of any job; `between steps`, a trainer's work there and waiting for a core, is the
// last.
std::vector<TimePart> mean_time(
    const BalanceReport& report, std::vector<TimePart> own_parts,
    const std::function<std::vector<double>(const RankReport&)>& own_seconds);

const ModeView& lease_view();
const ModeView& step_view();

inline const ModeView& view_of(const BalanceReport& report) {
  return report.step ? step_view() : lease_view();
}

}  // namespace evenkeel
