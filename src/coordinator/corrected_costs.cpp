#include "coordinator/corrected_costs.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <iterator>

namespace evenkeel {
namespace {

constexpr std::size_t most_pieces = 1U << 16;

}  // namespace

CorrectedCosts::CorrectedCosts(const EpochOrder& order, std::span<const LearnedCost> learned) {
  std::vector<std::int64_t> files;
  for (const LearnedCost& cost : learned) files.push_back(cost.file);
  const std::vector<FilePlace> places = order.places_of(files);
  if (places.size() > most_pieces) return;
  pieces_.reserve(places.size());
  double sum = 0;
  for (const FilePlace& place : places) {
    const double more = learned[place.file].factor - 1;
    pieces_.push_back({place.places, more, sum});
    sum += more * order.cost(place.places);
  }
}

double CorrectedCosts::more(const EpochOrder& order, Interval interval) const {
  if (empty()) return 0;
  const double more = more_before(order, interval.end) - more_before(order, interval.begin);
  if (more >= 0) return more;
  // Differences of large sums are not exact.
  return std::max(more, (FileCosts::least_factor - 1) * order.cost(interval));
}

// The first piece that begins behind the position.
std::vector<CorrectedCosts::Piece>::const_iterator CorrectedCosts::first_beyond(
    Position position) const {
  return std::ranges::upper_bound(pieces_, position, {},
                                  [](const Piece& piece) { return piece.places.begin; });
}

double CorrectedCosts::more_before(const EpochOrder& order, Position position) const {
  const auto next = first_beyond(position);
  if (next == pieces_.begin()) return 0;
  const Piece& piece = *std::prev(next);
  const Interval part{piece.places.begin, std::min(position, piece.places.end)};
  return piece.more_before + piece.more * order.cost(part);
}

Position CorrectedCosts::next_edge(Position position, Position limit) const {
  const auto next = first_beyond(position);
  if (next != pieces_.begin() && std::prev(next)->places.end > position) {
    return std::min(limit, std::prev(next)->places.end);
  }
  return next == pieces_.end() ? limit : std::min(limit, next->places.begin);
}

}  // namespace evenkeel
