// Workers of a job by index, and containers with one element per worker.
#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <utility>
#include <vector>

#include "core/types.h"

namespace evenkeel {

// A worker, 0 ≤ index < workers. Its rank in the MPI job depends on which rank is the first worker.
using WorkerIndex = Identity<struct WorkerIndexTag, std::int32_t>;

constexpr Rank rank_of(WorkerIndex worker, Rank first_worker) {
  return Rank(first_worker.value() + worker.value());
}

constexpr WorkerIndex index_of(Rank worker, Rank first_worker) {
  return WorkerIndex(worker.value() - first_worker.value());
}

// The first n workers: for (const WorkerIndex worker : WorkerRange(4)).
class WorkerRange {
 public:
  class Iterator {
   public:
    constexpr explicit Iterator(std::int32_t at) : at_(at) {}
    constexpr WorkerIndex operator*() const { return WorkerIndex(at_); }
    constexpr Iterator& operator++() {
      ++at_;
      return *this;
    }
    friend constexpr bool operator==(Iterator, Iterator) = default;

   private:
    std::int32_t at_;
  };

  constexpr explicit WorkerRange(std::int32_t count) : count_(count) {}
  constexpr Iterator begin() const { return Iterator(0); }
  constexpr Iterator end() const { return Iterator(count_); }

 private:
  std::int32_t count_;
};

// A vector with one element per worker.
template <typename T>
class PerWorker : private std::vector<T> {
  using Values = std::vector<T>;

 public:
  using typename Values::const_iterator;
  using typename Values::iterator;
  using typename Values::value_type;

  PerWorker() = default;
  explicit PerWorker(std::int32_t workers, const T& value = T())
      : Values(static_cast<std::size_t>(workers), value) {}
  PerWorker(std::initializer_list<T> values) : Values(values) {}
  explicit PerWorker(std::vector<T> values) : Values(std::move(values)) {}

  using Values::back;
  using Values::begin;
  using Values::emplace_back;
  using Values::empty;
  using Values::end;
  using Values::front;
  using Values::push_back;
  using Values::reserve;

  std::int32_t size() const { return static_cast<std::int32_t>(Values::size()); }
  WorkerRange indices() const { return WorkerRange(size()); }

  decltype(auto) operator[](WorkerIndex worker) {
    return Values::operator[](static_cast<std::size_t>(worker.value()));
  }
  decltype(auto) operator[](WorkerIndex worker) const {
    return Values::operator[](static_cast<std::size_t>(worker.value()));
  }

  friend bool operator==(const PerWorker&, const PerWorker&) = default;
};

}  // namespace evenkeel
