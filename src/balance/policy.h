// A policy decides who gets how much next, from a read-only view of the cluster; it owns no leases.
#pragma once

#include <cstdint>
#include <optional>

#include "balance/cluster.h"

namespace evenkeel {

// A part of the free work.
enum class Part : std::uint8_t {
  front,  // the front
  dear,   // the most expensive of the steps that are to be dealt out before others
};

// Work from the front of the free work, unless another part is named. The coordinator hands out
// less if the front interval ends earlier, and rounds up to whole steps.
struct Assignment {
  WorkerIndex worker;
  std::int64_t samples = 0;
  // If given, the lease should cost about this; `samples` is only a first guess.
  std::optional<double> cost{};
  Part part = Part::front;
};

struct TrimRequest {
  WorkerIndex worker;
  std::int64_t samples = 0;
};

class Policy {
 public:
  virtual ~Policy() = default;

  // A worker's numbers have changed: update indexes.
  virtual void changed(const Cluster& /*cluster*/, WorkerIndex /*worker*/) {}

  // There is free work: who gets the next piece? None: nobody for now.
  virtual std::optional<Assignment> assign(const Cluster& cluster, Instant now) = 0;

  // There is no free work: from whom to take work back for those who ask?
  virtual std::optional<TrimRequest> trim(const Cluster& /*cluster*/, Instant /*now*/) {
    return std::nullopt;
  }

  // There is free work, and nobody is to get any now: from whom to take work back all the same,
  // because it would not be done in time?
  virtual std::optional<TrimRequest> trim_ahead(const Cluster& /*cluster*/, Instant /*now*/) {
    return std::nullopt;
  }

  // When to ask again even if nothing has changed.
  virtual std::optional<Instant> reconsider_at() const { return std::nullopt; }
};

}  // namespace evenkeel
