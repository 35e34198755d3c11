// How far each of several predictors is believed, by what its predictions have cost: exponential
// weights (Cesa-Bianchi & Lugosi, Prediction, Learning, and Games, 2006, chapters 2 and 3), of
// which a fixed share is dealt out anew each time, so that another can become the best one
// (Herbster & Warmuth, Tracking the Best Expert, 1998).
//
// Losses are in [0, 1] and the rate is 1/2: so if they are squared errors, those of the weighted
// mean prediction exceed those of any sequence of experts, m times another than before, by
//   2 (ln N + m ln(N / share) + n ln(1 / (1 − share)))
// at most, in n predictions of N experts.
#pragma once

#include <array>
#include <cstddef>

namespace evenkeel {

class ExpertWeights {
 public:
  static constexpr std::size_t experts = 4;
  static constexpr double share = 0.005;

  // Their sum is 1.
  double operator[](std::size_t expert) const { return weights_[expert]; }

  void learn(const std::array<double, experts>& losses);

 private:
  std::array<double, experts> weights_{0.25, 0.25, 0.25, 0.25};
};

}  // namespace evenkeel
