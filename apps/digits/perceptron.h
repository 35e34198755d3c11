// A multilayer perceptron that classifies handwritten digits: pixels → hidden layer (tanh) → one
// probability per digit (softmax), in double precision.
#pragma once

#include <Eigen/Core>
#include <cstdint>
#include <span>

#include "digits_data.h"

namespace evenkeel::digits {

// The contribution of some samples to the gradient, in one vector, so that one all-reduce sums it
// over workers.
class GradientSum {
 public:
  explicit GradientSum(std::int64_t parameters);

  // The parameters' gradient, summed over the samples.
  Eigen::VectorBlock<Eigen::VectorXd> gradient() { return sums_.head(sums_.size() - 2); }
  double& loss() { return sums_(sums_.size() - 2); }  // cross-entropy, nats, summed
  double& samples() { return sums_(sums_.size() - 1); }

  // The whole vector, for the all-reduce.
  std::span<double> numbers() { return {sums_.data(), static_cast<std::size_t>(sums_.size())}; }
  void clear() { sums_.setZero(); }

 private:
  Eigen::VectorXd sums_;
};

struct PerceptronOptions {
  std::int64_t hidden = 64;  // units of the hidden layer; at least 1
  double dropout = 0;        // probability that a hidden unit is left out; in [0, 1)
  std::uint64_t seed = 0;    // of the first parameters
};

class Perceptron {
 public:
  explicit Perceptron(const PerceptronOptions& options);

  // Weights and biases of both layers in one vector.
  const Eigen::VectorXd& parameters() const { return parameters_; }
  Eigen::VectorXd& parameters() { return parameters_; }

  // Adds the contribution of the samples. Any division of the same samples into calls gives the
  // same sum up to rounding: `dropout_seeds`, one per sample, decide which units are dropped.
  void add_gradient(const Digits& samples, std::span<const std::uint64_t> dropout_seeds,
                    GradientSum& sum) const;

  // The accuracy without dropout, 0 to 1. Precondition: there is at least one sample.
  double accuracy(const Digits& samples) const;

 private:
  struct Layer {
    std::int64_t first;    // in the vector of parameters
    std::int64_t inputs;   // columns of the weights
    std::int64_t outputs;  // rows of the weights, which as many biases follow
    std::int64_t end() const { return first + outputs * (inputs + 1); }
  };

  void draw_weights(const Layer& layer, std::uint64_t seed);
  Eigen::MatrixXd outputs_of(const Layer& layer, const Eigen::MatrixXd& inputs) const;
  Eigen::MatrixXd kept(std::span<const std::uint64_t> dropout_seeds) const;

  double dropout_;
  Layer hidden_;
  Layer output_;
  Eigen::VectorXd parameters_;
};

// Seeds that depend on a sample's place in the training run, not on its worker. `step` counts over
// the whole run.
std::uint64_t dropout_seed(std::uint64_t seed, std::int64_t epoch, std::int64_t step,
                           std::int64_t sample);

}  // namespace evenkeel::digits
