// Finds the worker that would end first with one more sample, in O(log workers), although the
// answer depends on the sample's cost.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "balance/batch_division.h"

namespace evenkeel {

// With one more sample of cost c, a worker ends at end + c × pace: a line over c. For descending
// costs, a kinetic tournament (Basch, Guibas & Hershberger 1997) keeps the lowest line: each match
// knows the cost down to which its outcome holds.
class EarliestEnd {
 public:
  // All workers begin at their head start; `highest_cost` bounds all costs. Precondition: no
  // worker's end reaches 2^63, with every cost that is queried or added.
  EarliestEnd(const PerWorker<DivisionWorker>& workers, std::uint32_t highest_cost);

  // The worker that would end a sample of this cost first, or none if all were removed. Ties: the
  // faster worker, then the lower index. Precondition: costs never increase.
  std::optional<WorkerIndex> winner(std::uint32_t cost);

  void add_sample(WorkerIndex worker);
  void remove(WorkerIndex worker);

 private:
  void match(std::size_t node);
  void match_above(std::size_t place);
  void match_fallen(std::size_t node);

  // A worker's place is its leaf, in order of pace: of two, only the right one, which is no faster,
  // can overtake as the cost falls.
  struct Place {
    std::uint64_t end = std::uint64_t{1} << 63;  // of an absent worker: later than any other
    std::uint64_t pace = 0;
  };

  std::uint32_t cost_;      // the last query
  std::size_t leaves_ = 1;  // a power of two
  std::vector<Place> places_;
  std::vector<WorkerIndex> workers_;  // at each place
  PerWorker<std::uint32_t> place_of_;
  std::vector<std::uint32_t> winners_;  // the winning place of each node, root at 1, leaves behind
  std::vector<std::uint32_t> stands_to_;  // per inner node: the least cost with this outcome
};

}  // namespace evenkeel
