#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <map>
#include <ostream>
#include <string>
#include <utility>
#include <vector>

#include "core/display_text.h"
#include "core/number_format.h"
#include "report/balance_report.h"
#include "report/event_text.h"
#include "report/mode_view.h"
#include "report/page_lines.h"
#include "report/rank_table.h"
#include "report/report_file.h"
#include "report/text_table.h"
#include "report/verdict.h"

namespace evenkeel {
namespace {

constexpr std::size_t most_events = 12;
constexpr std::size_t name_columns = 40;
constexpr std::size_t path_columns = 32;

void write_headline(const BalanceReport& report, std::ostream& out) {
  const auto workers = static_cast<std::int64_t>(report.ranks.size());
  const auto hosts = static_cast<std::int64_t>(report.nodes.size());
  std::vector<std::string> fields{
      clip_middle(printable(report.description.dataset_name), name_columns),
      report.description.mode + " mode"};
  for (std::string& field : view_of(report).headline(report)) fields.push_back(std::move(field));
  fields.push_back(fmt::format("{} on {}", counted(workers, "worker"), counted(hosts, "host")));
  fields.push_back(fmt::format("seed {}", report.description.seed));
  fields.push_back(fmt::format(" {}  {}", report.complete ? "COMPLETE" : "NOT COMPLETE",
                               duration_text(report.makespan_s)));
  write_fields(fields, "  ", out);
}

void write_shortfall(const BalanceReport& report, std::ostream& out) {
  if (!report.complete) write_fields(shortfall(report), wide_gap, out);
}

// "step 1,204" in step mode, otherwise the time. A checkpoint comes after so many steps.
std::string event_time(const Event& event) {
  const bool is_in_step = event.kind != EventKind::checkpoint;
  if (event.step >= 0) return fmt::format("step {}", grouped(event.step + (is_in_step ? 1 : 0)));
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

// "20x", "0.5x".
std::string factor_text(double factor) {
  return factor < 10 ? fmt::format("{:.1f}x", factor) : fmt::format("{:.0f}x", factor);
}

void write_learned(const BalanceReport& report, std::ostream& out) {
  const std::size_t shown = std::min(report.learned.size(), most_events);
  for (std::size_t i = 0; i < shown; ++i) {
    const LearnedFile& file = report.learned[i];
    out << fmt::format("learned  file {} ({}) costs {} what the manifest says\n",
                       grouped(file.file), clip_middle(printable(file.path), path_columns),
                       factor_text(file.factor));
  }
  const auto more = static_cast<std::int64_t>(report.learned.size() - shown);
  if (more > 0) out << "… and " << counted(more, "more file") << '\n';
}

void write_prior(const BalanceReport& report, std::ostream& out) {
  if (!report.prior) return;
  out << fmt::format("prior    the speeds known before agree with those of {}: {:.2f} of 1\n",
                     counted(report.prior->ranks, "rank"), report.prior->agreement);
}

void write_learned_homes(const BalanceReport& report, std::ostream& out) {
  std::map<std::string, std::vector<const LearnedHome*>> hosts;
  for (const LearnedHome& file : report.learned_homes) hosts[file.host].push_back(&file);
  auto more = static_cast<std::int64_t>(hosts.size());
  for (const auto& [host, files] : hosts) {
    if (static_cast<std::size_t>(more) + most_events == hosts.size()) break;
    --more;
    out << fmt::format("learned  {} near {} ({}{})\n",
                       counted(static_cast<std::int64_t>(files.size()), "file"),
                       clip_middle(printable(host), path_columns / 2),
                       clip_middle(printable(files.front()->path), path_columns / 2),
                       files.size() > 1 ? ", …" : "");
  }
  if (more > 0) out << "… and " << counted(more, "more host") << '\n';
}

void write_cut_table(const CutTable& cut, std::ostream& out) {
  cut.table.write(out);
  if (!cut.rest.empty()) out << cut.rest << '\n';
}

}  // namespace

void write_table(const BalanceReport& report, std::ostream& out) {
  const ModeView& view = view_of(report);
  write_headline(report, out);
  view.write_counts(report, out);
  write_shortfall(report, out);
  out << '\n';
  view.write_times(report, out);
  out << '\n';
  if (report.ranks.size() <= most_rows) {
    rank_table(report).write(out);
  } else {
    write_cut_table(node_table(report), out);
    out << '\n';
    write_cut_table(outstanding_rank_table(report), out);
  }
  write_events(report, out);
  write_prior(report, out);
  write_learned(report, out);
  write_learned_homes(report, out);
  write_set_aside(report, out);
}

}  // namespace evenkeel
