#include "agent/trainer_place.h"

#include <gtest/gtest.h>

namespace evenkeel {
namespace {

using Variables = std::vector<std::string>;

Variables environment_from(const std::vector<const char*>& own) {
  std::vector<const char*> ended = own;
  ended.push_back(nullptr);
  return trainer_environment(ended.data(), {2, 8, 1, 4, "10.0.0.7", "4711", {}});
}

TEST(TrainerEnvironment, HasTheTrainersRank) {
  EXPECT_EQ(environment_from({"HOME=/root"}),
            (Variables{"HOME=/root", "RANK=2", "WORLD_SIZE=8", "LOCAL_RANK=1", "LOCAL_WORLD_SIZE=4",
                       "MASTER_ADDR=10.0.0.7", "MASTER_PORT=4711", "USE_LIBUV=0"}));
}

TEST(TrainerEnvironment, LeavesTheChoiceOfPyTorchsStoreToTheUser) {
  const Variables environment = environment_from({"USE_LIBUV=1"});
  EXPECT_EQ(environment.front(), "USE_LIBUV=1");
  EXPECT_EQ(environment.back(), "MASTER_PORT=4711");
}

TEST(TrainerEnvironment, ReplacesEarlierValues) {
  const Variables environment =
      environment_from({"RANK=9", "MASTER_PORT=1", "RANKING=kept", "NOT_RANK=kept"});
  EXPECT_EQ(Variables(environment.begin(), environment.begin() + 3),
            (Variables{"RANKING=kept", "NOT_RANK=kept", "RANK=2"}));
}

TEST(TrainerEnvironment, HidesTheRankFromAnMpiOfTheTrainersOwn) {
  const Variables environment = environment_from(
      {"OMPI_COMM_WORLD_RANK=1", "PMIX_RANK=1", "PMI_RANK=1", "PRTE_X=1", "COMPILER=gcc",
       "OMPI_ALLOW_RUN_AS_ROOT=1", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1"});
  EXPECT_EQ(Variables(environment.begin(), environment.begin() + 4),
            (Variables{"COMPILER=gcc", "OMPI_ALLOW_RUN_AS_ROOT=1",
                       "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1", "RANK=2"}));
}

}  // namespace
}  // namespace evenkeel
