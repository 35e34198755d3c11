// The command line of the trainer.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "evenkeel/session.h"
#include "momentum.h"
#include "perceptron.h"
#include "slowdown.h"

namespace evenkeel::digits {

enum class GradientRule : std::uint8_t {
  mean_of_samples,  // correct
  mean_of_workers,  // wrong if workers have different numbers of samples
};

struct TrainingOptions {
  PerceptronOptions model;
  MomentumOptions optimizer;
  GradientRule rule = GradientRule::mean_of_samples;
  std::int64_t micro_batch = 1;     // samples per call of the model
  std::int64_t work = 1;            // each sample takes this many times its arithmetic
  std::optional<double> sample_ms;  // a sample takes at least this long; instead of `work`
  std::optional<std::int32_t> evaluate_every;    // epochs
  std::optional<std::int64_t> checkpoint_every;  // steps; none: no checkpoints
  std::string checkpoints;                       // the folder for their models
  std::vector<Slowdown> slowdowns;
};

struct Options {
  JobOptions session;
  TrainingOptions training;
  std::string data;        // the folder written by scripts/digits-data
  std::string parameters;  // files for results; empty: none
  std::string record;
};

// Throws UserError for a bad option, and TextRequested for --help.
Options parse_options(const std::vector<std::string>& arguments);

}  // namespace evenkeel::digits
