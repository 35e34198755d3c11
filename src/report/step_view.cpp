#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <ostream>
#include <string>
#include <vector>

#include "core/number_format.h"
#include "core/option_values.h"
#include "report/cells.h"
#include "report/mode_view.h"
#include "report/page_lines.h"
#include "report/verdict.h"

namespace evenkeel {
namespace {

// A job of so many steps may end within an epoch.
std::string epochs_text(const BalanceReport& report) {
  const std::int64_t samples =
      report.job.samples_before + report.job.samples + report.step->dropped_samples;
  const std::int64_t each = report.description.samples;
  if (each == 0 || samples == each) return "";
  if (samples % each == 0) return fmt::format(" in {} epochs", count_text(samples / each));
  const double epochs = static_cast<double>(samples) / static_cast<double>(each);
  return fmt::format(" in {} epochs", number_text(epochs));
}

std::string samples_text(const BalanceReport& report) {
  const JobRecord& job = report.job;
  if (job.samples == 0 && job.samples_before > 0) return nothing_left_text(job.samples_before);
  std::string text =
      fmt::format("{} of {} samples", grouped(job.samples_done), grouped(job.samples));
  if (report.complete) text += " once each";
  text += epochs_text(report);
  if (job.samples_before > 0) text += fmt::format(", {} done before", grouped(job.samples_before));
  return text;
}

std::string ratio_text(double value, double limit) {
  const double ratio = value / limit;
  return ratio < 1000 ? fmt::format("{:.2f}x", ratio) : std::string(">999x");
}

std::string steps_text(std::int64_t first, std::int64_t end) {
  if (end - first == 1) return fmt::format("step {}", grouped(first + 1));
  return fmt::format("steps {}-{}", grouped(first + 1), grouped(end));
}

void write_step_now(const BalanceReport& report, std::ostream& out) {
  const StepRecord& record = *report.step;
  if (!(record.median_s > 0)) return;
  std::vector<std::string> fields{fmt::format(
      "step now     {} (p95 {})", duration_text(record.median_s), duration_text(record.p95_s))};
  if (report.cannot_tell_waiting()) {
    fields.emplace_back("limit unknown: cannot tell waiting from work");
  } else if (!report.judged) {
    fields.emplace_back("too short to judge: less than a second");
  } else if (report.is_step_limited()) {
    const double bound_s = report.shown_step_bound_s();
    fields.push_back(fmt::format("limit at these speeds {} ({})", duration_text(bound_s),
                                 ratio_text(record.median_s, bound_s)));
  } else if (record.bound_s > 0) {
    fields.emplace_back(report.do_ranks_meet()
                            ? "limit not judged: the speeds vary too much"
                            : "limit not judged: the ranks do not wait for each other");
  }
  write_fields(fields, wide_gap, out);
}

// The ranks that have never said where their local work ends, or if there are none, the number of
// steps in which some rank did not.
void write_untold(const BalanceReport& report, std::ostream& out) {
  const std::int64_t steps = report.step->untold_steps;
  if (steps == 0) return;
  std::vector<Rank> untold;
  for (const RankReport& rank : report.ranks) {
    if (rank.local_time == LocalTime::not_told) untold.push_back(rank.rank);
  }
  std::string who = ranks_text(untold) + (untold.size() == 1 ? " does" : " do") + " not say";
  if (untold.empty()) {
    who = fmt::format("in {} of {} some rank does not say", grouped(steps),
                      counted(report.job.steps, "step"));
  } else if (untold.size() == report.ranks.size()) {
    who = "no rank says";
  }
  out << fmt::format("local work   {} where it ends ('reached')\n", who);
}

void write_equal_split(const StepRecord& record, std::ostream& out) {
  if (!(record.equal_s > 0)) return;
  out << fmt::format("equal split  {}, {}\n", duration_text(record.equal_s),
                     record.equal_measured
                         ? "measured in " + steps_text(record.equal_begin, record.equal_end)
                         : std::string("modelled from the speeds"));
}

// What balance would save, if the limit is meaningful; the worker that the others waited for most,
// and in what share of the steps.
void write_saving(const BalanceReport& report, std::ostream& out) {
  const StepRecord& record = *report.step;
  if (report.description.policy != name_of(PolicyKind::observe) || !report.is_step_limited())
    return;
  if (!(record.median_s > 0)) return;
  const auto slowest = std::max_element(
      report.ranks.begin(), report.ranks.end(),
      [](const RankReport& a, const RankReport& b) { return a.last() < b.last(); });
  const double bound_s = report.shown_step_bound_s();
  out << fmt::format(
      "adaptive     {} expected, {} less: the others waited for rank {} in {} of "
      "steps\n",
      duration_text(bound_s), percent_text(1 - bound_s / record.median_s, 0), slowest->rank.value(),
      percent_text(slowest->last(), 0));
}

void write_time(const BalanceReport& report, std::ostream& out) {
  const bool is_untold = report.cannot_tell_waiting();
  const std::vector<TimePart> parts =
      mean_time(report,
                {{"compute", 0, is_untold},
                 {"work or wait", 0, true},
                 {"data"},
                 {"uneven", 0, is_untold},
                 {"comm", 0, is_untold},
                 {"coordinator"},
                 {"paused"}},
                [](const RankReport& rank) -> std::vector<double> {
                  return {rank.compute_s(),       to_seconds(rank.undivided),
                          to_seconds(rank.data),  to_seconds(rank.waited_for_others),
                          to_seconds(rank.comm),  to_seconds(rank.waited_for_coordinator),
                          to_seconds(rank.paused)};
                });
  write_time_parts(parts, "time         ", out);
}

void write_step_counts(const BalanceReport& report, std::ostream& out) {
  const std::int64_t steps = report.description.end_step - report.description.first_step;
  std::vector<std::string> fields{samples_text(report)};
  if (report.description.cost_unit != "samples") {
    fields.push_back(
        fmt::format("cost {}", cost_text(report.job.cost_done, report.description.cost_unit)));
  }
  fields.push_back(fmt::format("{} redone", grouped(report.job.redone_samples)));
  fields.push_back(fmt::format("{} dropped", grouped(report.step->dropped_samples)));
  fields.push_back(report.job.steps == steps
                       ? counted(steps, "step")
                       : fmt::format("{} of {} steps", grouped(report.job.steps), grouped(steps)));
  fields.push_back(counted(report.step->plans, "plan"));
  write_fields(fields, wide_gap, out);
}

class StepView final : public ModeView {
 public:
  std::vector<std::string> headline(const BalanceReport& report) const override {
    const JobDescription& job = report.description;
    std::vector<std::string> fields;
    if (job.policy != name_of(PolicyKind::adaptive)) fields.push_back(job.policy);
    fields.push_back(fmt::format("{}/step", count_text(job.global_batch)));
    if (job.micro_batch != 1) {
      fields.push_back(fmt::format("micro-batch {}", count_text(job.micro_batch)));
    }
    return fields;
  }
  void write_counts(const BalanceReport& report, std::ostream& out) const override {
    write_step_counts(report, out);
  }
  void write_times(const BalanceReport& report, std::ostream& out) const override {
    write_step_now(report, out);
    write_untold(report, out);
    write_equal_split(*report.step, out);
    write_saving(report, out);
    write_time(report, out);
  }
  std::vector<std::string> titles(const CostScale& scale) const override {
    return {"/step", scale.unit + "/s", "compute", "data", "uneven", "comm", "last"};
  }
  std::vector<std::string> figures(const BalanceReport& report, const RankReport& rank,
                                   const CostScale& scale) const override {
    const bool tells_waiting = !report.cannot_tell_waiting();
    const double all_s = report.makespan_s;
    return {count_text(rank.step_samples),
            noisy_speed_cell(rank, scale),
            known_cell(rank.local_time != LocalTime::not_told, time_cell(rank.compute_s(), all_s)),
            time_cell(to_seconds(rank.data), all_s),
            known_cell(tells_waiting, time_cell(to_seconds(rank.waited_for_others), all_s)),
            known_cell(tells_waiting, time_cell(to_seconds(rank.comm), all_s)),
            known_cell(tells_waiting, percent_text(rank.last(), 0))};
  }
  double lateness(const RankReport& rank) const override { return rank.last(); }
  std::string_view last_note() const override { return "often last"; }
};

}  // namespace

const ModeView& step_view() {
  static const StepView view;
  return view;
}

}  // namespace evenkeel
