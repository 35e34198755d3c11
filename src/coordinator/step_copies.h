// Lease mode, where a step may be done twice: copies of late steps. The first worker to have done a
// step wins, and the other's work on it is wasted.
#pragma once

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <vector>

#include "core/interval.h"
#include "core/per_worker.h"
#include "core/types.h"

namespace evenkeel {

// Which there are, each of the next step of a lease. A step has one copy at most at a time.
class StepCopies {
 public:
  struct Copy {
    WorkerIndex holder;  // of the step
    LeaseId original;
    WorkerIndex copier;
    LeaseId lease;  // the copier's
  };

  bool empty() const { return copies_.empty(); }
  std::span<const Copy> all() const { return copies_; }

  // Of the next step of this lease; or the one that this lease is.
  std::optional<Copy> of(LeaseId original) const { return find(original, &Copy::original); }
  std::optional<Copy> in(LeaseId lease) const { return find(lease, &Copy::lease); }

  void add(const Copy& copy) { copies_.push_back(copy); }
  void remove(const Copy& copy) {
    std::erase_if(copies_, [&](const Copy& other) { return other.lease == copy.lease; });
  }

  // A copier has failed the step, or may have ended with it: its holder decides what is to become
  // of it, and nobody copies it again.
  void forbid(Pass pass, Position step) { forbidden_[pass].insert(step); }
  bool is_forbidden(Pass pass, Position step) const {
    const auto steps = forbidden_.find(pass);
    return steps != forbidden_.end() && steps->second.contains(step);
  }

 private:
  std::optional<Copy> find(LeaseId id, LeaseId Copy::*member) const {
    const auto found = std::ranges::find(copies_, id, member);
    return found == copies_.end() ? std::nullopt : std::optional(*found);
  }

  std::vector<Copy> copies_;  // one per idle worker at most
  std::map<Pass, std::set<Position>> forbidden_;
};

}  // namespace evenkeel
