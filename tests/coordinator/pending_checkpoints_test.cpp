#include "coordinator/pending_checkpoints.h"

#include <gtest/gtest.h>

namespace evenkeel {
namespace {

const CheckpointTag a = CheckpointTag::from("a").value();
const CheckpointTag b = CheckpointTag::from("b").value();

// Every other position: no two of them are neighbours.
Interval apart(std::size_t n) {
  const auto begin = static_cast<std::int64_t>(2 * n);
  return {Position(begin), Position(begin + 1)};
}

TEST(PendingCheckpoints, AreVoidWhenOthersDoNotCallForThem) {
  PendingCheckpoints pending(2);
  pending.call(WorkerIndex(0), a);
  std::size_t done = 0;
  for (; done < PendingCheckpoints::most_intervals / 2; ++done) {
    EXPECT_TRUE(pending.progress(WorkerIndex(0), pass_of(0), apart(done)).empty());
  }
  pending.call(WorkerIndex(0), b);
  for (; done < PendingCheckpoints::most_intervals; ++done) {
    EXPECT_TRUE(pending.progress(WorkerIndex(0), pass_of(1), apart(done)).empty());
  }
  EXPECT_EQ(pending.progress(WorkerIndex(0), pass_of(1), apart(done)),
            std::vector<CheckpointTag>{a});
  EXPECT_FALSE(pending.empty());
}

TEST(PendingCheckpoints, AreNotVoidForWhatIsDoneBeforeACall) {
  PendingCheckpoints pending(2);
  pending.call(WorkerIndex(0), a);
  for (std::size_t done = 0; done <= PendingCheckpoints::most_intervals; ++done) {
    EXPECT_TRUE(pending.progress(WorkerIndex(1), pass_of(0), apart(done)).empty());
  }
}

}  // namespace
}  // namespace evenkeel
