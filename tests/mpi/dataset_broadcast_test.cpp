// The dataset on its way to all ranks, which lie on one machine or are taken to lie on several.
#include "session/dataset_broadcast.h"

#include <gtest/gtest.h>
#include <mpi.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <bit>
#include <cstdint>
#include <fstream>
#include <functional>
#include <memory>
#include <optional>
#include <sstream>
#include <string>
#include <vector>

#include "core/random.h"
#include "dataset/epoch_order.h"
#include "dataset/samples.h"

namespace evenkeel {
namespace {

Dataset example(const Dataset::MemorySource& memory) {
  Random random(5);
  return random_dataset(random, CostKind::by_file, 3000, 40, 64, memory);
}

// No descriptor can be made while it lives: neither memory that others share, nor a way to it.
class NoDescriptors {
 public:
  NoDescriptors() {
    ::getrlimit(RLIMIT_NOFILE, &limit_);
    const int first_free = ::dup(0);
    ::close(first_free);
    rlimit none = limit_;
    none.rlim_cur = static_cast<rlim_t>(first_free);
    ::setrlimit(RLIMIT_NOFILE, &none);
  }
  ~NoDescriptors() { ::setrlimit(RLIMIT_NOFILE, &limit_); }
  NoDescriptors(const NoDescriptors&) = delete;
  NoDescriptors& operator=(const NoDescriptors&) = delete;

 private:
  rlimit limit_{};
};

// The inode of the shared memory that the address lies in; 0: it lies in memory of this process.
std::int64_t shared_inode(const void* address) {
  const auto sought = std::bit_cast<std::uintptr_t>(address);
  std::ifstream maps("/proc/self/maps");
  for (std::string line; std::getline(maps, line);) {
    std::istringstream in(line);
    std::uintptr_t begin = 0;
    std::uintptr_t end = 0;
    char dash = 0;
    std::string permissions;
    std::string offset;
    std::string device;
    std::int64_t inode = 0;
    in >> std::hex >> begin >> dash >> end >> permissions >> offset >> device >> std::dec >> inode;
    if (begin <= sought && sought < end) return permissions.back() == 's' ? inode : 0;
  }
  return 0;
}

// Of all that a rank is told of its work: every extent and its cost, in pieces of odd lengths.
std::uint64_t hash_of_extents(const Dataset& dataset) {
  std::uint64_t hash = 0;
  const EpochOrder order(dataset, OrderOptions{.shuffle = Shuffle::block, .seed = 3}, Epoch(1));
  std::vector<Extent> extents;
  for (std::int64_t begin = 0; begin < dataset.samples(); begin += 97) {
    const Interval interval{Position(begin), Position(std::min(begin + 97, dataset.samples()))};
    extents.clear();
    order.extents(interval, extents);
    for (const Extent& extent : extents) {
      for (const std::int64_t part : {extent.file, extent.first, extent.count}) {
        hash = mix(hash ^ static_cast<std::uint64_t>(part));
      }
      const std::string path = dataset.path(extent.file).string();
      for (const char letter : path) {
        hash = mix(hash ^ static_cast<std::uint64_t>(letter));
      }
    }
    hash = mix(hash ^ std::bit_cast<std::uint64_t>(order.true_cost(interval)));
  }
  return hash;
}

class DatasetBroadcast : public testing::Test {
 protected:
  using OnRank = std::function<bool(int rank)>;

  // Broadcasts the example to groups of so many ranks each; on some ranks no descriptor can be had
  // meanwhile. Expects that every rank knows the same.
  void broadcast(int machine_ranks, const OnRank& has_no_descriptors) {
    const Machines machines(world_, world_.rank().value() / machine_ranks);
    MPI_Barrier(world_.get());  // what it opens for that is open
    {
      std::optional<NoDescriptors> limit;
      if (has_no_descriptors(world_.rank().value())) limit.emplace();
      dataset_ = broadcast_to(machines);
    }
    const std::uint64_t own = hash_of_extents(*dataset_);
    std::uint64_t first = own;
    MPI_Bcast(&first, 1, MPI_UINT64_T, 0, world_.get());
    EXPECT_EQ(own, first);
    inode_ = shared_inode(dataset_->packed().data());
    leader_inode_ = inode_;
    MPI_Bcast(&leader_inode_, 1, MPI_INT64_T, 0, machines.own().get());
  }

  std::shared_ptr<const Dataset> broadcast_to(const Machines& machines) {
    const auto packed_bytes = static_cast<std::size_t>(example(Dataset::heap).packed().size());
    if (world_.rank() != Rank(0)) return receive_dataset(machines, packed_bytes);
    const SharedMemory memory(packed_bytes);
    auto dataset = std::make_shared<const Dataset>(
        example([&](std::size_t /*bytes*/) { return memory.memory(); }));
    broadcast_dataset(machines, *dataset, memory);
    return dataset;
  }

  const Communicator world_ = Communicator::duplicate(MPI_COMM_WORLD);
  std::shared_ptr<const Dataset> dataset_;
  std::int64_t inode_ = 0;  // where it lies, here and on the rank that leads this machine
  std::int64_t leader_inode_ = 0;
};

bool nowhere(int /*rank*/) { return false; }

TEST_F(DatasetBroadcast, LeavesOneCopyOnAMachine) {
  broadcast(world_.size(), nowhere);
  EXPECT_NE(inode_, 0);
  EXPECT_EQ(inode_, leader_inode_);
}

TEST_F(DatasetBroadcast, LeavesOneCopyOnEachOfSeveralMachines) {
  broadcast(2, nowhere);
  EXPECT_NE(inode_, 0);
  EXPECT_EQ(inode_, leader_inode_);
  std::int64_t rank_0_inode = inode_;
  MPI_Bcast(&rank_0_inode, 1, MPI_INT64_T, 0, world_.get());
  EXPECT_EQ(inode_ == rank_0_inode, world_.rank().value() < 2);
}

TEST_F(DatasetBroadcast, GivesEachItsCopyOnAMachineWhereOneCannotShare) {
  const int last = world_.size() - 1;
  broadcast(3, [last](int rank) { return rank == last; });
  const int rank = world_.rank().value();
  const bool leads = rank % 3 == 0;
  if (rank / 3 != last / 3) {
    EXPECT_NE(inode_, 0);
  } else if (!leads) {
    EXPECT_EQ(inode_, 0);
  }
}

TEST_F(DatasetBroadcast, GivesEachItsCopyWhereNoMemoryCanBeShared) {
  broadcast(3, [](int /*rank*/) { return true; });
  EXPECT_EQ(inode_, 0);
}

}  // namespace
}  // namespace evenkeel
