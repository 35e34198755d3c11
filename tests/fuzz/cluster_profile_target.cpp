// Profiles of simulated clusters.
#include <cmath>

#include "core/check.h"
#include "evenkeel/error.h"
#include "fuzz/refusal.h"
#include "fuzz/target.h"
#include "simulation/cluster_profile.h"
#include "simulation/true_costs.h"

namespace evenkeel {

bool accepts(std::string_view bytes) {
  try {
    const ClusterProfile profile = parse_cluster_profile(bytes, "c");
    EVENKEEL_CHECK(!profile.ranks.empty());
    for (const RankProfile& rank : profile.ranks) {
      EVENKEEL_CHECK(rank.speed > 0 && rank.speed_at(instant_at(1)) > 0);
      EVENKEEL_CHECK(rank.work(1) >= 0 && rank.work(1) <= rank.work(2));
      EVENKEEL_CHECK(rank.heavy_noise.mean() > 0);
      EVENKEEL_CHECK(factor_of(rank.file_factors, 0) > 0);
    }
    EVENKEEL_CHECK(profile.all_reduce.time(profile.ranks.size()) >= Duration::zero());
    return true;
  } catch (const UserError& error) {
    check_refusal(error.what(), "c:");
    return false;
  }
}

}  // namespace evenkeel
