// A worker's own part of a step: collecting its samples, and their gradient.
#pragma once

#include <chrono>
#include <cstdint>
#include <span>
#include <vector>

#include "digits_data.h"
#include "evenkeel/extent.h"
#include "options.h"
#include "perceptron.h"
#include "slowdown.h"

namespace evenkeel::digits {

// Samples of the training data, with their places in it.
struct Batch {
  std::vector<std::int64_t> ids;
  Digits digits;
};

// The samples of the extents, all in the file that `data` holds.
Batch gather(const Digits& data, std::span<const Extent> extents);

// How --work and --slow add time. Workers that share a core would slow each other down if they
// computed, so there they sleep.
enum class ExtraWork : std::uint8_t { repeated, slept };

class LocalWork {
 public:
  // `rank`: of this worker in the job, from 1. The options must outlive this object.
  LocalWork(const TrainingOptions& options, int rank, ExtraWork extra_work,
            std::int64_t parameters);

  // The time of a sample, measured for some milliseconds; and the time that the extra work assumes
  // if it is slept.
  std::chrono::duration<double> measure_sample_time(const Perceptron& model, const Digits& data);
  void set_sample_time(std::chrono::duration<double> time) { sample_time_ = time; }

  // Replaces `sum` by the batch's contribution; takes as much longer as the options ask.
  void compute(const Perceptron& model, const Batch& batch, std::int64_t epoch, std::int64_t step,
               GradientSum& sum);

 private:
  // Adds the batch to `sum`; each micro-batch takes `times` times as long.
  void add(const Perceptron& model, const Batch& batch, std::int64_t epoch, std::int64_t step,
           double times, GradientSum& sum);

  const TrainingOptions& options_;
  int rank_;
  ExtraWork extra_work_;
  std::chrono::duration<double> sample_time_{};
  GradientSum discarded_;  // of repeated arithmetic
  Repetitions repetitions_;
  Sleeper sleeper_;
};

}  // namespace evenkeel::digits
