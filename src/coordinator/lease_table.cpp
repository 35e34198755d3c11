#include "coordinator/lease_table.h"

#include "core/check.h"

namespace evenkeel {

LeaseTable::LeaseTable(std::int32_t workers) : heads_(workers, none), tails_(workers, none) {
  // A lease in work and one in advance for each worker.
  entries_.reserve(2 * static_cast<std::size_t>(workers));
}

void LeaseTable::add(WorkerIndex worker, const Lease& lease) {
  Slot slot = unused_;
  if (slot == none) {
    slot = static_cast<Slot>(entries_.size());
    entries_.push_back({lease, none});
  } else {
    unused_ = entry(slot).next;
    entry(slot) = {lease, none};
  }
  if (tails_[worker] == none) {
    heads_[worker] = slot;
  } else {
    EVENKEEL_CHECK(entry(tails_[worker]).lease.id < lease.id);
    entry(tails_[worker]).next = slot;
  }
  tails_[worker] = slot;
}

const Lease* LeaseTable::find(WorkerIndex worker, LeaseId id) const {
  const Lease* lease = first(worker, id);
  return lease != nullptr && lease->id == id ? lease : nullptr;
}

const Lease* LeaseTable::first(WorkerIndex worker, LeaseId least) const {
  for (Slot slot = heads_[worker]; slot != none; slot = entry(slot).next) {
    if (entry(slot).lease.id >= least) return &entry(slot).lease;
  }
  return nullptr;
}

void LeaseTable::remove(WorkerIndex worker, LeaseId id) {
  Slot before = none;
  for (Slot slot = heads_[worker]; slot != none; slot = entry(slot).next) {
    if (entry(slot).lease.id != id) {
      before = slot;
      continue;
    }
    const Slot next = entry(slot).next;
    (before == none ? heads_[worker] : entry(before).next) = next;
    if (tails_[worker] == slot) tails_[worker] = before;
    entry(slot).next = unused_;
    unused_ = slot;
    return;
  }
  EVENKEEL_CHECK(false);
}

}  // namespace evenkeel
