// A step-mode coordinator and its workers' words: every answer in full, as text.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "coordinator/conversation.h"
#include "coordinator/step_coordinator.h"

namespace evenkeel {

// Workers are ranks 1 and up. Batches of ten samples of a hundred, one a micro-batch, thirty steps;
// any division; no warm-up and no baseline.
CoordinatorOptions step_options_of(std::int32_t workers);

class StepConversation {
 public:
  // The dataset must outlive the conversation.
  StepConversation(const Dataset& dataset, const CoordinatorOptions& options)
      : coordinator_(dataset, options) {}

  // One message, or one look at the clock.
  Words say(int rank, const StepMode::ToCoordinator& message, Duration at = {});
  Words wake(Duration at);

  // What is wrong with a message that no correct worker sends.
  std::string protest(int rank, const StepMode::ToCoordinator& message);

  std::optional<Duration> next_wake() const;
  WorkerRecord worker(int rank) const { return coordinator_.worker(Rank(rank)); }
  StepRecord steps() const { return *coordinator_.steps(); }
  const StepCoordinator& coordinator() const { return coordinator_; }

  // All that was wanted in the last call.
  const StepCoordinator::Outbox& outbox() const { return outbox_; }

 private:
  StepCoordinator coordinator_;
  StepCoordinator::Outbox outbox_;
};

// Asks for the steps from `planned_until` on.
StepReport plan_request(std::int64_t planned_until, std::int32_t lead_steps = 1);

// A step done at `end`, after so many seconds of local work and then of all-reduce.
StepReport one_step(std::int64_t step, float local_s, float reduce_s, float cost,
                    Duration end = {});

// The same of a trainer that does not say where its local work ends.
StepReport one_untold_step(std::int64_t step, float step_s, float cost, Duration end = {});

}  // namespace evenkeel
