#include "job/step_options.h"

#include <fmt/format.h>

#include <limits>

#include "core/number_format.h"
#include "job/option_error.h"

namespace evenkeel {
namespace {

constexpr std::int64_t most_samples = std::numeric_limits<std::int64_t>::max();

// Within these limits rank 0 divides a batch in well under a step, and products do not overflow.
constexpr std::int64_t most_micro_batches_a_batch = 10'000'000;

bool divides_by_cost(const JobOptions& options) {
  if (options.partition == Partition::count) return false;
  if (options.micro_batch == 1) return true;
  throw OptionError("partition",
                    fmt::format("cost divides single samples; give --micro-batch 1 in place of {}",
                                options.micro_batch));
}

void check_batches(const JobOptions& options, std::int64_t samples, bool by_cost) {
  if (options.global_batch > samples) {
    throw OptionError("global-batch",
                      fmt::format("{} samples, but the dataset has only {}; give fewer",
                                  options.global_batch, samples));
  }
  if (options.global_batch % options.micro_batch != 0) {
    const std::int64_t below = options.global_batch / options.micro_batch * options.micro_batch;
    throw OptionError(
        "global-batch",
        fmt::format("{} is not a multiple of --micro-batch {}; give {}{}", options.global_batch,
                    options.micro_batch, below > 0 ? fmt::format("{} or ", below) : "",
                    below + options.micro_batch));
  }
  if (options.global_batch / options.micro_batch > most_micro_batches_a_batch) {
    throw OptionError(
        "global-batch",
        fmt::format("{} samples are more than {} micro-batches of {}; give at most {}{}",
                    options.global_batch, most_micro_batches_a_batch, options.micro_batch,
                    most_micro_batches_a_batch * options.micro_batch,
                    by_cost ? "" : ", or a larger --micro-batch"));
  }
}

void check_min_batch(const JobOptions& options) {
  if (!options.min_batch) return;
  if (options.max_batch && *options.min_batch > *options.max_batch) {
    throw OptionError("min-batch", fmt::format("{} is above --max-batch {}; give less",
                                               *options.min_batch, *options.max_batch));
  }
}

std::int64_t most_micro_batches(const JobOptions& options, std::int32_t workers,
                                std::int64_t whole) {
  if (!options.max_batch) return whole;
  const std::int64_t most = *options.max_batch / options.micro_batch;
  if (most < 1) {
    throw OptionError("max-batch", fmt::format("{} is below --micro-batch {}; give more",
                                               *options.max_batch, options.micro_batch));
  }
  if (most < (whole + workers - 1) / workers) {
    throw OptionError(
        "max-batch",
        fmt::format("{} of at most {} samples cannot take --global-batch {}; give at "
                    "least {}, or a smaller --global-batch",
                    counted(workers, "worker"), most * options.micro_batch, options.global_batch,
                    (whole + workers - 1) / workers * options.micro_batch));
  }
  return std::min(most, whole);
}

std::int64_t least_micro_batches(const JobOptions& options, std::int32_t workers,
                                 std::int64_t whole) {
  if (!options.min_batch) {
    if (workers <= whole) return 1;
    throw OptionError("global-batch",
                      fmt::format("{} samples in micro-batches of {} are too few for {}; "
                                  "give at least {}, or --min-batch 0 to leave workers out",
                                  options.global_batch, options.micro_batch,
                                  counted(workers, "worker"), workers * options.micro_batch));
  }
  const std::int64_t m = options.micro_batch;
  const std::int64_t least = *options.min_batch / m + (*options.min_batch % m > 0 ? 1 : 0);
  if (least > whole / workers) {
    throw OptionError(
        "min-batch",
        fmt::format("{} of at least {} samples take more than --global-batch {}; give at "
                    "most {}",
                    counted(workers, "worker"), least > whole ? *options.min_batch : least * m,
                    options.global_batch, whole / workers * m));
  }
  return least;
}

std::int64_t steps_of_job(const JobOptions& options, const BatchLine& line) {
  if (!options.steps) {
    if (line.samples > most_samples / options.epochs) {
      throw OptionError("epochs",
                        fmt::format("{} of {} samples are more than can be counted; give fewer",
                                    options.epochs, line.samples));
    }
    return line.steps_an_epoch() * options.epochs;
  }
  const std::int64_t epochs = (*options.steps - 1) / line.steps_an_epoch() + 1;
  if (epochs > std::numeric_limits<std::int32_t>::max() || line.samples > most_samples / epochs) {
    throw OptionError("steps",
                      fmt::format("{} of {} samples are more than can be counted; give fewer",
                                  *options.steps, options.global_batch));
  }
  return *options.steps;
}

std::int64_t first_step_of_job(const JobOptions& options, const BatchLine& line) {
  const std::int64_t first_step = options.first_step.value_or(0);
  if (first_step < line.steps) return first_step;
  throw OptionError("first-step",
                    fmt::format("{} is beyond the job's last step, {}; give less, or more --{}",
                                first_step, line.steps - 1, options.steps ? "steps" : "epochs"));
}

}  // namespace

StepModeOptions checked_step_mode(const JobOptions& options, std::int32_t workers,
                                  std::int64_t samples) {
  StepModeOptions result;
  result.by_cost = divides_by_cost(options);
  check_batches(options, samples, result.by_cost);
  check_min_batch(options);
  result.line = {
      samples, options.global_batch, options.micro_batch, options.last == LastBatch::partial, 1, 0};
  result.line.steps = steps_of_job(options, result.line);
  result.line.first_step = first_step_of_job(options, result.line);
  const std::int64_t whole = result.line.micro_batches();
  result.most = most_micro_batches(options, workers, whole);
  result.least = least_micro_batches(options, workers, whole);
  result.baseline = options.baseline && options.replay.empty();
  return result;
}

}  // namespace evenkeel
