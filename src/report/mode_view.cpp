#include "report/mode_view.h"

#include <cstddef>
#include <utility>

namespace evenkeel {

std::vector<TimePart> mean_time(
    const BalanceReport& report, std::vector<TimePart> own_parts,
    const std::function<std::vector<double>(const RankReport&)>& own_seconds) {
  std::vector<TimePart> parts = std::move(own_parts);
  for (const char* const name : {"starting", "lost", "interrupted", "between steps"}) {
    parts.push_back({name, 0, true});
  }
  for (const RankReport& rank : report.ranks) {
    const RestOfTime rest = report.rest_of_time(rank);
    const double lost_s = is_lost(rank.state) ? rest.ended_s : 0;
    std::vector<double> seconds = own_seconds(rank);
    seconds.insert(seconds.end(), {rest.starting_s, lost_s, rest.ended_s - lost_s, rest.between_s});
    for (std::size_t i = 0; i < parts.size(); ++i) parts[i].seconds += seconds[i];
  }
  return parts;
}

}  // namespace evenkeel
