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

std::size_t intervals_in(const std::map<Pass, IntervalSet>& sets) {
  std::size_t intervals = 0;
  for (const auto& [pass, set] : sets) intervals += set.intervals().size();
  return intervals;
}

}  // namespace

std::vector<CheckpointTag> PendingCheckpoints::call(WorkerIndex worker, const CheckpointTag& tag,
                                                    bool after_end) {
  std::vector<CheckpointTag> voided;
  auto found = std::find_if(pending_.begin(), pending_.end(),
                            [&](const Pending& pending) { return pending.tag == tag; });
  if (found != pending_.end() && found->has_called[worker]) {
    voided.push_back(tag);
    pending_.erase(found);
    found = pending_.end();
  }
  if (found == pending_.end()) {
    if (pending_.size() == most) {
      voided.push_back(pending_.front().tag);
      pending_.erase(pending_.begin());
    }
    pending_.push_back({tag, PerWorker<bool>(workers_, false), {}, after_end});
    found = std::prev(pending_.end());
  }
  found->has_called[worker] = true;
  return voided;
}

std::vector<CheckpointTag> PendingCheckpoints::progress(WorkerIndex worker, Pass pass,
                                                        Interval interval) {
  std::vector<CheckpointTag> voided;
  std::erase_if(pending_, [&](Pending& pending) {
    if (!pending.has_called[worker]) return false;
    add(interval, pending.since[pass]);
    const bool is_late = intervals_in(pending.since) > most_intervals;
    if (is_late) voided.push_back(pending.tag);
    return is_late;
  });
  return voided;
}

std::vector<CheckpointTag> PendingCheckpoints::lose(WorkerIndex worker, bool contributed) {
  std::vector<CheckpointTag> tags;
  std::erase_if(pending_, [&](const Pending& pending) {
    const bool is_lost = pending.has_called[worker] == contributed;
    if (is_lost) tags.push_back(pending.tag);
    return is_lost;
  });
  return tags;
}

std::vector<CheckpointTag> PendingCheckpoints::close(WorkerIndex worker) {
  std::vector<CheckpointTag> tags;
  std::erase_if(pending_, [&](const Pending& pending) {
    const bool is_lost = !pending.has_called[worker] && !pending.is_after_end;
    if (is_lost) tags.push_back(pending.tag);
    return is_lost;
  });
  return tags;
}

PendingCheckpoints::Complete PendingCheckpoints::take(const Pending& pending, DoneWork done,
                                                      std::int64_t epoch_samples) {
  Complete complete{pending.tag, std::move(done)};
  complete.done.take_out(pending.since, epoch_samples);
  pending_.erase(pending_.begin() + (&pending - pending_.data()));
  return complete;
}

}  // namespace evenkeel
