// Who holds what: the leases of each worker in the order granted.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "coordinator/attempts.h"
#include "core/interval.h"
#include "core/per_worker.h"
#include "core/time.h"
#include "core/types.h"

namespace evenkeel {

struct Lease {
  LeaseId id;
  Pass pass;
  Interval interval;                // what it covers; the end moves when it is trimmed
  Position done;                    // everything before is done
  double held_cost = 0;             // of what is not done, on this worker
  bool is_away = false;             // of another home than the worker's; and what it was thought
  double away = 1;                  // to cost there, over its cost at home
  Instant first_start{};            // of the first step done
  Instant last_end{};               // of the last one
  std::optional<Attempts> retry{};  // of one step that has failed before, or is suspected of it

  Interval held() const { return {done, interval.end}; }
};

// One slab of leases, linked worker by worker: no allocation in steady state.
class LeaseTable {
 public:
  explicit LeaseTable(std::int32_t workers);

  WorkerRange workers() const { return heads_.indices(); }

  void add(WorkerIndex worker, const Lease& lease);

  // The worker's lease of that id, or nullptr. Pointers hold until the next add.
  const Lease* find(WorkerIndex worker, LeaseId id) const;
  Lease* find(WorkerIndex worker, LeaseId id) {
    return const_cast<Lease*>(std::as_const(*this).find(worker, id));
  }

  // The worker's oldest lease whose id is at least `least`, or nullptr: ids ascend.
  const Lease* first(WorkerIndex worker, LeaseId least = LeaseId()) const;
  Lease* first(WorkerIndex worker, LeaseId least = LeaseId()) {
    return const_cast<Lease*>(std::as_const(*this).first(worker, least));
  }

  void remove(WorkerIndex worker, LeaseId id);

 private:
  using Slot = std::int32_t;
  static constexpr Slot none = -1;

  struct Entry {
    Lease lease;
    Slot next = none;
  };

  const Entry& entry(Slot slot) const { return entries_[static_cast<std::size_t>(slot)]; }
  Entry& entry(Slot slot) { return entries_[static_cast<std::size_t>(slot)]; }

  std::vector<Entry> entries_;
  Slot unused_ = none;  // a list through Entry::next
  PerWorker<Slot> heads_;
  PerWorker<Slot> tails_;
};

}  // namespace evenkeel
