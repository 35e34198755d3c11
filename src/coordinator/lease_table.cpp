#include "coordinator/lease_table.h"

#include "core/check.h"

namespace evenkeel {

LeaseTable::LeaseTable(int workers)
    : heads_(static_cast<std::size_t>(workers), none),
      tails_(static_cast<std::size_t>(workers), none) {
  // A lease in work and one in advance for each worker.
  entries_.reserve(2 * static_cast<std::size_t>(workers));
}

void LeaseTable::add(int worker, const Lease& lease) {
  const auto index = static_cast<std::size_t>(worker);
  Slot slot = unused_;
  if (slot == none) {
    slot = static_cast<Slot>(entries_.size());
    entries_.push_back({lease, none});
  } else {
    unused_ = entry(slot).next;
    entry(slot) = {lease, none};
  }
  if (tails_[index] == none) {
    heads_[index] = slot;
  } else {
    EVENKEEL_CHECK(entry(tails_[index]).lease.id < lease.id);
    entry(tails_[index]).next = slot;
  }
  tails_[index] = slot;
}

Lease* LeaseTable::find(int worker, LeaseId id) {
  Lease* lease = first(worker, id);
  return lease != nullptr && lease->id == id ? lease : nullptr;
}

Lease* LeaseTable::first(int worker, LeaseId least) {
  for (Slot slot = heads_[static_cast<std::size_t>(worker)]; slot != none;
       slot = entry(slot).next) {
    if (entry(slot).lease.id >= least) return &entry(slot).lease;
  }
  return nullptr;
}

void LeaseTable::remove(int worker, LeaseId id) {
  const auto index = static_cast<std::size_t>(worker);
  Slot before = none;
  for (Slot slot = heads_[index]; slot != none; slot = entry(slot).next) {
    if (entry(slot).lease.id != id) {
      before = slot;
      continue;
    }
    const Slot next = entry(slot).next;
    (before == none ? heads_[index] : entry(before).next) = next;
    if (tails_[index] == slot) tails_[index] = before;
    entry(slot).next = unused_;
    unused_ = slot;
    return;
  }
  EVENKEEL_CHECK(false);
}

}  // namespace evenkeel
