#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <ostream>
#include <string>
#include <vector>

#include "core/number_format.h"
#include "core/option_values.h"
#include "report/cells.h"
#include "report/mode_view.h"
#include "report/page_lines.h"

namespace evenkeel {
namespace {

constexpr double noted_between_steps = 0.1;  // share of the time
constexpr double noted_end = 1.01;           // makespan / time of the last step

std::string samples_text(const BalanceReport& report) {
  const JobRecord& job = report.job;
  if (job.samples == 0 && job.samples_before > 0) return nothing_left_text(job.samples_before);
  if (report.complete && job.samples_before == 0) {
    const std::string epochs =
        report.description.epochs == 1
            ? ""
            : fmt::format(" x {} epochs", count_text(report.description.epochs));
    const std::string samples = grouped(report.description.samples);
    return fmt::format("{} of {} samples once each{}", samples, samples, epochs);
  }
  const std::string before =
      job.samples_before > 0 ? fmt::format(", {} done before", grouped(job.samples_before)) : "";
  return fmt::format("{} of {} samples{}{}", grouped(job.samples_done), grouped(job.samples),
                     report.complete ? " once each" : "", before);
}

void write_lease_counts(const BalanceReport& report, std::ostream& out) {
  const JobRecord& job = report.job;
  std::vector<std::string> samples{samples_text(report)};
  if (report.description.cost_unit != "samples") {
    samples.push_back(
        fmt::format("cost {}", cost_text(job.cost_done, report.description.cost_unit)));
  }
  samples.push_back(fmt::format("{} redone", grouped(job.redone_samples)));
  samples.push_back(fmt::format("{} wasted", grouped(job.wasted_samples)));
  write_fields(samples, wide_gap, out);

  std::string messages = counted(job.messages, "message");
  const double worker_s = report.makespan_s * static_cast<double>(report.ranks.size());
  if (worker_s > 0) {
    messages += fmt::format(" ({} per worker per second)",
                            number_text(static_cast<double>(job.messages) / worker_s));
  }
  write_fields({counted(job.leases, "lease"), counted(job.trims, "trim"), messages}, wide_gap, out);
}

bool is_bounded(const BalanceReport& report) {
  return report.bound_s > 0 && std::isfinite(report.bound_s);
}

std::string limit_text(const BalanceReport& report) {
  if (!is_bounded(report)) return "limit at these speeds unknown";
  if (!report.is_limited()) return "limit not judged: the speeds vary too much";
  if (report.job.samples_done == 0) {
    return fmt::format("limit at these speeds {}", duration_text(report.bound_s));
  }
  return fmt::format(
      "limit at these speeds {} ({})", duration_text(report.shown_bound_s()),
      report.ratio < 1000 ? fmt::format("{:.3f}x", std::max(1.0, report.ratio)) : ">999x");
}

void write_makespan(const BalanceReport& report, std::ostream& out) {
  if (!report.judged) {
    write_fields({fmt::format("makespan  {}", duration_text(report.makespan_s)),
                  "too short to judge: less than a second"},
                 wide_gap, out);
    return;
  }
  std::vector<std::string> fields{fmt::format("makespan  {}", duration_text(report.makespan_s))};
  if (report.worked_s > 0 && report.makespan_s > noted_end * report.worked_s) {
    fields.push_back(fmt::format("last step done at {}", duration_text(report.worked_s)));
  }
  fields.push_back(limit_text(report));
  fields.push_back(fmt::format("imbalance {}", percent_text(report.imbalance, 1)));
  write_fields(fields, wide_gap, out);
}

// The worker that finished last, of those that did work and are not lost; none if there are none.
const RankReport* last_finisher(const std::vector<RankReport>& ranks) {
  const RankReport* last = nullptr;
  for (const RankReport& rank : ranks) {
    if (rank.samples == 0 || is_lost(rank.state)) continue;
    if (last == nullptr || rank.last_end > last->last_end) last = &rank;
  }
  return last;
}

// For a job without balance: what balance would have gained, who finished last, and what share of
// the makespan the others waited on average.
void write_saving(const BalanceReport& report, std::ostream& out) {
  if (report.description.policy != name_of(PolicyKind::observe) || !report.complete) return;
  if (!report.is_limited()) return;
  const RankReport* const last = last_finisher(report.ranks);
  if (last == nullptr || !is_bounded(report) || !(report.makespan_s > 0)) return;
  double waited_s = 0;
  double others = 0;
  for (const RankReport& rank : report.ranks) {
    if (&rank == last || is_lost(rank.state)) continue;
    waited_s += to_seconds(rank.waited_for_others);
    ++others;
  }
  const double saving = std::max(0.0, 1 - report.shown_bound_s() / report.makespan_s);
  out << fmt::format("adaptive  {} expected, {} less: rank {} finished last",
                     duration_text(report.shown_bound_s()), percent_text(saving, 0),
                     last->rank.value());
  if (others > 0) {
    const double waited = std::clamp(waited_s / others / report.makespan_s, 0.0, 1.0);
    out << fmt::format(", others waited {} on average", percent_text(waited, 0));
  }
  out << '\n';
}

void write_time(const BalanceReport& report, std::ostream& out) {
  const std::vector<TimePart> parts =
      mean_time(report, {{"compute"}, {"coordinator"}, {"uneven"}, {"paused", 0, true}},
                [](const RankReport& rank) -> std::vector<double> {
                  return {rank.compute_s(), to_seconds(rank.waited_for_coordinator),
                          to_seconds(rank.waited_for_others), to_seconds(rank.paused)};
                });
  write_time_parts(parts, "time      ", out);
  double all_s = 0;
  for (const TimePart& part : parts) all_s += part.seconds;
  if (!report.is_limited() || !is_bounded(report)) return;
  if (!(parts.back().seconds >= noted_between_steps * all_s) || !std::isfinite(all_s)) return;
  out << "          the limit excludes time between steps, when a trainer works or a rank waits "
         "for a core\n";
}

class LeaseView final : public ModeView {
 public:
  std::vector<std::string> headline(const BalanceReport& report) const override {
    return {report.description.policy,
            fmt::format("{}/step", count_text(report.description.step_samples))};
  }
  void write_counts(const BalanceReport& report, std::ostream& out) const override {
    write_lease_counts(report, out);
  }
  void write_times(const BalanceReport& report, std::ostream& out) const override {
    write_makespan(report, out);
    write_saving(report, out);
    write_time(report, out);
  }
  std::vector<std::string> titles(const CostScale& scale) const override {
    return {scale.unit + "/s", "compute", "coord", "uneven", "leases", "trims", "finish"};
  }
  std::vector<std::string> figures(const BalanceReport& report, const RankReport& rank,
                                   const CostScale& scale) const override {
    return {noisy_speed_cell(rank, scale),
            time_cell(rank.compute_s(), report.makespan_s),
            time_cell(to_seconds(rank.waited_for_coordinator), report.makespan_s),
            time_cell(to_seconds(rank.waited_for_others), report.makespan_s),
            count_text(rank.leases),
            count_text(rank.trims),
            rank.samples > 0 ? duration_text(to_seconds(rank.last_end)) : "-"};
  }
  double lateness(const RankReport& rank) const override { return to_seconds(rank.last_end); }
  std::string_view last_note() const override { return "finished last"; }
};

}  // namespace

const ModeView& lease_view() {
  static const LeaseView view;
  return view;
}

}  // namespace evenkeel
