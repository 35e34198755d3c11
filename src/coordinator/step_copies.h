// Lease mode, where a step may be done twice: copies of late steps. The first worker to have done a
// step wins, and the other's work on it is wasted.
#pragma once

#include <map>
#include <optional>
#include <set>

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

  bool empty() const { return by_lease_.empty(); }
  const std::map<LeaseId, Copy>& all() const { return by_lease_; }  // by the copier's lease

  // Of the next step of this lease; or the one that this lease is.
  std::optional<Copy> of(LeaseId original) const {
    const auto found = lease_of_.find(original);
    return found == lease_of_.end() ? std::nullopt : in(found->second);
  }
  std::optional<Copy> in(LeaseId lease) const {
    const auto found = by_lease_.find(lease);
    return found == by_lease_.end() ? std::nullopt : std::optional(found->second);
  }

  void add(const Copy& copy) {
    by_lease_.emplace(copy.lease, copy);
    lease_of_.emplace(copy.original, copy.lease);
  }
  void remove(const Copy& copy) {
    lease_of_.erase(copy.original);
    by_lease_.erase(copy.lease);
  }

  // A copier has failed the step, or may have ended with it: its holder decides what is to become
  // of it, and nobody copies it again.
  void forbid(Pass pass, Position step) { forbidden_[pass].insert(step); }
  bool is_forbidden(Pass pass, Position step) const {
    const auto steps = forbidden_.find(pass);
    return steps != forbidden_.end() && steps->second.contains(step);
  }

  // What comes before is done.
  void forget_before(Pass pass) {
    forbidden_.erase(forbidden_.begin(), forbidden_.lower_bound(pass));
  }

 private:
  std::map<LeaseId, Copy> by_lease_;     // one per idle worker at most
  std::map<LeaseId, LeaseId> lease_of_;  // the same, by the holder's lease
  std::map<Pass, std::set<Position>> forbidden_;
};

}  // namespace evenkeel
