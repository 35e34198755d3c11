#include "session/machine_siblings.h"

#include <gtest/gtest.h>

#include <vector>

namespace evenkeel {
namespace {

using Process = MachineSiblings::Process;
using Ids = std::vector<pid_t>;

constexpr bool stopped = true;
constexpr bool at_work = false;
constexpr bool program = true;
constexpr bool other_program = false;

Ids of_stopped_ranks(const std::vector<Process>& all) {
  Ids ids;
  for (const Process& one : MachineSiblings::of_stopped_ranks(all)) ids.push_back(one.id);
  return ids;
}

TEST(StoppedRanks, AreNoneIfAllWork) {
  EXPECT_EQ(of_stopped_ranks({{10, 0, at_work, program}, {11, 1, at_work, other_program}}), Ids());
}

TEST(StoppedRanks, HaveAStoppedProgram) {
  EXPECT_EQ(of_stopped_ranks({{10, 0, at_work, program}, {11, 1, stopped, program}}), Ids{11});
}

TEST(StoppedRanks, MayHaveAWrapperThatWaits) {
  EXPECT_EQ(of_stopped_ranks({{11, 1, at_work, other_program}, {12, 1, stopped, program}}),
            Ids{12});
}

TEST(StoppedRanks, MayBeStoppedBeforeTheirProgram) {
  EXPECT_EQ(of_stopped_ranks({{10, 0, at_work, program}, {11, 1, stopped, other_program}}),
            Ids{11});
  EXPECT_EQ(of_stopped_ranks({{11, 1, stopped, other_program}, {12, 1, stopped, program}}),
            (Ids{11, 12}));
}

TEST(StoppedRanks, AreNotThoseWhoseWrapperOrHelperIsStopped) {
  EXPECT_EQ(of_stopped_ranks({{11, 1, stopped, other_program}, {12, 1, at_work, program}}), Ids());
  EXPECT_EQ(of_stopped_ranks({{12, 1, at_work, program}, {13, 1, stopped, program}}), Ids());
}

TEST(StoppedRanks, AreNotThoseOfAnotherProgramWhoseHelperIsStopped) {
  EXPECT_EQ(of_stopped_ranks({{11, 1, at_work, other_program}, {12, 1, stopped, other_program}}),
            Ids());
}

}  // namespace
}  // namespace evenkeel
