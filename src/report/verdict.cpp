#include "report/verdict.h"

#include <fmt/format.h>

#include <algorithm>
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

std::string undone_text(const BalanceReport& report) {
  const std::int64_t set_aside = report.job.set_aside_samples;
  const std::int64_t undone = report.job.samples - report.job.samples_done - set_aside;
  const std::string text = fmt::format("NOT COMPLETE: {} undone", counted(undone, "sample"));
  return set_aside > 0 ? fmt::format("{}   set aside {}", text, grouped(set_aside)) : text;
}

std::string verdict(const BalanceReport& report) {
  const bool any_lost = std::any_of(report.ranks.begin(), report.ranks.end(),
                                    [](const RankReport& rank) { return is_lost(rank.state); });
  if (!report.complete) {
    return fmt::format("{}   lost: {}", undone_text(report), lost_text(report.ranks));
  }
  return any_lost ? fmt::format("COMPLETE   lost: {}", lost_text(report.ranks)) : "COMPLETE";
}

}  // namespace evenkeel
