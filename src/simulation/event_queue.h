// Future events in order of virtual time; at the same time, in order of insertion.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "core/time.h"

namespace evenkeel {

template <typename Payload>
class EventQueue {
 public:
  void push(Instant time, Payload payload) {
    std::size_t slot = payloads_.size();
    if (unused_.empty()) {
      payloads_.push_back(std::move(payload));
    } else {
      slot = unused_.back();
      unused_.pop_back();
      payloads_[slot] = std::move(payload);
    }
    heap_.push_back({time, next_number_++, slot});
    std::push_heap(heap_.begin(), heap_.end());
  }

  bool empty() const { return heap_.empty(); }

  // Removes the earliest event. Precondition: not empty.
  std::pair<Instant, Payload> pop() {
    std::pop_heap(heap_.begin(), heap_.end());
    const Entry entry = heap_.back();
    heap_.pop_back();
    unused_.push_back(entry.slot);
    return {entry.time, std::move(payloads_[entry.slot])};
  }

 private:
  // Small, because a heap moves its entries; the payloads stay in place.
  struct Entry {
    Instant time;
    std::uint64_t number;
    std::size_t slot;
    friend bool operator<(const Entry& a, const Entry& b) {
      return std::pair(b.time, b.number) < std::pair(a.time, a.number);
    }
  };

  std::vector<Entry> heap_;
  std::vector<Payload> payloads_;
  std::vector<std::size_t> unused_;
  std::uint64_t next_number_ = 0;
};

}  // namespace evenkeel
