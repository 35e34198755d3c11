#include "momentum.h"

namespace evenkeel::digits {

Momentum::Momentum(const MomentumOptions& options, std::int64_t parameters)
    : options_(options), velocity_(Eigen::VectorXd::Zero(parameters)) {}

void Momentum::update(Eigen::VectorXd& parameters,
                      const Eigen::Ref<const Eigen::VectorXd>& gradient) {
  velocity_ = options_.momentum * velocity_ + gradient + options_.weight_decay * parameters;
  parameters -= options_.learning_rate * velocity_;
}

}  // namespace evenkeel::digits
