// A coordinator and its workers' words: every answer in full, as text.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "coordinator/lease_coordinator.h"

namespace evenkeel {

// One line an output, in order: "rank 1: lease 3 of epoch 0, 20 to 40", "rank 1: trim 1, 40
// samples", "rank 1: fence up to 3", "rank 1: finish", "span of rank 1: lease 3 of epoch 0, 20 to
// 40, 1 s to 2.5 s", "event: rank 1 lost, 20 samples", "event: rank 1 slower, 10 to 5", "rank 1:
// plan 2 of steps 4 to 9: 3 after 5", "set aside: epoch 0, 20 to 30", "rank 1: checkpoint 'a'
// pending", "event: rank 1 checkpoint 'a'", "record of 'a': 1 epochs 1:0-20, for rank 1".
using Words = std::vector<std::string>;

Words words_of(const CoordinatorOutbox<LeaseMode>& outbox);
Words words_of(const CoordinatorOutbox<StepMode>& outbox);

// Workers are ranks 1 and up; steps of ten samples; dataset order.
CoordinatorOptions options_of(PolicyKind policy, std::int32_t workers);

// One file, a cost unit a sample.
Dataset dataset_of(std::int64_t samples);

class Conversation {
 public:
  // The dataset must outlive the conversation.
  Conversation(const Dataset& dataset, const CoordinatorOptions& options)
      : coordinator_(dataset, options) {}

  // One message, or one look at the clock. Checks the coordinator's invariants.
  Words say(int rank, const LeaseMode::ToCoordinator& message, Duration at);
  Words wake(Duration at);

  // What is wrong with a message that no correct worker sends.
  std::string protest(int rank, const LeaseMode::ToCoordinator& message);

  std::optional<Duration> next_wake() const;
  WorkerRecord worker(int rank) const { return coordinator_.worker(Rank(rank)); }
  const LeaseCoordinator& coordinator() const { return coordinator_; }
  void begin_stop() { coordinator_.begin_stop(); }

 private:
  LeaseCoordinator coordinator_;
};

Report request();

// Steps done one after the other in this time, at one cost unit a sample.
Report progress(std::uint64_t lease, std::int64_t begin, std::int64_t end, Duration from,
                Duration to);

// The same, and a request.
Report progress_and_request(std::uint64_t lease, std::int64_t begin, std::int64_t end,
                            Duration from, Duration to);

Failed failure(std::uint64_t lease, std::int64_t begin, std::int64_t end, Duration at);

TrimAnswer answer(std::uint32_t serial, std::uint64_t kept, std::int64_t kept_end,
                  std::uint64_t last_seen);

}  // namespace evenkeel
