#include "report/rank_table.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <numeric>
#include <optional>
#include <tuple>
#include <utility>
#include <vector>

#include "core/display_text.h"
#include "report/cost_scale.h"
#include "report/number_format.h"

namespace evenkeel {
namespace {

using Align = TextTable::Align;
using Fit = TextTable::Fit;

constexpr double slow_factor = 1.5;
constexpr double changed_factor = 1.2;     // step mode: relative to its earlier speed
constexpr double data_bound_share = 0.05;  // of its time

bool is_measured(double speed) { return speed > 0 && std::isfinite(speed); }

// Median of the measured speeds; 0 if there are none.
double median_speed(const std::vector<RankReport>& ranks) {
  std::vector<double> speeds;
  for (const RankReport& rank : ranks) {
    if (is_measured(rank.speed)) speeds.push_back(rank.speed);
  }
  if (speeds.empty()) return 0;
  std::sort(speeds.begin(), speeds.end());
  const std::size_t middle = speeds.size() / 2;
  if (speeds.size() % 2 == 1) return speeds[middle];
  return std::midpoint(speeds[middle - 1], speeds[middle]);
}

// The worker that finished last, or in step mode the one that the others waited for most. Ties: the
// lowest rank. None if no worker did any work.
std::optional<Rank> last_of_all(const BalanceReport& report) {
  if (report.cannot_tell_waiting()) return std::nullopt;
  const auto lateness = [&](const RankReport& rank) {
    return report.step ? rank.last() : to_seconds(rank.last_end);
  };
  const RankReport* last = nullptr;
  for (const RankReport& rank : report.ranks) {
    if (rank.samples == 0 || is_lost(rank.state)) continue;
    if (last == nullptr || lateness(rank) > lateness(*last)) last = &rank;
  }
  return last == nullptr ? std::nullopt : std::optional(last->rank);
}

// The speed before the worker's first change; 0 if there was none.
double first_speed(const BalanceReport& report, Rank rank) {
  for (const Event& event : report.events) {
    const bool is_change = event.kind == EventKind::slower || event.kind == EventKind::faster;
    if (is_change && event.rank == rank) return event.before;
  }
  return 0;
}

// How a worker stands out, most striking first.
enum class Mark : std::uint8_t { lost, failing, idle, slow, data_bound, last, none };

std::string count_cell(std::int64_t count) { return number_text(static_cast<double>(count)); }

// Marks workers by comparison with the others, or with their own earlier speed.
class Marker {
 public:
  explicit Marker(const BalanceReport& report)
      : report_(report), median_speed_(median_speed(report.ranks)), last_(last_of_all(report)) {}

  // The slowdown relative to the median, or in step mode, where the division compensates for speed,
  // relative to its own first speed; 0 if not measured.
  double slowness(const RankReport& rank) const {
    if (!is_measured(rank.speed)) return 0;
    return (report_.step ? first_speed(report_, rank.rank) : median_speed_) / rank.speed;
  }

  Mark mark(const RankReport& rank) const {
    if (is_lost(rank.state)) return Mark::lost;
    if (rank.failed_steps > 0) return Mark::failing;
    if (rank.samples == 0) return Mark::idle;
    if (!report_.judged) return Mark::none;
    if (slowness(rank) >= (report_.step ? changed_factor : slow_factor)) return Mark::slow;
    if (to_seconds(rank.data) > data_bound_share * report_.makespan_s) return Mark::data_bound;
    return rank.rank == last_ ? Mark::last : Mark::none;
  }

  std::string note(const RankReport& rank) const {
    switch (mark(rank)) {
      case Mark::lost:
        return "lost";
      case Mark::failing:
        return fmt::format("{} failed", count_cell(rank.failed_steps));
      case Mark::idle:
        return "did nothing";
      case Mark::slow:
        return slowness(rank) > 999 ? ">999x slower"
                                    : fmt::format("{:.1f}x slower", slowness(rank));
      case Mark::data_bound:
        return "data-bound";
      case Mark::last:
        return report_.step ? "often last" : "finished last";
      case Mark::none:
        break;
    }
    return "";
  }

 private:
  const BalanceReport& report_;
  double median_speed_;
  std::optional<Rank> last_;
};

CostScale speed_scale(const std::vector<RankReport>& ranks, const std::string& cost_unit) {
  double fastest = 0;
  for (const RankReport& rank : ranks) fastest = std::max(fastest, rank.speed);
  return cost_scale(cost_unit, fastest);
}

CostScale speed_scale(const std::vector<NodeReport>& nodes, const std::string& cost_unit) {
  double fastest = 0;
  for (const NodeReport& node : nodes) {
    if (node.all_told) fastest = std::max(fastest, node.speed);
  }
  return cost_scale(cost_unit, fastest);
}

std::string speed_cell(double speed, const CostScale& scale) {
  return is_measured(speed) ? number_text(speed / scale.divisor) : "-";
}

std::string noisy_speed_cell(const RankReport& rank, const CostScale& scale) {
  if (!is_measured(rank.speed)) return "-";
  return fmt::format("{} ±{}", speed_cell(rank.speed, scale), percent_text(rank.speed_noise, 0));
}

std::string time_cell(double part_s, double makespan_s) {
  return makespan_s > 0 ? percent_text(part_s / makespan_s, 0) : "-";
}

std::string known_cell(bool is_known, std::string cell) { return is_known ? std::move(cell) : "-"; }

std::vector<TextTable::Column> rank_columns(const BalanceReport& report, const CostScale& scale) {
  std::vector<TextTable::Column> columns{{"rank"}, {"host", Align::left, Fit::shrinks}, {"share"}};
  const std::vector<std::string> titles =
      report.step ? std::vector<std::string>{"/step", scale.unit + "/s", "compute",
                                             "data",  "uneven",          "comm",
                                             "last"}
                  : std::vector<std::string>{scale.unit + "/s", "compute", "coord", "uneven",
                                             "leases",          "trims",   "finish"};
  for (const std::string& title : titles) columns.push_back({title});
  columns.push_back({"note", Align::left});
  return columns;
}

class RankRows {
 public:
  explicit RankRows(const BalanceReport& report)
      : makespan_s_(report.makespan_s),
        is_step_mode_(report.step.has_value()),
        tells_waiting_(!report.cannot_tell_waiting()),
        scale_(speed_scale(report.ranks, report.description.cost_unit)),
        table_(rank_columns(report, scale_)) {}

  void add(const RankReport& rank, std::string note) {
    std::vector<std::string> cells{fmt::format("{}", rank.rank.value()), printable(rank.host),
                                   percent_text(rank.share, 1)};
    const std::vector<std::string> figures = is_step_mode_ ? step_mode(rank) : lease_mode(rank);
    cells.insert(cells.end(), figures.begin(), figures.end());
    cells.push_back(std::move(note));
    table_.add_row(std::move(cells));
  }

  TextTable take() && { return std::move(table_); }

 private:
  std::vector<std::string> lease_mode(const RankReport& rank) const {
    return {noisy_speed_cell(rank, scale_),
            time_cell(rank.compute_s(), makespan_s_),
            time_cell(to_seconds(rank.waited_for_coordinator), makespan_s_),
            time_cell(to_seconds(rank.waited_for_others), makespan_s_),
            count_cell(rank.leases),
            count_cell(rank.trims),
            rank.samples > 0 ? duration_text(to_seconds(rank.last_end)) : "-"};
  }

  std::vector<std::string> step_mode(const RankReport& rank) const {
    return {count_cell(rank.step_samples),
            noisy_speed_cell(rank, scale_),
            known_cell(rank.local_time != LocalTime::not_told,
                       time_cell(rank.compute_s(), makespan_s_)),
            time_cell(to_seconds(rank.data), makespan_s_),
            known_cell(tells_waiting_, time_cell(to_seconds(rank.waited_for_others), makespan_s_)),
            known_cell(tells_waiting_, time_cell(to_seconds(rank.comm), makespan_s_)),
            known_cell(tells_waiting_, percent_text(rank.last(), 0))};
  }

  double makespan_s_;
  bool is_step_mode_;
  bool tells_waiting_;
  CostScale scale_;
  TextTable table_;
};

}  // namespace

TextTable rank_table(const BalanceReport& report) {
  const Marker marker(report);
  RankRows rows(report);
  for (const RankReport& rank : report.ranks) {
    // With few workers, a column already shows who was last.
    rows.add(rank, marker.mark(rank) == Mark::last ? "" : marker.note(rank));
  }
  return std::move(rows).take();
}

CutTable outstanding_rank_table(const BalanceReport& report) {
  const Marker marker(report);
  std::vector<const RankReport*> outstanding;
  for (const RankReport& rank : report.ranks) {
    if (marker.mark(rank) != Mark::none) outstanding.push_back(&rank);
  }
  const std::size_t shown = std::min(outstanding.size(), most_rows);
  std::sort(outstanding.begin(), outstanding.end(), [&](const RankReport* a, const RankReport* b) {
    return std::tuple(marker.mark(*a), -marker.slowness(*a), a->rank) <
           std::tuple(marker.mark(*b), -marker.slowness(*b), b->rank);
  });
  std::string rest;
  if (outstanding.size() > shown) {
    rest = fmt::format("… and {} more workers that stand out",
                       count_cell(static_cast<std::int64_t>(outstanding.size() - shown)));
  }
  outstanding.resize(shown);
  std::sort(outstanding.begin(), outstanding.end(),
            [](const RankReport* a, const RankReport* b) { return a->rank < b->rank; });
  RankRows rows(report);
  for (const RankReport* rank : outstanding) rows.add(*rank, marker.note(*rank));
  return {std::move(rows).take(), std::move(rest)};
}

CutTable node_table(const BalanceReport& report) {
  std::vector<NodeReport> nodes = report.nodes;
  std::string rest;
  if (nodes.size() > most_rows) {
    std::stable_sort(nodes.begin(), nodes.end(), [](const NodeReport& a, const NodeReport& b) {
      if (!a.all_told || !b.all_told) return a.all_told && !b.all_told;
      return a.speed * static_cast<double>(b.ranks) < b.speed * static_cast<double>(a.ranks);
    });
    rest = fmt::format("… and {} more nodes, none {}slower per worker",
                       count_cell(static_cast<std::int64_t>(nodes.size() - most_rows)),
                       nodes.back().all_told ? "" : "known to be ");
    nodes.resize(most_rows);
  }
  const CostScale scale = speed_scale(nodes, report.description.cost_unit);
  TextTable table({{"host", Align::left, Fit::shrinks},
                   {"workers"},
                   {"share"},
                   {scale.unit + "/s"},
                   {"compute"},
                   {"uneven"}});
  for (const NodeReport& node : nodes) {
    const double workers_s = static_cast<double>(node.ranks) * report.makespan_s;
    table.add_row({printable(node.host), count_cell(node.ranks), percent_text(node.share, 1),
                   known_cell(node.all_told, speed_cell(node.speed, scale)),
                   known_cell(node.all_told, time_cell(node.compute_s, workers_s)),
                   known_cell(!report.cannot_tell_waiting(), time_cell(node.uneven_s, workers_s))});
  }
  return {std::move(table), std::move(rest)};
}

}  // namespace evenkeel
