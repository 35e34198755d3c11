// A worker's own part of a step: gathering its samples, and their gradient.
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

// The samples of the extents, all of the one file that `data` is. They have to be in it.
Batch gather(const Digits& data, std::span<const Extent> extents);

// How the time passes that --work and --slow add. Where workers share a core they would slow each
// other down, and their speeds would jump about: sleeping, they do not.
enum class ExtraWork : std::uint8_t { repeated, slept };

class LocalWork {
 public:
  // `rank`: of this worker in the job, from 1. The options must outlive this object.
  LocalWork(const TrainingOptions& options, int rank, ExtraWork extra_work,
            std::int64_t parameters);

  // How long a sample takes, measured for some milliseconds; and what extra work that is slept
  // through takes it for.
  std::chrono::duration<double> measure_sample_time(const Perceptron& model, const Digits& data);
  void set_sample_time(std::chrono::duration<double> time) { sample_time_ = time; }

  // Replaces `sum` by what the batch contributes. Takes as much longer as was asked for.
  void compute(const Perceptron& model, const Batch& batch, std::int64_t epoch, std::int64_t step,
               GradientSum& sum);

 private:
  // Adds the batch to `sum`, each micro-batch `times` times as far as time is concerned.
  void add(const Perceptron& model, const Batch& batch, std::int64_t epoch, std::int64_t step,
           double times, GradientSum& sum);

  const TrainingOptions& options_;
  int rank_;
  ExtraWork extra_work_;
  std::chrono::duration<double> sample_time_{};
  GradientSum discarded_;  // of arithmetic that is repeated
  Repetitions repetitions_;
  Sleeper sleeper_;
};

}  // namespace evenkeel::digits
