#include "coordinator/home_work.h"

#include <algorithm>
#include <iterator>

namespace evenkeel {

HomeWork::HomeWork(const EpochOrder& order, const Homes& homes, std::int64_t step_samples)
    : end_(order.samples()),
      free_(static_cast<std::size_t>(homes.count()) + 1),
      samples_(free_.size(), 0) {
  const std::size_t anywhere = free_.size() - 1;
  std::vector<Homes::File> known;  // or sought
  for (const Homes::Sought& sought : homes.sought) known.push_back({sought.file, Homes::none});
  known.insert(known.end(), homes.files.begin(), homes.files.end());
  std::ranges::sort(known, {}, &Homes::File::file);
  std::vector<std::int64_t> files;
  files.reserve(known.size());
  for (const Homes::File& file : known) files.push_back(file.file);
  std::int64_t covered = 0;
  for (const FilePlace& piece : order.places_of(files)) {
    const Homes::File& file = known[piece.file];
    const std::int64_t begin = piece.places.begin.value();
    if (begin > covered) add(covered, anywhere, no_file, step_samples);
    if (file.home == Homes::none) {
      add(begin, anywhere, file.file, step_samples);
    } else {
      add(begin, static_cast<std::size_t>(file.home), no_file, step_samples);
    }
    covered = piece.places.end.value();
  }
  if (covered < order.samples()) add(covered, anywhere, no_file, step_samples);
}

void HomeWork::add(std::int64_t begin, std::size_t place, std::int64_t file,
                   std::int64_t step_samples) {
  const Position step((begin + step_samples - 1) / step_samples * step_samples);
  if (!runs_.empty() && runs_.back().begin >= step) runs_.pop_back();  // no step begins in it
  runs_.push_back({step, place, file});
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

HomeWork::Next HomeWork::next_for(std::int32_t home, Homes& homes) const {
  const std::size_t anywhere = samples_.size() - 1;
  Next next;
  next.place = anywhere;
  if (home >= 0 && samples_[static_cast<std::size_t>(home)] > 0) {
    next.place = static_cast<std::size_t>(home);
  } else if (samples_[anywhere] == 0) {
    next.place = most_left(homes);
    next.is_far = home >= 0;
  } else if (home >= 0 && !homes.sought.empty()) {
    return next_anywhere(home, homes);
  }
  next.interval = free_[next.place].intervals().front();
  return next;
}

// The one with the most per worker.
std::size_t HomeWork::most_left(const Homes& homes) const {
  const std::size_t anywhere = samples_.size() - 1;
  std::size_t best = 0;
  for (std::size_t place = 1; place < anywhere; ++place) {
    if (samples_[place] * homes.workers[best] > samples_[best] * homes.workers[place]) best = place;
  }
  return best;
}

HomeWork::Next HomeWork::next_anywhere(std::int32_t home, Homes& homes) const {
  const std::size_t anywhere = samples_.size() - 1;
  const IntervalSet& free = free_[anywhere];
  Next probe;
  Next same;
  Next far;
  std::ptrdiff_t fewest = homes.count();
  auto next_free = free.intervals().begin();
  for (auto run = runs_.begin(); run != runs_.end(); ++run) {
    const Position end = std::next(run) == runs_.end() ? end_ : std::next(run)->begin;
    while (next_free != free.intervals().end() && next_free->end <= run->begin) ++next_free;
    if (next_free == free.intervals().end()) break;
    const Interval part{std::max(run->begin, next_free->begin), std::min(end, next_free->end)};
    if (run->place != anywhere || part.empty()) continue;
    const auto sought = std::ranges::lower_bound(homes.sought, run->file, {}, &Homes::Sought::file);
    if (run->file == no_file) {
      if (same.interval.empty()) same = {anywhere, part};
    } else if (sought->tried[static_cast<std::size_t>(home)]) {
      if (far.interval.empty()) far = {anywhere, part, nullptr, true};
    } else if (const auto tries = std::ranges::count(sought->tried, true); tries < fewest) {
      fewest = tries;
      probe = {anywhere, part, &*sought};
    }
  }
  if (!probe.interval.empty()) return probe;
  return same.interval.empty() ? far : same;
}

void HomeWork::take(std::size_t place, Interval interval) {
  free_[place].remove(interval);
  samples_[place] = free_[place].samples();
}

}  // namespace evenkeel
