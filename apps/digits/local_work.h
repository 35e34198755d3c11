// A worker's own part of a step: gathering its samples, and their gradient.
#pragma once

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

enum class SlowedBy : std::uint8_t { arithmetic, sleeping };

class LocalWork {
 public:
  // `rank`: of this worker in the job, from 1.
  LocalWork(const TrainingOptions& options, int rank, SlowedBy slowed_by, std::int64_t parameters);

  // Replaces `sum` by what the batch contributes. Takes as much longer as was asked for.
  void compute(const Perceptron& model, const Batch& batch, std::int64_t epoch, std::int64_t step,
               GradientSum& sum);

 private:
  const TrainingOptions& options_;
  int rank_;
  SlowedBy slowed_by_;
  GradientSum discarded_;  // of arithmetic that is repeated
  Repetitions repetitions_;
  Sleeper sleeper_;
};

}  // namespace evenkeel::digits
