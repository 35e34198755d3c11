#include "coordinator/set_aside_samples.h"

#include <algorithm>
#include <tuple>
#include <utility>

#include "coordinator/coordinator_options.h"
#include "coordinator/kept_set_aside.h"
#include "dataset/epoch_order.h"

namespace evenkeel {
namespace {

constexpr std::size_t most_runs = 10'000;

// Positions looked up at a time, each of which may be a run of its own.
constexpr std::int64_t lookup_positions = 1'024;

// The first so many extents, in order of files, neighbours merged.
std::vector<Extent> extents_of(const IntervalSet& steps, const EpochOrder& order,
                               std::size_t most) {
  std::vector<Extent> extents;
  for (const Interval& run : steps.intervals()) {
    Position begin = run.begin;
    while (begin < run.end && extents.size() < most) {
      const Position end = std::min(run.end, begin + lookup_positions);
      order.extents({begin, end}, extents);
      begin = end;
    }
  }
  std::ranges::sort(extents, {}, [](const Extent& e) { return std::pair(e.file, e.first); });
  std::vector<Extent> merged;
  for (const Extent& extent : extents) {
    Extent* const last = merged.empty() ? nullptr : &merged.back();
    if (last != nullptr && last->file == extent.file && last->first + last->count == extent.first) {
      last->count += extent.count;
    } else {
      merged.push_back(extent);
    }
  }
  return merged;
}

}  // namespace

std::vector<SetAsideSamples> set_aside_samples(const Dataset& dataset,
                                               const CoordinatorOptions& options,
                                               const KeptSetAside& set_aside) {
  std::vector<SetAsideSamples> all;
  for (const auto& [pass, steps] : set_aside.by_pass()) {
    if (all.size() >= most_runs) break;
    const EpochOrder order(dataset, options.order, pass.epoch);
    for (const Extent& extent : extents_of(steps, order, most_runs - all.size())) {
      all.push_back({pass, dataset.path(extent.file).string(), extent.first, extent.count});
    }
  }
  return all;
}

}  // namespace evenkeel
