#include "balance/tiles.h"

#include <algorithm>

namespace evenkeel {
namespace {

constexpr double largest_tile = 512;
constexpr std::size_t least_parts = 3;

// Of the sum of squared errors, in units of their variances: what a line has to miss by more, what
// is allowed for, and by how much the next best tile has to be worse.
constexpr double line_misses = 25;
constexpr double allowed = 6;
constexpr double allowed_per_part = 2;
constexpr double next_worse = 4;

// Fits `fixed` and `each`, at least 0, by least squares of relative errors; returns their sum.
double fit(const std::vector<MeasuredPart>& parts, Tiles& tiles) {
  const auto stair = [&tiles](const MeasuredPart& part) {
    return tiles.tile * std::ceil(part.micro_batches / tiles.tile) / part.work;
  };
  double oo = 0;
  double ox = 0;
  double xx = 0;
  double o = 0;
  double x = 0;
  for (const MeasuredPart& part : parts) {
    const double one = 1 / part.work;
    oo += part.certainty * one * one;
    ox += part.certainty * one * stair(part);
    xx += part.certainty * stair(part) * stair(part);
    o += part.certainty * one;
    x += part.certainty * stair(part);
  }
  constexpr double alike = 1e-9;
  const double determinant = xx * oo - ox * ox;
  tiles.fixed = determinant > alike * xx * oo ? std::max(0.0, (o * xx - x * ox) / determinant) : 0;
  tiles.each = (x - tiles.fixed * ox) / xx;
  if (tiles.each <= 0) {
    tiles.each = 0;
    tiles.fixed = o / oo;
  }
  double error = 0;
  for (const MeasuredPart& part : parts) {
    const double off = std::log(tiles.work(part.micro_batches) / part.work);
    error += part.certainty * off * off;
  }
  return error;
}

}  // namespace

std::optional<Tiles> find_tiles(const std::vector<MeasuredPart>& parts) {
  if (parts.size() < least_parts) return std::nullopt;
  Tiles best;
  const double line_error = fit(parts, best);
  if (line_error <= line_misses) return std::nullopt;
  double most = 0;
  for (const MeasuredPart& part : parts) most = std::max(most, part.micro_batches);
  double best_error = line_error;
  double next_error = line_error;
  const auto largest = static_cast<int>(std::min(largest_tile, most / 2));
  for (int tile = 2; tile <= largest; ++tile) {
    Tiles tiles{static_cast<double>(tile)};
    const double error = fit(parts, tiles);
    if (error < best_error) {
      next_error = best_error;
      best_error = error;
      best = tiles;
    } else {
      next_error = std::min(next_error, error);
    }
  }
  const double enough = allowed + allowed_per_part * static_cast<double>(parts.size());
  const bool is_found = best.tile > 1 && line_error - best_error > line_misses &&
                        best_error < enough && next_error - best_error > next_worse;
  if (!is_found) return std::nullopt;
  return best;
}

}  // namespace evenkeel
