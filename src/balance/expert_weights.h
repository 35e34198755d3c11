// Weights of several predictors by the losses of their predictions: exponential weights
// (Cesa-Bianchi & Lugosi, Prediction, Learning, and Games, 2006, chapters 2 and 3). A fixed share
// is redistributed each time, so that another predictor can become the best (Herbster & Warmuth,
// Tracking the Best Expert, 1998).
//
// Losses are in [0, 1] and the rate is 1/2. If they are squared errors, those of the weighted mean
// exceed those of any sequence of experts with m changes by at most
//   2 (ln N + m ln(N / share) + n ln(1 / (1 − share)))
// in n predictions of N experts.
#pragma once

#include <array>
#include <cstddef>

namespace evenkeel {

class ExpertWeights {
 public:
  static constexpr std::size_t experts = 4;
  static constexpr double share = 0.005;

  // They add up to 1.
  double operator[](std::size_t expert) const { return weights_[expert]; }

  void learn(const std::array<double, experts>& losses);

 private:
  std::array<double, experts> weights_{0.25, 0.25, 0.25, 0.25};
};

}  // namespace evenkeel
