// The worker that would end one more sample first, found in O(log workers) although the answer
// depends on the sample's cost.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "balance/batch_division.h"

namespace evenkeel {

// With one more sample of cost c, a worker ends at end + c × pace: a line over c. Asked for falling
// costs, the lowest line is kept up to date by a kinetic tournament (Basch, Guibas & Hershberger
// 1997): each match knows down to which cost its outcome stands.
class EarliestEnd {
 public:
  // All workers begin at their head start; no cost will be higher than the highest. Precondition:
  // no worker's end reaches 2^63, whatever is asked about and added.
  EarliestEnd(const PerWorker<DivisionWorker>& workers, std::uint32_t highest_cost);

  // The worker that would end a sample of this cost first, or none if all were removed; ties go to
  // the faster worker, then to the lower index. Precondition: never a higher cost than before.
  std::optional<WorkerIndex> winner(std::uint32_t cost);

  // A worker takes a sample of the cost that was asked for last.
  void add_sample(WorkerIndex worker);
  void remove(WorkerIndex worker);

 private:
  void match(std::size_t node);
  void match_above(std::size_t place);
  void match_fallen(std::size_t node);

  // A worker's place is its leaf: in order of pace, so that of two only the right one, which is
  // no faster, can overtake as the cost falls.
  struct Place {
    std::uint64_t end = std::uint64_t{1} << 63;  // of an absent worker: later than any other
    std::uint64_t pace = 0;
  };

  std::uint32_t cost_;      // asked for last
  std::size_t leaves_ = 1;  // a power of two
  std::vector<Place> places_;
  std::vector<WorkerIndex> workers_;  // at each place
  PerWorker<std::uint32_t> place_of_;
  std::vector<std::uint32_t> winners_;    // places; of each node, the root at 1, leaves behind
  std::vector<std::uint32_t> stands_to_;  // of each inner node: the least cost with this outcome
};

}  // namespace evenkeel
