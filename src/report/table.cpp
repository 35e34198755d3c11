#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <ostream>
#include <string>
#include <string_view>
#include <vector>

#include "balance/policy_table.h"
#include "core/display_text.h"
#include "core/option_values.h"
#include "report/balance_report.h"
#include "report/cost_scale.h"
#include "report/event_text.h"
#include "report/number_format.h"
#include "report/page_lines.h"
#include "report/rank_table.h"
#include "report/step_lines.h"
#include "report/text_table.h"
#include "report/verdict.h"

namespace evenkeel {
namespace {

constexpr std::size_t most_events = 12;
constexpr std::size_t name_columns = 40;
constexpr double noted_between_steps = 0.1;  // share of the time
constexpr std::size_t path_columns = 32;

// "32/step", "512/step  micro-batch 4".
std::string step_text(const BalanceReport& report) {
  if (!report.step) return fmt::format("{}/step", count_text(report.description.step_samples));
  std::string text = fmt::format("{}/step", count_text(report.description.global_batch));
  if (report.description.micro_batch == 1) return text;
  return fmt::format("{}  micro-batch {}", text, count_text(report.description.micro_batch));
}

void write_headline(const BalanceReport& report, std::ostream& out) {
  const auto workers = static_cast<std::int64_t>(report.ranks.size());
  const auto hosts = static_cast<std::int64_t>(report.nodes.size());
  std::vector<std::string> fields{
      clip_middle(printable(report.description.dataset_name), name_columns),
      report.description.mode + " mode"};
  const bool is_usual = report.step && report.description.policy == "adaptive";
  if (!is_usual) fields.push_back(report.description.policy);
  fields.push_back(step_text(report));
  fields.push_back(fmt::format("{} on {}", counted(workers, "worker"), counted(hosts, "host")));
  fields.push_back(fmt::format("seed {}", report.description.seed));
  fields.push_back(fmt::format(" {}  {}", report.complete ? "COMPLETE" : "NOT COMPLETE",
                               duration_text(report.makespan_s)));
  write_fields(fields, "  ", out);
}

std::string samples_text(const BalanceReport& report) {
  const JobRecord& job = report.job;
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

void write_counts(const BalanceReport& report, std::ostream& out) {
  const JobRecord& job = report.job;
  std::vector<std::string> samples{samples_text(report)};
  if (report.description.cost_unit != "samples") {
    samples.push_back(
        fmt::format("cost {}", cost_text(job.cost_done, report.description.cost_unit)));
  }
  samples.push_back(fmt::format("{} redone", grouped(job.redone_samples)));
  samples.push_back(fmt::format("{} wasted", grouped(job.wasted_samples)));
  write_fields(samples, wide_gap, out);

  std::string messages = full_counted(job.messages, "message");
  const double worker_s = report.makespan_s * static_cast<double>(report.ranks.size());
  if (worker_s > 0) {
    messages += fmt::format(" ({} per worker per second)",
                            number_text(static_cast<double>(job.messages) / worker_s));
  }
  write_fields({full_counted(job.leases, "lease"), full_counted(job.trims, "trim"), messages},
               wide_gap, out);
}

void write_shortfall(const BalanceReport& report, std::ostream& out) {
  if (report.complete) return;
  write_fields({undone_text(report), fmt::format("lost: {}", lost_text(report.ranks))}, wide_gap,
               out);
}

bool is_bounded(const BalanceReport& report) {
  return report.bound_s > 0 && std::isfinite(report.bound_s);
}

void write_makespan(const BalanceReport& report, std::ostream& out) {
  if (!report.judged) {
    write_fields({fmt::format("makespan  {}", duration_text(report.makespan_s)),
                  "too short to judge: less than a second"},
                 wide_gap, out);
    return;
  }
  const std::string ratio =
      report.ratio < 1000 ? fmt::format("{:.3f}x", report.ratio) : std::string(">999x");
  write_fields({fmt::format("makespan  {}", duration_text(report.makespan_s)),
                is_bounded(report) ? fmt::format("limit at these speeds {} ({})",
                                                 duration_text(report.bound_s), ratio)
                                   : "limit at these speeds unknown",
                fmt::format("imbalance {}", percent_text(report.imbalance, 1))},
               wide_gap, out);
}

// The worker that finished last, of those that did work and are not lost; none if there are none.
const RankReport* last_finisher(const std::vector<RankReport>& ranks) {
  const RankReport* last = nullptr;
  for (const RankReport& rank : ranks) {
    if (rank.samples == 0 || rank.state == WorkerState::lost) continue;
    if (last == nullptr || rank.last_end > last->last_end) last = &rank;
  }
  return last;
}

// For a job without balance: what balance would have gained, who finished last, and what share of
// the makespan the others waited on average.
void write_saving(const BalanceReport& report, std::ostream& out) {
  if (report.description.policy != name_of(PolicyKind::observe) || !report.complete) return;
  if (!report.judged) return;
  const RankReport* const last = last_finisher(report.ranks);
  if (last == nullptr || !is_bounded(report) || !(report.makespan_s > 0)) return;
  double waited_s = 0;
  double others = 0;
  for (const RankReport& rank : report.ranks) {
    if (&rank == last || rank.state == WorkerState::lost) continue;
    waited_s += to_seconds(rank.waited_for_others);
    ++others;
  }
  const double saving = std::max(0.0, 1 - report.bound_s / report.makespan_s);
  out << fmt::format("adaptive  {} expected, {} less: rank {} finished last",
                     duration_text(report.bound_s), percent_text(saving, 0), last->rank.value());
  if (others > 0) {
    const double waited = std::clamp(waited_s / others / report.makespan_s, 0.0, 1.0);
    out << fmt::format(", others waited {} on average", percent_text(waited, 0));
  }
  out << '\n';
}

// Where the mean worker's makespan went. A lost worker's time after its last step is `lost`;
// unaccounted time (a trainer's work between steps, waiting for a core) is `between steps`.
std::vector<TimePart> mean_time(const BalanceReport& report) {
  double compute_s = 0;
  double coordinator_s = 0;
  double uneven_s = 0;
  double lost_s = 0;
  for (const RankReport& rank : report.ranks) {
    compute_s += rank.compute_s();
    coordinator_s += to_seconds(rank.waited_for_coordinator);
    uneven_s += to_seconds(rank.waited_for_others);
    if (rank.state == WorkerState::lost) {
      lost_s += std::max(0.0, report.makespan_s - to_seconds(rank.last_end));
    }
  }
  const double all_s = report.makespan_s * static_cast<double>(report.ranks.size());
  const double accounted_s = compute_s + coordinator_s + uneven_s + lost_s;
  return {{"compute", compute_s},
          {"coordinator", coordinator_s},
          {"uneven", uneven_s},
          {"lost", lost_s, true},
          {"between steps", std::max(0.0, all_s - accounted_s), true}};
}

void write_time(const BalanceReport& report, std::ostream& out) {
  const std::vector<TimePart> parts = mean_time(report);
  write_time_parts(parts, "time    ", out);
  double all_s = 0;
  for (const TimePart& part : parts) all_s += part.seconds;
  if (!report.judged || !is_bounded(report)) return;
  if (!(parts.back().seconds >= noted_between_steps * all_s) || !std::isfinite(all_s)) return;
  out << "          the limit excludes time between steps, when a trainer works or a rank waits "
         "for a core\n";
}

// "step 1,204" in step mode, otherwise the time.
std::string event_time(const Event& event) {
  if (event.step >= 0) return fmt::format("step {}", grouped(event.step + 1));
  return duration_text(to_seconds(event.time));
}

void write_events(const BalanceReport& report, std::ostream& out) {
  const std::size_t shown = std::min(report.events.size(), most_events);
  std::size_t time_columns = 0;
  for (std::size_t i = 0; i < shown; ++i) {
    time_columns = std::max(time_columns, display_columns(event_time(report.events[i])));
  }
  for (std::size_t i = 0; i < shown; ++i) {
    const std::string time = event_time(report.events[i]);
    out << "event  " << std::string(time_columns - display_columns(time), ' ') << time << "  "
        << event_sentence(report.events[i], report.description.cost_unit) << '\n';
  }
  const std::int64_t more =
      static_cast<std::int64_t>(report.events.size() - shown) + report.events_left_out;
  if (more > 0) out << "… and " << counted(more, "more event") << '\n';
}

void write_set_aside(const BalanceReport& report, std::ostream& out) {
  const std::size_t shown = std::min(report.set_aside.size(), most_events);
  std::int64_t more = report.job.set_aside_samples;
  for (std::size_t i = 0; i < shown; ++i) {
    const SetAsideSamples& samples = report.set_aside[i];
    std::string epoch;
    if (report.description.epochs > 1)
      epoch = fmt::format("epoch {}  ", samples.pass.epoch.value() + 1);
    out << "set aside  " << epoch << clip_middle(printable(samples.path), path_columns) << "  "
        << sample_range_text(samples.first, samples.count) << '\n';
    more -= samples.count;
  }
  if (more > 0) out << "… and " << counted(more, "more sample") << " set aside\n";
}

void write_cut_table(const CutTable& cut, std::ostream& out) {
  cut.table.write(out);
  if (!cut.rest.empty()) out << cut.rest << '\n';
}

}  // namespace

void write_table(const BalanceReport& report, std::ostream& out) {
  write_headline(report, out);
  if (report.step) {
    write_step_counts(report, out);
  } else {
    write_counts(report, out);
  }
  write_shortfall(report, out);
  out << '\n';
  if (report.step) {
    write_step_times(report, out);
  } else {
    write_makespan(report, out);
    write_saving(report, out);
    write_time(report, out);
  }
  out << '\n';
  if (report.ranks.size() <= most_rows) {
    rank_table(report).write(out);
  } else {
    write_cut_table(node_table(report), out);
    out << '\n';
    write_cut_table(outstanding_rank_table(report), out);
  }
  write_events(report, out);
  write_set_aside(report, out);
}

}  // namespace evenkeel
