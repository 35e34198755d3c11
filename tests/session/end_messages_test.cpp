#include "session/end_messages.h"

#include <gtest/gtest.h>

#include "coordinator/step_coordinator.h"

namespace evenkeel {
namespace {

TEST(UntoldText, NamesTheRanksAndTheRemedy) {
  EXPECT_EQ(untold_text({{Rank(1), Rank(3)}}, 4, "call it"),
            "ranks 1, 3 do not say where their local work ends, so evenkeel cannot tell waiting "
            "from work and cannot balance; before the all-reduce of each step, call it");
  EXPECT_TRUE(untold_text({{Rank(2)}}, 4, "").starts_with("rank 2 does not say where its local "));
}

TEST(UntoldText, NamesNoRanksIfAllAreMeant) {
  EXPECT_TRUE(untold_text({{Rank(0), Rank(1)}}, 2, "").starts_with("no rank says where its local"));
}

TEST(StalledText, SaysThatTrainersMayHaveToSayDone) {
  Manifest manifest;
  manifest.files.add("a", 100, FileTable::unknown_bytes, 100);
  const Dataset dataset = Dataset::cut(manifest, 10);
  CoordinatorOptions options;
  options.workers = 1;
  options.step.emplace();
  options.step->line = {100, 10, 1, true, 30, 3};
  options.step->most = 10;
  StepCoordinator coordinator(dataset, options);
  EXPECT_EQ(stalled_text(coordinator, instant_at(60)),
            "no message from any worker for 60 s at step 3 of 30: one hangs or has died, and the "
            "others wait for it in the all-reduce, or no trainer says done; the job cannot go on");
  StepReport report;
  report.first_step = report.planned_until = 3;
  report.wants_plan = true;
  StepCoordinator::Outbox out;
  coordinator.receive(Rank(1), report, instant_at(1), out);
  coordinator.wake(instant_at(2), out);
  report.steps = 1;
  report.planned_until = 4;
  report.cost = 10;
  report.times[0].cost = 10;
  report.last_end = instant_at(5);
  coordinator.receive(Rank(1), report, instant_at(5), out);
  EXPECT_EQ(stalled_text(coordinator, instant_at(60)),
            "no message from any worker for 55 s at step 4 of 30: one hangs or has died, and the "
            "others wait for it in the all-reduce; the job cannot go on");
}

}  // namespace
}  // namespace evenkeel
