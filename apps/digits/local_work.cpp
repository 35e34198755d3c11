#include "local_work.h"

#include <algorithm>
#include <array>
#include <ctime>

#include "core/check.h"

namespace evenkeel::digits {
namespace {

using Clock = std::chrono::steady_clock;

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

LocalWork::LocalWork(const TrainingOptions& options, int rank, ExtraWork extra_work,
                     std::int64_t parameters)
    : options_(options), rank_(rank), extra_work_(extra_work), discarded_(parameters) {}

std::chrono::duration<double> LocalWork::measure_sample_time(const Perceptron& model,
                                                             const Digits& data) {
  constexpr int trials = 50;
  const std::array extents{Extent{0, 0, std::min<std::int64_t>(32, data.samples())}};
  const Batch batch = gather(data, extents);
  std::chrono::duration<double> least = std::chrono::seconds(1);
  for (int trial = 0; trial < trials; ++trial) {
    const std::chrono::nanoseconds begin = cpu_time();
    add(model, batch, 0, 0, 1, discarded_);
    least =
        std::min<std::chrono::duration<double>>(least, cpu_time() - begin);  // the least disturbed
  }
  return least / static_cast<double>(batch.digits.samples());
}

void LocalWork::compute(const Perceptron& model, const Batch& batch, std::int64_t epoch,
                        std::int64_t step, GradientSum& sum) {
  sum.clear();
  discarded_.clear();
  const double slowness = slowdown_factor(options_.slowdowns, rank_, step);
  const auto samples = static_cast<double>(batch.digits.samples());
  if (options_.sample_ms) {
    const Clock::time_point begin = Clock::now();
    add(model, batch, epoch, step, 1, sum);
    const std::chrono::duration<double, std::milli> time(samples * *options_.sample_ms * slowness);
    sleeper_.sleep(std::chrono::duration_cast<std::chrono::nanoseconds>(time) -
                   (Clock::now() - begin));
    return;
  }
  const double times = static_cast<double>(options_.work) * slowness;
  if (extra_work_ == ExtraWork::repeated) {
    add(model, batch, epoch, step, times, sum);
    return;
  }
  add(model, batch, epoch, step, 1, sum);
  sleeper_.sleep(
      std::chrono::duration_cast<std::chrono::nanoseconds>((times - 1) * samples * sample_time_));
}

void LocalWork::add(const Perceptron& model, const Batch& batch, std::int64_t epoch,
                    std::int64_t step, double times, GradientSum& sum) {
  const std::int64_t samples = batch.digits.samples();
  std::vector<std::uint64_t> seeds;
  for (std::int64_t first = 0; first < samples; first += options_.micro_batch) {
    const std::int64_t count = std::min(options_.micro_batch, samples - first);
    const auto labels = batch.digits.labels.begin() + first;
    const Digits part{batch.digits.pixels.middleCols(first, count), {labels, labels + count}};
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
}

}  // namespace evenkeel::digits
