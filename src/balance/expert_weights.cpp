#include "balance/expert_weights.h"

#include <cmath>

namespace evenkeel {
namespace {

constexpr double rate = 0.5;

}  // namespace

void ExpertWeights::learn(const std::array<double, experts>& losses) {
  double sum = 0;
  for (std::size_t i = 0; i < experts; ++i) {
    weights_[i] *= std::exp(-rate * losses[i]);
    sum += weights_[i];
  }
  for (double& weight : weights_) weight = (1 - share) * weight / sum + share / experts;
}

}  // namespace evenkeel
