#include "coordinator/home_work.h"

#include <algorithm>
#include <iterator>

namespace evenkeel {

HomeWork::HomeWork(const EpochOrder& order, const Homes& homes, std::int64_t step_samples)
    : end_(order.samples()),
      free_(static_cast<std::size_t>(homes.count()) + 1),
      samples_(free_.size(), 0) {
  const std::size_t anywhere = free_.size() - 1;
  const auto add = [&](std::int64_t begin, std::size_t place) {
    const Position step((begin + step_samples - 1) / step_samples * step_samples);
    if (!runs_.empty() && runs_.back().begin >= step) {
      runs_.back().place = place;  // no step begins in the run before
    } else {
      runs_.push_back({step, place});
    }
  };
  std::vector<std::int64_t> files;
  for (const Homes::File& file : homes.files) files.push_back(file.file);
  std::int64_t covered = 0;
  for (const FilePlace& piece : order.places_of(files)) {
    if (piece.places.begin.value() > covered) add(covered, anywhere);
    add(piece.places.begin.value(), static_cast<std::size_t>(homes.files[piece.file].home));
    covered = piece.places.end.value();
  }
  if (covered < order.samples()) add(covered, anywhere);
}

std::size_t HomeWork::place_of(Position position) const {
  return std::prev(std::ranges::upper_bound(runs_, position, {}, &Run::begin))->place;
}

bool HomeWork::insert(Interval interval) {
  bool is_new = true;
  while (!interval.empty()) {
    const auto next = std::ranges::upper_bound(runs_, interval.begin, {}, &Run::begin);
    const Position end = next == runs_.end() ? end_ : next->begin;
    const Interval part{interval.begin, std::min(interval.end, end)};
    const std::size_t place = std::prev(next)->place;
    is_new = free_[place].insert(part) && is_new;
    samples_[place] = free_[place].samples();
    interval.begin = part.end;
  }
  return is_new;
}

std::size_t HomeWork::next_for(std::int32_t home, const Homes& homes) const {
  const std::size_t anywhere = samples_.size() - 1;
  if (home >= 0 && samples_[static_cast<std::size_t>(home)] > 0) {
    return static_cast<std::size_t>(home);
  }
  if (samples_[anywhere] > 0) return anywhere;
  std::size_t best = 0;
  for (std::size_t place = 1; place < anywhere; ++place) {
    if (samples_[place] * homes.workers[best] > samples_[best] * homes.workers[place]) best = place;
  }
  return best;
}

Interval HomeWork::take(std::size_t place, std::int64_t samples) {
  const Interval taken = free_[place].take_front(samples);
  samples_[place] = free_[place].samples();
  return taken;
}

}  // namespace evenkeel
