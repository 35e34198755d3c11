// Stochastic gradient descent with momentum and weight decay.
#pragma once

#include <Eigen/Core>
#include <cstdint>

namespace evenkeel::digits {

struct MomentumOptions {
  double learning_rate = 0.2;
  double momentum = 0.9;
  double weight_decay = 1e-3;  // of every parameter, added to its gradient
};

class Momentum {
 public:
  Momentum(const MomentumOptions& options, std::int64_t parameters);

  // Moves the parameters against the gradient, the mean over all samples of the step (Polyak 1964).
  void update(Eigen::VectorXd& parameters, const Eigen::Ref<const Eigen::VectorXd>& gradient);

  // The decayed sum of earlier gradients.
  const Eigen::VectorXd& velocity() const { return velocity_; }
  Eigen::VectorXd& velocity() { return velocity_; }

 private:
  MomentumOptions options_;
  Eigen::VectorXd velocity_;
};

}  // namespace evenkeel::digits
