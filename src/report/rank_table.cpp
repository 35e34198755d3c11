#include "report/rank_table.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <numeric>
#include <optional>
#include <tuple>
#include <utility>
#include <vector>

#include "core/display_text.h"
#include "core/number_format.h"
#include "report/cells.h"
#include "report/cost_scale.h"
#include "report/mode_view.h"

namespace evenkeel {
namespace {

using Align = TextTable::Align;
using Fit = TextTable::Fit;

constexpr double noted_slowness = 1.5;  // times slower than the median
constexpr double noted_slowdown = 1.2;  // step mode: times slower than at first

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

// The speed before the worker's first change; 0 if there was none.
double first_speed(const BalanceReport& report, Rank rank) {
  for (const Event& event : report.events) {
    const bool is_change = event.kind == EventKind::slower || event.kind == EventKind::faster;
    if (is_change && event.rank == rank) return event.before;
  }
  return 0;
}

std::string times_text(double factor) {
  return factor > 999 ? ">999x" : fmt::format("{:.1f}x", factor);
}

// The worker that finished last, or in step mode the one that the others waited for most. Ties: the
// lowest rank. None if no worker did any work.
std::optional<Rank> last_of_all(const BalanceReport& report) {
  if (report.cannot_tell_waiting()) return std::nullopt;
  const ModeView& view = view_of(report);
  const RankReport* last = nullptr;
  for (const RankReport& rank : report.ranks) {
    if (rank.samples == 0 || is_lost(rank.state)) continue;
    if (last == nullptr || view.lateness(rank) > view.lateness(*last)) last = &rank;
  }
  return last == nullptr ? std::nullopt : std::optional(last->rank);
}

// How a worker stands out, most striking first.
enum class Mark : std::uint8_t { lost, failing, idle, slow, slowed, data_bound, last, none };

// Marks workers by comparison with the others and, in step mode, where the division hides a change,
// with their own earlier speed.
class Marker {
 public:
  explicit Marker(const BalanceReport& report)
      : report_(report),
        view_(view_of(report)),
        median_speed_(median_speed(report.ranks)),
        last_(last_of_all(report)) {}

  // Times slower than the median worker, and than at first; 0 if not measured.
  double slowness(const RankReport& rank) const {
    return is_measured(rank.speed) ? median_speed_ / rank.speed : 0;
  }
  double slowdown(const RankReport& rank) const {
    if (!report_.step || !is_measured(rank.speed)) return 0;
    return first_speed(report_, rank.rank) / rank.speed;
  }

  Mark mark(const RankReport& rank) const {
    if (is_lost(rank.state)) return Mark::lost;
    if (rank.failed_steps > 0) return Mark::failing;
    if (rank.samples == 0) return Mark::idle;
    if (!report_.judged) return Mark::none;
    const bool is_known = rank.steps > 1;  // the first may include the trainer's start
    if (is_known && slowness(rank) >= noted_slowness) return Mark::slow;
    if (slowdown(rank) >= noted_slowdown) return Mark::slowed;
    if (to_seconds(rank.data) > rank.compute_s() + to_seconds(rank.undivided)) {
      return Mark::data_bound;
    }
    return rank.rank == last_ ? Mark::last : Mark::none;
  }

  std::string note(const RankReport& rank) const {
    switch (mark(rank)) {
      case Mark::lost:
        return "lost";
      case Mark::failing:
        return fmt::format("{} failed", count_text(rank.failed_steps));
      case Mark::idle:
        return rank.state == WorkerState::absent ? "never came" : "did nothing";
      case Mark::slow:
        return times_text(slowness(rank)) + " slower";
      case Mark::slowed:
        return "slowed " + times_text(slowdown(rank));
      case Mark::data_bound:
        return "data-bound";
      case Mark::last:
        return std::string(view_.last_note());
      case Mark::none:
        break;
    }
    return "";
  }

 private:
  const BalanceReport& report_;
  const ModeView& view_;
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

std::vector<TextTable::Column> rank_columns(const BalanceReport& report, const CostScale& scale) {
  std::vector<TextTable::Column> columns{{"rank"}, {"host", Align::left, Fit::shrinks}, {"share"}};
  for (const std::string& title : view_of(report).titles(scale)) columns.push_back({title});
  columns.push_back({"note", Align::left});
  return columns;
}

class RankRows {
 public:
  explicit RankRows(const BalanceReport& report)
      : report_(report),
        scale_(speed_scale(report.ranks, report.description.cost_unit)),
        table_(rank_columns(report, scale_)) {}

  void add(const RankReport& rank, std::string note) {
    std::vector<std::string> cells{fmt::format("{}", rank.rank.value()), printable(rank.host),
                                   percent_text(rank.share, 1)};
    for (std::string& figure : view_of(report_).figures(report_, rank, scale_)) {
      cells.push_back(std::move(figure));
    }
    cells.push_back(std::move(note));
    table_.add_row(std::move(cells));
  }

  TextTable take() && { return std::move(table_); }

 private:
  const BalanceReport& report_;
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
                       count_text(static_cast<std::int64_t>(outstanding.size() - shown)));
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
                       count_text(static_cast<std::int64_t>(nodes.size() - most_rows)),
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
    table.add_row({printable(node.host), count_text(node.ranks), percent_text(node.share, 1),
                   known_cell(node.all_told, speed_cell(node.speed, scale)),
                   known_cell(node.all_told, time_cell(node.compute_s, workers_s)),
                   known_cell(!report.cannot_tell_waiting(), time_cell(node.uneven_s, workers_s))});
  }
  return {std::move(table), std::move(rest)};
}

}  // namespace evenkeel
