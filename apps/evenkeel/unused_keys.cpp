#include "unused_keys.h"

#include <fmt/format.h>

#include <algorithm>

namespace evenkeel {

std::string unused_keys_text(const ClusterProfile& cluster, const std::string& profile_path,
                             Mode mode) {
  const bool has_poison = cluster.poison > 0;
  const bool has_fails =
      std::ranges::any_of(cluster.ranks, [](const RankProfile& rank) { return rank.fails > 0; });
  if (mode == Mode::lease || !(has_poison || has_fails)) return "";
  if (has_poison && has_fails) {
    return fmt::format("{}: \"fails\" and \"poison\" are ignored; they require --mode lease",
                       profile_path);
  }
  return fmt::format("{}: \"{}\" is ignored; it requires --mode lease", profile_path,
                     has_poison ? "poison" : "fails");
}

}  // namespace evenkeel
