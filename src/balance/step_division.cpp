#include "balance/step_division.h"

#include <cmath>
#include <numeric>

namespace evenkeel {

BatchMembers::BatchMembers(std::span<const WorkerIndex> workers_of, std::int32_t workers)
    : places_(workers_of.size()), ends_(workers, 0) {
  for (const WorkerIndex worker : workers_of) ++ends_[worker];
  std::exclusive_scan(ends_.begin(), ends_.end(), ends_.begin(), std::size_t{0});
  for (std::size_t place = 0; place < workers_of.size(); ++place) {
    places_[ends_[workers_of[place]]++] = static_cast<std::uint32_t>(place);
  }
}

std::span<const std::uint32_t> BatchMembers::of(WorkerIndex worker) const {
  const std::size_t begin = worker.value() == 0 ? 0 : ends_[WorkerIndex(worker.value() - 1)];
  return std::span(places_).subspan(begin, ends_[worker] - begin);
}

std::vector<Interval> StepDivision::part(const BatchLine& line, WorkerIndex worker,
                                         std::int64_t step) const {
  const Interval batch = line.batch(step);
  if (members.empty()) {
    const Interval own = line.part(batch, before[worker], record.counts[worker]);
    if (own.empty()) return {};
    return {own};
  }
  return intervals_of(batch,
                      members[static_cast<std::size_t>(step - record.first_step)].of(worker));
}

std::int64_t StepDivision::step_samples(const BatchLine& line, WorkerIndex worker) const {
  if (members.empty()) return record.counts[worker] * line.micro_batch;
  double own = 0;
  double all = 0;  // a batch that is cut short counts for as much as it holds
  for (std::size_t i = 0; i < members.size(); ++i) {
    const std::int64_t step = record.first_step + static_cast<std::int64_t>(i);
    own += static_cast<double>(members[i].of(worker).size());
    all += static_cast<double>(line.batch(step).samples());
  }
  return std::llround(own / all * static_cast<double>(line.global_batch));
}

}  // namespace evenkeel
