#include "coordinator/batch_costs.h"

#include <optional>
#include <utility>

namespace evenkeel {
namespace {

using CostOfSample = std::function<double(const EpochOrder&, Interval sample)>;

class OrderedCosts {
 public:
  OrderedCosts(const Dataset& dataset, const OrderOptions& options, const BatchLine& line,
               CostOfSample cost)
      : dataset_(&dataset), options_(options), line_(line), cost_(std::move(cost)) {}

  std::vector<double> operator()(std::int64_t step) {
    const Epoch epoch = line_.pass(step).epoch;
    if (!order_ || order_->first != epoch) {
      order_.emplace(epoch, EpochOrder(*dataset_, options_, epoch));
    }
    const Interval batch = line_.batch(step);
    std::vector<double> costs;
    costs.reserve(static_cast<std::size_t>(batch.samples()));
    for (Position at = batch.begin; at < batch.end; at = at + 1) {
      costs.push_back(cost_(order_->second, {at, at + 1}));
    }
    return costs;
  }

 private:
  const Dataset* dataset_;
  OrderOptions options_;
  BatchLine line_;
  CostOfSample cost_;
  std::optional<std::pair<Epoch, EpochOrder>> order_;
};

}  // namespace

BatchCosts batch_costs(const Dataset& dataset, const OrderOptions& order,
                       const StepModeOptions& step) {
  BatchCosts costs{dataset.cost() / static_cast<double>(dataset.samples())};
  if (!step.by_cost) return costs;
  costs.highest = dataset.largest_sample_costs(1).front();
  costs.of_step =
      costs_of_steps(dataset, order, step.line,
                     [](const EpochOrder& of, Interval sample) { return of.true_cost(sample); });
  return costs;
}

std::function<std::vector<double>(std::int64_t step)> costs_of_steps(const Dataset& dataset,
                                                                     const OrderOptions& order,
                                                                     const BatchLine& line,
                                                                     CostOfSample cost) {
  return OrderedCosts(dataset, order, line, std::move(cost));
}

}  // namespace evenkeel
