#include "local_work.h"

#include <algorithm>
#include <chrono>
#include <ctime>

#include "core/check.h"

namespace evenkeel::digits {
namespace {

std::chrono::nanoseconds cpu_time() {
  timespec time{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return std::chrono::seconds(time.tv_sec) + std::chrono::nanoseconds(time.tv_nsec);
}

}  // namespace

Batch gather(const Digits& data, std::span<const Extent> extents) {
  Batch batch;
  for (const Extent& extent : extents) {
    EVENKEEL_CHECK(extent.file == 0 && extent.first + extent.count <= data.samples());
    for (std::int64_t i = 0; i < extent.count; ++i) batch.ids.push_back(extent.first + i);
  }
  batch.digits.pixels.resize(pixels_per_digit, static_cast<std::int64_t>(batch.ids.size()));
  for (const std::int64_t id : batch.ids) {
    const auto column = static_cast<std::int64_t>(batch.digits.labels.size());
    batch.digits.pixels.col(column) = data.pixels.col(id);
    batch.digits.labels.push_back(data.labels[static_cast<std::size_t>(id)]);
  }
  return batch;
}

LocalWork::LocalWork(const TrainingOptions& options, int rank, SlowedBy slowed_by,
                     std::int64_t parameters)
    : options_(options), rank_(rank), slowed_by_(slowed_by), discarded_(parameters) {}

void LocalWork::compute(const Perceptron& model, const Batch& batch, std::int64_t epoch,
                        std::int64_t step, GradientSum& sum) {
  const double factor = slowdown_factor(options_.slowdowns, rank_, step);
  const bool repeats = slowed_by_ == SlowedBy::arithmetic;
  const double times = static_cast<double>(options_.work) * (repeats ? factor : 1);
  const std::chrono::nanoseconds begin = cpu_time();
  sum.clear();
  discarded_.clear();

  const std::int64_t samples = batch.digits.samples();
  std::vector<std::uint64_t> seeds;
  for (std::int64_t first = 0; first < samples; first += options_.micro_batch) {
    const std::int64_t count = std::min(options_.micro_batch, samples - first);
    const auto begin_label = batch.digits.labels.begin() + first;
    const Digits part{batch.digits.pixels.middleCols(first, count),
                      {begin_label, begin_label + count}};
    seeds.clear();
    for (std::int64_t i = first; i < first + count; ++i) {
      seeds.push_back(
          dropout_seed(options_.model.seed, epoch, step, batch.ids[static_cast<std::size_t>(i)]));
    }
    model.add_gradient(part, seeds, sum);
    for (std::int64_t extra = repetitions_.of(times) - 1; extra > 0; --extra) {
      model.add_gradient(part, seeds, discarded_);
    }
  }
  if (!repeats && factor > 1) {
    const auto worked = std::chrono::duration<double, std::nano>(cpu_time() - begin);
    sleeper_.sleep(std::chrono::duration_cast<std::chrono::nanoseconds>(worked * (factor - 1)));
  }
}

}  // namespace evenkeel::digits
