#include "balance/selector.h"

#include <gtest/gtest.h>

#include <vector>

namespace evenkeel {
namespace {

constexpr WorkerIndex first{0};
constexpr WorkerIndex second{1};
constexpr WorkerIndex third{2};

// Requests of cost 1, with nothing known of the workers but what is set here.
class Requests {
 public:
  Requests(Selector& selector, std::int32_t workers) : selector_(selector), views_(workers) {
    for (const WorkerIndex worker : views_.indices()) update(worker);
  }

  WorkerView& view(WorkerIndex worker) { return views_[worker]; }
  void update(WorkerIndex worker) { selector_.update(worker, views_[worker]); }

  std::vector<WorkerIndex> send(int count, double mean_rate = 0) {
    std::vector<WorkerIndex> taken;
    for (int i = 0; i < count; ++i) {
      const WorkerIndex worker = selector_.select(mean_rate);
      views_[worker].assigned_cost += 1;
      views_[worker].outstanding_cost += 1;
      update(worker);
      taken.push_back(worker);
    }
    return taken;
  }

 private:
  Selector& selector_;
  PerWorker<WorkerView> views_;
};

using Taken = std::vector<WorkerIndex>;

TEST(RoundRobinSelector, GoesRoundThoseThatLive) {
  RoundRobinSelector selector(3);
  Requests requests(selector, 3);
  EXPECT_EQ(requests.send(4), (Taken{first, second, third, first}));
  requests.view(second).alive = false;
  requests.update(second);
  EXPECT_EQ(requests.send(3), (Taken{third, first, third}));
}

TEST(RandomSelector, ChoosesAmongThoseThatLive) {
  RandomSelector selector(3, 7);
  Requests requests(selector, 3);
  requests.view(second).alive = false;
  requests.update(second);
  PerWorker<int> taken(3);
  for (const WorkerIndex worker : requests.send(1000)) ++taken[worker];
  EXPECT_GT(taken[first], 400);
  EXPECT_EQ(taken[second], 0);
  EXPECT_GT(taken[third], 400);
}

TEST(LeastSelector, AssignsInProportionToWeights) {
  LeastSelector selector(2, LeastSelector::Figure::assigned_by_weight);
  Requests requests(selector, 2);
  requests.view(second).weight = 2;
  requests.update(second);
  EXPECT_EQ(requests.send(6), (Taken{first, second, second, first, second, second}));
}

TEST(LeastSelector, PrefersTheWorkerThatWouldBeIdleFirst) {
  LeastSelector selector(2, LeastSelector::Figure::outstanding_time);
  Requests requests(selector, 2);
  requests.view(first) = {10, 1, 4, 100, true};
  requests.view(second) = {1, 1, 1, 0, true};
  requests.update(first);
  requests.update(second);
  EXPECT_EQ(requests.send(1, 5.5), (Taken{first}));  // 0.4 s or 1 s
  requests.view(second).outstanding_cost = 0;
  requests.update(second);
  EXPECT_EQ(requests.send(1, 5.5), (Taken{second}));
}

TEST(LeastSelector, AssumesTheMeanSpeedForUnmeasuredWorkers) {
  LeastSelector selector(2, LeastSelector::Figure::assigned_by_rate);
  Requests requests(selector, 2);
  requests.view(first) = {10, 1, 0, 20, true};
  requests.view(second) = {0, 1, 0, 19, true};
  requests.update(first);
  requests.update(second);
  EXPECT_EQ(requests.send(1, 10), (Taken{second}));  // 2 s or 1.9 s
  EXPECT_EQ(requests.send(1, 9), (Taken{first}));    // 2 s or 2.2 s
}

}  // namespace
}  // namespace evenkeel
