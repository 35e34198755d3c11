#include "report/verdict.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cstddef>
#include <cstdint>

#include "core/number_format.h"
#include "report/page_lines.h"

namespace evenkeel {

std::string ranks_text(const std::vector<Rank>& ranks) {
  constexpr std::size_t enough_columns = 40;
  std::string text = ranks.size() == 1 ? "rank" : "ranks";
  std::size_t named = 0;
  while (named < ranks.size() && text.size() < enough_columns) {
    std::size_t last = named;
    while (last + 1 < ranks.size() && ranks[last + 1].value() - ranks[last].value() == 1) ++last;
    text += fmt::format("{} {}", named == 0 ? "" : ",", ranks[named].value());
    if (last > named) text += fmt::format("-{}", ranks[last].value());
    named = last + 1;
  }
  if (ranks.empty()) return "no rank";
  if (named == ranks.size()) return text;
  return text +
         fmt::format(" and {} more", count_text(static_cast<std::int64_t>(ranks.size() - named)));
}

std::string lost_text(const std::vector<RankReport>& ranks) {
  std::vector<Rank> lost;
  for (const RankReport& rank : ranks) {
    if (is_lost(rank.state)) lost.push_back(rank.rank);
  }
  return ranks_text(lost);
}

std::vector<std::string> shortfall(const BalanceReport& report) {
  const std::int64_t set_aside = report.job.set_aside_samples;
  const std::int64_t undone = report.job.samples - report.job.samples_done - set_aside;
  std::vector<std::string> fields{
      fmt::format("NOT COMPLETE: {} undone", counted(undone, "sample"))};
  if (set_aside > 0) fields.push_back("set aside " + grouped(set_aside));
  const std::string lost = lost_text(report.ranks);
  if (report.is_interrupted()) fields.emplace_back("interrupted");
  if (!report.is_interrupted() || lost != ranks_text({})) fields.push_back("lost: " + lost);
  return fields;
}

std::string verdict(const BalanceReport& report) {
  if (!report.complete) return fmt::format("{}", fmt::join(shortfall(report), wide_gap));
  const std::string lost = lost_text(report.ranks);
  return lost == ranks_text({}) ? "COMPLETE" : fmt::format("COMPLETE{}lost: {}", wide_gap, lost);
}

}  // namespace evenkeel
