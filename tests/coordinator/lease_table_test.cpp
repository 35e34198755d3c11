#include "coordinator/lease_table.h"

#include <gtest/gtest.h>

#include <vector>

namespace evenkeel {
namespace {

Lease lease(std::uint64_t id) {
  Lease lease;
  lease.id = LeaseId(id);
  return lease;
}

std::vector<std::uint64_t> ids(const LeaseTable& table, int worker) {
  std::vector<std::uint64_t> ids;
  for (const Lease* lease = table.first(WorkerIndex(worker)); lease != nullptr;
       lease = table.first(WorkerIndex(worker), LeaseId(lease->id.value() + 1))) {
    ids.push_back(lease->id.value());
  }
  return ids;
}

// Worker 0 holds 1, 2, 4 and worker 1 holds 3.
LeaseTable example() {
  LeaseTable table(2);
  table.add(WorkerIndex(0), lease(1));
  table.add(WorkerIndex(0), lease(2));
  table.add(WorkerIndex(1), lease(3));
  table.add(WorkerIndex(0), lease(4));
  return table;
}

TEST(LeaseTable, KeepsTheLeasesOfEachWorkerInOrder) {
  const LeaseTable table = example();
  EXPECT_EQ(ids(table, 0), (std::vector<std::uint64_t>{1, 2, 4}));
  EXPECT_EQ(ids(table, 1), (std::vector<std::uint64_t>{3}));
}

TEST(LeaseTable, FindsALeaseOfItsWorkerOnly) {
  LeaseTable table = example();
  ASSERT_NE(table.find(WorkerIndex(0), LeaseId(2)), nullptr);
  EXPECT_EQ(table.find(WorkerIndex(0), LeaseId(2))->id, LeaseId(2));
  EXPECT_EQ(table.find(WorkerIndex(0), LeaseId(3)), nullptr);
  EXPECT_EQ(table.find(WorkerIndex(0), LeaseId(5)), nullptr);
}

TEST(LeaseTable, FindsTheFirstFromAnIdOn) {
  LeaseTable table = example();
  EXPECT_EQ(table.first(WorkerIndex(0), LeaseId(3))->id, LeaseId(4));
  EXPECT_EQ(table.first(WorkerIndex(0), LeaseId(5)), nullptr);
}

TEST(LeaseTable, RemovesFromTheFrontTheMiddleAndTheBack) {
  for (const std::uint64_t id : {1u, 2u, 4u}) {
    LeaseTable table = example();
    table.remove(WorkerIndex(0), LeaseId(id));
    EXPECT_EQ(table.find(WorkerIndex(0), LeaseId(id)), nullptr);
    EXPECT_EQ(ids(table, 0).size(), 2u);
    table.add(WorkerIndex(0), lease(5));
    EXPECT_EQ(ids(table, 0).size(), 3u);
    EXPECT_EQ(ids(table, 0).back(), 5u);
    EXPECT_EQ(ids(table, 1), (std::vector<std::uint64_t>{3}));
  }
}

TEST(LeaseTable, UsesTheRoomOfRemovedLeasesAgain) {
  LeaseTable table(1);
  table.add(WorkerIndex(0), lease(1));
  table.add(WorkerIndex(0), lease(2));
  const Lease* room = table.find(WorkerIndex(0), LeaseId(1));
  const Lease* other_room = table.find(WorkerIndex(0), LeaseId(2));
  table.remove(WorkerIndex(0), LeaseId(1));
  table.remove(WorkerIndex(0), LeaseId(2));
  table.add(WorkerIndex(0), lease(3));
  EXPECT_EQ(table.find(WorkerIndex(0), LeaseId(3)), other_room);
  table.add(WorkerIndex(0), lease(4));
  EXPECT_EQ(table.find(WorkerIndex(0), LeaseId(4)), room);
}

TEST(LeaseTable, BeginsAnewWhenAllAreRemoved) {
  LeaseTable table = example();
  for (const std::uint64_t id : {1u, 2u, 4u}) table.remove(WorkerIndex(0), LeaseId(id));
  EXPECT_EQ(table.first(WorkerIndex(0)), nullptr);
  table.add(WorkerIndex(1), lease(6));
  table.add(WorkerIndex(0), lease(7));
  table.add(WorkerIndex(1), lease(8));
  EXPECT_EQ(ids(table, 0), (std::vector<std::uint64_t>{7}));
  EXPECT_EQ(ids(table, 1), (std::vector<std::uint64_t>{3, 6, 8}));
}

}  // namespace
}  // namespace evenkeel
