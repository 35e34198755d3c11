// What intervals of an epoch cost beyond what the manifest says, as far as that has been learned.
#pragma once

#include <span>
#include <vector>

#include "balance/file_costs.h"
#include "core/interval.h"
#include "dataset/epoch_order.h"

namespace evenkeel {

// The pieces of the learned files on the epoch line, and a sum up to each of them.
class CorrectedCosts {
 public:
  CorrectedCosts() = default;  // as declared

  // O(shards). A file that has more pieces than memory is worth keeps its declared cost.
  CorrectedCosts(const EpochOrder& order, std::span<const LearnedCost> learned);

  bool empty() const { return pieces_.empty(); }

  // To be added to the declared cost; negative where samples are cheaper, but never nearly as much
  // as that cost. The order is that of the constructor. O(log pieces), and what the order takes to
  // tell a cost.
  double more(const EpochOrder& order, Interval interval) const;

  // The first place after this one where a learned file begins or ends; the limit, if there is none
  // before.
  Position next_edge(Position position, Position limit) const;

 private:
  struct Piece {
    Interval places;
    double more;         // than 1, per unit of declared cost
    double more_before;  // of all pieces before it
  };

  double more_before(const EpochOrder& order, Position position) const;
  std::vector<Piece>::const_iterator first_beyond(Position position) const;

  std::vector<Piece> pieces_;  // ascending
};

}  // namespace evenkeel
