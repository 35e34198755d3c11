#include "coordinator/batch_costs.h"

#include <optional>
#include <utility>

namespace evenkeel {
namespace {

class OrderedCosts {
 public:
  OrderedCosts(const Dataset& dataset, const OrderOptions& options, const BatchLine& line)
      : dataset_(&dataset), options_(options), line_(line) {}

  std::vector<double> operator()(std::int64_t step) {
    const Epoch epoch = line_.pass(step).epoch;
    if (!order_ || order_->first != epoch) {
      order_.emplace(epoch, EpochOrder(*dataset_, options_, epoch));
    }
    const Interval batch = line_.batch(step);
    std::vector<double> costs;
    costs.reserve(static_cast<std::size_t>(batch.samples()));
    for (Position at = batch.begin; at < batch.end; at = at + 1) {
      costs.push_back(order_->second.true_cost({at, at + 1}));
    }
    return costs;
  }

 private:
  const Dataset* dataset_;
  OrderOptions options_;
  BatchLine line_;
  std::optional<std::pair<Epoch, EpochOrder>> order_;
};

}  // namespace

BatchCosts batch_costs(const Dataset& dataset, const OrderOptions& order,
                       const StepModeOptions& step) {
  BatchCosts costs{dataset.cost() / static_cast<double>(dataset.samples())};
  if (!step.by_cost) return costs;
  costs.highest = dataset.largest_sample_costs(1).front();
  costs.of_step = OrderedCosts(dataset, order, step.line);
  return costs;
}

}  // namespace evenkeel
