#include "coordinator/pending_checkpoints.h"

#include <algorithm>
#include <utility>

#include "core/check.h"

namespace evenkeel {
namespace {

void add(Interval interval, IntervalSet& set) {
  const bool is_new = set.insert(interval);
  EVENKEEL_CHECK(is_new);
}

IntervalSet without(const IntervalSet& set, const IntervalSet& other) {
  IntervalSet rest;
  for (const Interval& interval : set.intervals()) {
    for (const Interval& gap : other.gaps(interval)) add(gap, rest);
  }
  return rest;
}

void take_out(const std::map<Epoch, IntervalSet>& since, std::int64_t epoch_samples,
              DoneWork& done) {
  if (since.empty()) return;
  const std::int32_t first = since.begin()->first.value();
  for (std::int32_t epoch = first; epoch < done.whole_epochs; ++epoch) {
    add({Position(0), Position(epoch_samples)}, done.parts[Epoch(epoch)]);
  }
  done.whole_epochs = std::min(done.whole_epochs, first);
  for (const auto& [epoch, later] : since) {
    const IntervalSet rest = without(done.parts[epoch], later);
    if (rest.empty()) {
      done.parts.erase(epoch);
    } else {
      done.parts[epoch] = rest;
    }
  }
}

}  // namespace

void PendingCheckpoints::call(std::int32_t worker, const CheckpointTag& tag) {
  const auto index = static_cast<std::size_t>(worker);
  auto found = std::find_if(pending_.begin(), pending_.end(),
                            [&](const Pending& pending) { return pending.tag == tag; });
  if (found != pending_.end() && found->has_called[index]) {
    pending_.erase(found);
    found = pending_.end();
  }
  if (found == pending_.end()) {
    if (pending_.size() == most) pending_.erase(pending_.begin());
    pending_.push_back({tag, std::vector<bool>(static_cast<std::size_t>(workers_), false), {}});
    found = std::prev(pending_.end());
  }
  found->has_called[index] = true;
}

void PendingCheckpoints::progress(std::int32_t worker, Epoch epoch, Interval interval) {
  for (Pending& pending : pending_) {
    if (pending.has_called[static_cast<std::size_t>(worker)]) add(interval, pending.since[epoch]);
  }
}

std::vector<CheckpointTag> PendingCheckpoints::lose(std::int32_t worker) {
  std::vector<CheckpointTag> tags;
  std::erase_if(pending_, [&](const Pending& pending) {
    const bool has_called = pending.has_called[static_cast<std::size_t>(worker)];
    if (has_called) tags.push_back(pending.tag);
    return has_called;
  });
  return tags;
}

PendingCheckpoints::Complete PendingCheckpoints::take(const Pending& pending, DoneWork done,
                                                      std::int64_t epoch_samples) {
  Complete complete{pending.tag, std::move(done)};
  take_out(pending.since, epoch_samples, complete.done);
  pending_.erase(pending_.begin() + (&pending - pending_.data()));
  return complete;
}

}  // namespace evenkeel
