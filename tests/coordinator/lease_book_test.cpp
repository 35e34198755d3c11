#include "coordinator/lease_book.h"

#include <gtest/gtest.h>

#include "coordinator/conversation.h"
#include "coordinator/homes.h"
#include "dataset/samples.h"

namespace evenkeel {
namespace {

Interval interval(std::int64_t begin, std::int64_t end) { return {Position(begin), Position(end)}; }

Dataset dataset_of_two_hosts() {
  Manifest manifest = manifest_of({20, 40});
  manifest.hosts.add(0, "a");
  manifest.hosts.add(1, "b");
  return Dataset::cut(manifest, 20);
}

CoordinatorOptions options_for(const Dataset& dataset) {
  CoordinatorOptions options = options_of(PolicyKind::adaptive, 2);
  options.homes = homes_of(dataset, {"a", "b"});
  return options;
}

// A worker on host a, which has done what is there, holds two steps of those on b, which take it
// four times as long as at home. One on b holds the others.
class LeaseBookOfTwoHosts : public testing::Test {
 protected:
  LeaseBookOfTwoHosts()
      : cluster(2, {dataset.samples(), dataset.cost(), 10, Duration()}, 1),
        book(dataset, options_for(dataset), cluster) {
    for (const WorkerIndex worker : cluster.indices()) {
      cluster.set_home(worker, worker.value());
      cluster.set_alive(worker, true);
    }
    book.observe_away(far, 4);
    take(far, 20);
    book.finish(far, progress(1, 0, 20, Duration(), Duration(1)), out);
    take(near, 20);
    take(far, 80);
  }

  void take(WorkerIndex worker, std::int64_t samples) {
    Assignment assignment;
    assignment.worker = worker;
    assignment.samples = samples;
    book.grant(worker, book.take(assignment), std::nullopt);
  }

  const WorkerIndex far{0};
  const WorkerIndex near{1};
  const Dataset dataset = dataset_of_two_hosts();
  Cluster cluster;
  LeaseBook book;
  LeaseBook::Outbox out;
};

TEST_F(LeaseBookOfTwoHosts, KnowsWhatStepsCostThere) {
  const Lease* lease = book.first(far);
  EXPECT_EQ(lease->held(), interval(40, 60));
  EXPECT_NEAR(lease->held_cost, 80, 1e-9);
  EXPECT_NEAR(book.copyable(far)->cost, 40, 1e-9);
  EXPECT_FALSE(book.piece_for(near, *book.copyable(far)).is_away);
  EXPECT_TRUE(book.piece_for(far, *book.copyable(near)).is_away);
}

TEST_F(LeaseBookOfTwoHosts, CountsWhatHasFailedAsItIsAtHome) {
  book.fail(far, LeaseId(3), interval(40, 50), out);
  EXPECT_EQ(book.failed_steps().cost(), 10);
  book.take_back(far, Leave{1}, out);
  EXPECT_EQ(book.failed_steps().cost(), 20);
}

TEST_F(LeaseBookOfTwoHosts, LeavesTheRestToAHolderWhoseStepACopyHas) {
  const LeaseBook::NextStep step = *book.copyable(far);
  const LeaseId copy = book.grant_copy(near, far, book.piece_for(near, step));
  EXPECT_NEAR(book.find(near, copy)->held_cost, 10, 1e-9);
  book.fail(far, LeaseId(3), step.interval, out);
  EXPECT_EQ(book.first(far)->held(), interval(50, 60));
  EXPECT_NEAR(book.first(far)->held_cost, 40, 1e-9);
  book.check_invariants();
}

TEST_F(LeaseBookOfTwoHosts, LearnsWhatIsToBeTriedAgainCosts) {
  book.fail(far, LeaseId(3), interval(40, 50), out);
  book.learn_costs({{1, 3}});
  EXPECT_NEAR(book.failed_steps().cost(), 30, 1e-9);
}

TEST_F(LeaseBookOfTwoHosts, LearnsWhereWhatIsHeldIsAtHome) {
  Homes homes = options_for(dataset).homes;
  for (Homes::File& file : homes.files) file.home = 1 - file.home;
  book.learn_homes(homes);
  EXPECT_FALSE(book.first(far)->is_away);
  EXPECT_NEAR(cluster.worker(far).outstanding_cost, 20, 1e-9);
  EXPECT_TRUE(book.first(near)->is_away);
  EXPECT_NEAR(cluster.worker(near).outstanding_cost, 80, 1e-9);
  book.check_invariants();
}

}  // namespace
}  // namespace evenkeel
