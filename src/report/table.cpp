#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <ostream>
#include <string>
#include <string_view>
#include <vector>

#include "report/balance_report.h"
#include "report/cost_scale.h"
#include "report/display_text.h"
#include "report/event_text.h"
#include "report/number_format.h"
#include "report/rank_table.h"
#include "report/text_table.h"

namespace evenkeel {
namespace {

constexpr std::size_t most_events = 12;
constexpr std::size_t name_columns = 40;
constexpr std::string_view wide_gap = "   ";

std::string count_text(std::int64_t count) { return number_text(static_cast<double>(count)); }

std::string counted(std::int64_t count, std::string_view noun) {
  return fmt::format("{} {}{}", count_text(count), noun, count == 1 ? "" : "s");
}

// Writes fields on one line, or on as many as they need; each fits a line.
void write_fields(const std::vector<std::string>& fields, std::string_view gap, std::ostream& out) {
  std::string line;
  for (const std::string& field : fields) {
    const std::size_t columns = display_columns(line) + gap.size() + display_columns(field);
    if (line.empty()) {
      line = field;
    } else if (columns <= page_columns) {
      line.append(gap).append(field);
    } else {
      out << line << '\n';
      line = "  " + field;
    }
  }
  out << line << '\n';
}

void write_headline(const BalanceReport& report, std::ostream& out) {
  const auto workers = static_cast<std::int64_t>(report.ranks.size());
  const auto hosts = static_cast<std::int64_t>(report.nodes.size());
  write_fields({clip_middle(printable(report.dataset_name), name_columns), report.mode + " mode",
                report.policy, fmt::format("{}/step", count_text(report.step_samples)),
                fmt::format("{} on {}", counted(workers, "worker"), counted(hosts, "host")),
                fmt::format("seed {}", report.seed),
                fmt::format(" {}  {}", report.complete ? "COMPLETE" : "NOT COMPLETE",
                            duration_text(report.makespan_s))},
               "  ", out);
}

std::string samples_text(const BalanceReport& report) {
  const std::string epochs =
      report.epochs == 1 ? "" : fmt::format(" x {} epochs", count_text(report.epochs));
  if (report.complete) {
    const std::string samples = grouped(report.samples);
    return fmt::format("samples {} of {} once each{}", samples, samples, epochs);
  }
  return fmt::format("samples {} of {}", grouped(report.job.samples_done),
                     grouped(report.job.samples));
}

void write_counts(const BalanceReport& report, std::ostream& out) {
  const JobRecord& job = report.job;
  std::vector<std::string> samples{samples_text(report)};
  if (report.cost_unit != "samples") {
    samples.push_back(fmt::format("cost {}", cost_text(job.cost_done, report.cost_unit)));
  }
  samples.push_back(fmt::format("redone {}", grouped(job.redone_samples)));
  samples.push_back(fmt::format("wasted {}", grouped(job.wasted_samples)));
  write_fields(samples, wide_gap, out);

  std::string messages = fmt::format("messages {}", grouped(job.messages));
  const double worker_s = report.makespan_s * static_cast<double>(report.ranks.size());
  if (worker_s > 0) {
    messages += fmt::format(" ({} a worker a second)",
                            number_text(static_cast<double>(job.messages) / worker_s));
  }
  write_fields({fmt::format("leases {}", grouped(job.leases)),
                fmt::format("trims {}", grouped(job.trims)), messages},
               wide_gap, out);
}

// "ranks 3, 7-9 and 12 more": the lost ranks, or enough of them to begin looking.
std::string lost_text(const std::vector<RankReport>& ranks) {
  constexpr std::size_t enough_columns = 40;
  std::vector<std::int32_t> lost;
  for (const RankReport& rank : ranks) {
    if (rank.state == WorkerState::lost) lost.push_back(rank.rank.value());
  }
  std::string text = lost.size() == 1 ? "rank" : "ranks";
  std::size_t named = 0;
  while (named < lost.size() && text.size() < enough_columns) {
    std::size_t last = named;
    while (last + 1 < lost.size() && lost[last + 1] - lost[last] == 1) ++last;
    text += fmt::format("{} {}", named == 0 ? "" : ",", lost[named]);
    if (last > named) text += fmt::format("-{}", lost[last]);
    named = last + 1;
  }
  if (lost.empty()) return "no rank";
  if (named == lost.size()) return text;
  return text +
         fmt::format(" and {} more", count_text(static_cast<std::int64_t>(lost.size() - named)));
}

void write_shortfall(const BalanceReport& report, std::ostream& out) {
  if (report.complete) return;
  write_fields({fmt::format("NOT COMPLETE: {} samples undone",
                            grouped(report.job.samples - report.job.samples_done)),
                fmt::format("lost: {}", lost_text(report.ranks))},
               wide_gap, out);
}

void write_makespan(const BalanceReport& report, std::ostream& out) {
  const bool is_bounded = report.bound_s > 0 && std::isfinite(report.bound_s);
  const std::string ratio =
      report.ratio < 1000 ? fmt::format("{:.3f}x", report.ratio) : std::string(">999x");
  write_fields({fmt::format("makespan  {}", duration_text(report.makespan_s)),
                is_bounded ? fmt::format("limit at these speeds {} ({})",
                                         duration_text(report.bound_s), ratio)
                           : "limit at these speeds unknown",
                fmt::format("imbalance {}", percent_text(report.imbalance, 1))},
               wide_gap, out);
}

struct TimePart {
  std::string_view name;
  double seconds = 0;
  std::int64_t percent = 0;
};

// Whole percentages that sum to 100: those with the largest remainders are rounded up. `total_s`,
// the sum of the parts, is above 0.
void round_percentages(std::vector<TimePart>& parts, double total_s) {
  const auto remainder = [total_s](const TimePart& part) {
    return part.seconds / total_s * 100 - static_cast<double>(part.percent);
  };
  std::int64_t missing = 100;
  for (TimePart& part : parts) {
    part.percent = static_cast<std::int64_t>(part.seconds / total_s * 100);
    missing -= part.percent;
  }
  for (; missing > 0; --missing) {
    const auto next = std::max_element(
        parts.begin(), parts.end(),
        [&](const TimePart& a, const TimePart& b) { return remainder(a) < remainder(b); });
    ++next->percent;
  }
}

// Where the makespan of the mean worker went. A lost worker's time after its last step is `lost`;
// what nobody accounted for (a trainer's work between steps) is `other`.
std::vector<TimePart> mean_time(const BalanceReport& report) {
  double compute_s = 0;
  double coordinator_s = 0;
  double uneven_s = 0;
  double lost_s = 0;
  for (const RankReport& rank : report.ranks) {
    compute_s += rank.compute_s;
    coordinator_s += rank.coordinator_s;
    uneven_s += rank.uneven_s;
    if (rank.state == WorkerState::lost) {
      lost_s += std::max(0.0, report.makespan_s - rank.last_end_s);
    }
  }
  const double all_s = report.makespan_s * static_cast<double>(report.ranks.size());
  const double accounted_s = compute_s + coordinator_s + uneven_s + lost_s;
  return {{"compute", compute_s},
          {"coordinator", coordinator_s},
          {"uneven", uneven_s},
          {"lost", lost_s},
          {"other", std::max(0.0, all_s - accounted_s)}};
}

void write_time(const BalanceReport& report, std::ostream& out) {
  std::vector<TimePart> parts = mean_time(report);
  double total_s = 0;
  for (const TimePart& part : parts) total_s += part.seconds;
  if (!(total_s > 0) || !std::isfinite(total_s)) return;
  round_percentages(parts, total_s);
  out << "time    ";
  for (const TimePart& part : parts) {
    const bool is_exceptional = part.name == "lost" || part.name == "other";
    if (part.percent > 0 || !is_exceptional) out << fmt::format("  {} {}", part.name, part.percent);
  }
  out << "  = 100 %\n";
}

void write_events(const BalanceReport& report, std::ostream& out) {
  const std::size_t shown = std::min(report.events.size(), most_events);
  std::size_t time_columns = 0;
  for (std::size_t i = 0; i < shown; ++i) {
    const std::string time = duration_text(to_seconds(report.events[i].time));
    time_columns = std::max(time_columns, display_columns(time));
  }
  for (std::size_t i = 0; i < shown; ++i) {
    const std::string time = duration_text(to_seconds(report.events[i].time));
    out << "event  " << std::string(time_columns - display_columns(time), ' ') << time << "  "
        << event_sentence(report.events[i], report.cost_unit) << '\n';
  }
  if (report.events.size() > shown) {
    out << "… and "
        << counted(static_cast<std::int64_t>(report.events.size() - shown), "more event") << '\n';
  }
}

void write_cut_table(const CutTable& cut, std::ostream& out) {
  cut.table.write(out);
  if (!cut.rest.empty()) out << cut.rest << '\n';
}

}  // namespace

void write_table(const BalanceReport& report, std::ostream& out) {
  write_headline(report, out);
  write_counts(report, out);
  write_shortfall(report, out);
  out << '\n';
  write_makespan(report, out);
  write_time(report, out);
  out << '\n';
  if (report.ranks.size() <= most_rows) {
    rank_table(report).write(out);
  } else {
    write_cut_table(node_table(report), out);
    out << '\n';
    write_cut_table(outstanding_rank_table(report), out);
  }
  write_events(report, out);
}

}  // namespace evenkeel
