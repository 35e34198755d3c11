#include "perceptron.h"

#include <cmath>

#include "core/check.h"
#include "core/random.h"

namespace evenkeel::digits {
namespace {

using Matrix = Eigen::MatrixXd;
using Weights = Eigen::Map<const Matrix>;
using Biases = Eigen::Map<const Eigen::VectorXd>;

// Log probabilities, one column per sample; in place, safe from overflow.
void log_softmax(Matrix& scores) {
  scores.rowwise() -= scores.colwise().maxCoeff().eval();
  scores.rowwise() -= scores.array().exp().matrix().colwise().sum().array().log().matrix().eval();
}

}  // namespace

GradientSum::GradientSum(std::int64_t parameters) : sums_(Eigen::VectorXd::Zero(parameters + 2)) {}

Perceptron::Perceptron(const PerceptronOptions& options)
    : dropout_(options.dropout),
      hidden_{0, pixels_per_digit, options.hidden},
      output_{hidden_.end(), options.hidden, digit_classes},
      parameters_(Eigen::VectorXd::Zero(output_.end())) {
  EVENKEEL_CHECK(options.hidden >= 1 && options.dropout >= 0 && options.dropout < 1);
  draw_weights(hidden_, mix_pair(options.seed, 1));
  draw_weights(output_, mix_pair(options.seed, 2));
}

// Normal, with the variance that keeps signals of the same size from layer to layer (Glorot &
// Bengio 2010); biases are 0.
void Perceptron::draw_weights(const Layer& layer, std::uint64_t seed) {
  Random random(seed);
  const double deviation = std::sqrt(2.0 / static_cast<double>(layer.inputs + layer.outputs));
  for (double& weight : parameters_.segment(layer.first, layer.outputs * layer.inputs)) {
    weight = deviation * random.normal();
  }
}

Matrix Perceptron::outputs_of(const Layer& layer, const Matrix& inputs) const {
  const double* const first = parameters_.data() + layer.first;
  const Weights weights(first, layer.outputs, layer.inputs);
  const Biases biases(first + weights.size(), layer.outputs);
  Matrix outputs = weights * inputs;
  outputs.colwise() += biases;
  return outputs;
}

// A factor per hidden unit and sample: 0 if dropped, otherwise scaled to keep the mean.
Matrix Perceptron::kept(std::span<const std::uint64_t> dropout_seeds) const {
  Matrix factors(hidden_.outputs, static_cast<std::int64_t>(dropout_seeds.size()));
  for (std::size_t sample = 0; sample < dropout_seeds.size(); ++sample) {
    Random random(dropout_seeds[sample]);
    for (double& factor : factors.col(static_cast<std::int64_t>(sample))) {
      factor = random.uniform() < dropout_ ? 0 : 1 / (1 - dropout_);
    }
  }
  return factors;
}

void Perceptron::add_gradient(const Digits& samples, std::span<const std::uint64_t> dropout_seeds,
                              GradientSum& sum) const {
  const std::int64_t count = samples.samples();
  EVENKEEL_CHECK(count == static_cast<std::int64_t>(dropout_seeds.size()));
  if (count == 0) return;  // Eigen has no maximum of nothing

  const Matrix units = outputs_of(hidden_, samples.pixels).array().tanh();
  const Matrix factors = kept(dropout_seeds);
  const Matrix signals = units.cwiseProduct(factors);
  Matrix scores = outputs_of(output_, signals);
  log_softmax(scores);

  // The loss's derivative by each score: the probability, minus 1 for the right digit.
  Matrix score_gains = scores.array().exp();
  for (std::int64_t sample = 0; sample < count; ++sample) {
    const std::int32_t label = samples.labels[static_cast<std::size_t>(sample)];
    sum.loss() -= scores(label, sample);
    score_gains(label, sample) -= 1;
  }
  sum.samples() += static_cast<double>(count);

  const auto add = [&sum](const Layer& layer, const Matrix& gains, const Matrix& inputs) {
    double* const first = sum.gradient().data() + layer.first;
    Eigen::Map<Matrix> weights(first, layer.outputs, layer.inputs);
    Eigen::Map<Eigen::VectorXd> biases(first + weights.size(), layer.outputs);
    weights.noalias() += gains * inputs.transpose();
    biases += gains.rowwise().sum();
  };
  add(output_, score_gains, signals);

  const Weights output_weights(parameters_.data() + output_.first, output_.outputs, output_.inputs);
  Matrix unit_gains = output_weights.transpose() * score_gains;
  unit_gains.array() *= factors.array() * (1 - units.array().square());
  add(hidden_, unit_gains, samples.pixels);
}

double Perceptron::accuracy(const Digits& samples) const {
  const Matrix units = outputs_of(hidden_, samples.pixels).array().tanh();
  const Matrix scores = outputs_of(output_, units);
  std::int64_t right = 0;
  for (std::int64_t sample = 0; sample < samples.samples(); ++sample) {
    Eigen::Index best = 0;
    scores.col(sample).maxCoeff(&best);
    if (best == samples.labels[static_cast<std::size_t>(sample)]) ++right;
  }
  return static_cast<double>(right) / static_cast<double>(samples.samples());
}

std::uint64_t dropout_seed(std::uint64_t seed, std::int64_t epoch, std::int64_t step,
                           std::int64_t sample) {
  const auto word = [](std::int64_t value) { return static_cast<std::uint64_t>(value); };
  return mix_pair(mix_pair(seed, word(epoch)), mix_pair(word(step), word(sample)));
}

}  // namespace evenkeel::digits
