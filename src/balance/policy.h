// A policy decides who gets how much next. It sees a read-only view of the cluster and answers
// questions; it owns no leases.
#pragma once

#include <cstdint>
#include <optional>

#include "balance/cluster.h"

namespace evenkeel {

// Work from the front of what is free. The coordinator hands out less where the front interval
// ends earlier, and rounds up to whole steps.
struct Assignment {
  WorkerIndex worker;
  std::int64_t samples = 0;
  // If given, the lease should cost about this, and `samples` is only the first guess.
  std::optional<double> cost{};
};

struct TrimRequest {
  WorkerIndex worker;
  std::int64_t samples = 0;
};

class Policy {
 public:
  virtual ~Policy() = default;

  // A worker's numbers have changed: to refresh an index.
  virtual void changed(const Cluster& /*cluster*/, WorkerIndex /*worker*/) {}

  // Something is free: who gets the next piece? None: nobody for now.
  virtual std::optional<Assignment> assign(const Cluster& cluster, Instant now) = 0;

  // Nothing is free: whose work is to be taken back for those who ask?
  virtual std::optional<TrimRequest> trim(const Cluster& /*cluster*/, Instant /*now*/) {
    return std::nullopt;
  }

  // When to ask again, although nothing may have changed by then.
  virtual std::optional<Instant> reconsider_at() const { return std::nullopt; }
};

}  // namespace evenkeel
