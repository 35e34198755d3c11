// Workers that were given up and have come back: what they begin once they know it has to count.
#pragma once

#include <cstddef>
#include <map>
#include <utility>
#include <vector>

#include "coordinator/outputs.h"
#include "simulation/cluster_profile.h"

namespace evenkeel {

class ReturnedWorkers {
 public:
  explicit ReturnedWorkers(const ClusterProfile& cluster) : cluster_(cluster) {}

  void on_event(const Event& event) {
    if (event.kind == EventKind::lost) returned_.erase(event.rank);
    if (event.kind == EventKind::copied) {
      // One of them works in vain, also on what it has done and not reported so far.
      returned_.erase(event.rank);
      returned_.erase(event.holder);
    }
    if (event.kind != EventKind::fenced) return;
    const auto& cuts = cluster_.ranks[static_cast<std::size_t>(event.rank.value() - 1)].cut_to_rank;
    returned_[event.rank] = {first_outside(cuts, event.time + cluster_.latency), {}};
  }

  void on_step_done(Rank rank, Pass pass, Interval interval, Instant start) {
    const auto returned = returned_.find(rank);
    if (returned == returned_.end() || start <= returned->second.knows_at) return;
    returned->second.steps.emplace_back(pass, interval.begin);
  }

  // Calls visit(rank, pass, position) for each step that has to be that worker's.
  template <typename Visit>
  void visit_steps(Visit visit) const {
    for (const auto& [rank, returned] : returned_) {
      for (const auto& [pass, at] : returned.steps) visit(rank, pass, at);
    }
  }

 private:
  struct Returned {
    Instant knows_at;
    std::vector<std::pair<Pass, Position>> steps;
  };

  const ClusterProfile& cluster_;
  std::map<Rank, Returned> returned_;
};

}  // namespace evenkeel
