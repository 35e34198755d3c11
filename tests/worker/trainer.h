// A worker and the trainer that calls it: all that it says, as text.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "worker/lease_worker.h"

namespace evenkeel {

// One line a message, in order: "request", "lease 1: 0 to 20, 2 steps", the same with ", request",
// "trim 1: keeps lease 2 to 30, has seen 3", "lease 1: 20 to 30 failed at 2 s", "farewell: 2 s for
// grants, 1 s for the end".
using Words = std::vector<std::string>;

// Steps of ten samples, no warm-up, a report every second.
LeaseWorkerOptions options();

class Trainer {
 public:
  explicit Trainer(const LeaseWorkerOptions& options = evenkeel::options()) : worker_(options) {}

  // The coordinator's messages.
  void grant(std::uint64_t lease, std::int64_t begin, std::int64_t end, Duration at = {},
             Pass pass = pass_of(0), Duration kept_waiting = {});
  Words trim(std::uint32_t serial, std::int64_t samples);
  void fence(std::uint64_t last, Duration at = {});
  void receive(const LeaseMode::ToWorker& message, Duration at);
  Words finish(Duration at);
  Words leave(Duration at, const Leave& leave = {});
  Words call_checkpoint(std::string_view tag, Duration at);
  bool is_called() const { return is_called_; }
  Words show_life(Duration at);

  // Asks for a step; it is kept until it is done. Steps are done in order.
  Words take(Duration at);
  Words done(Duration at);
  Words failed(Duration at);

  // A step from its taking to its end, at one cost unit per sample.
  Words step(Duration from, Duration to);

  // "lease 1 of epoch 0: 0 to 10", or "none".
  const std::string& last_taken() const { return last_taken_; }

  // Everything said in the last call, field by field.
  const LeaseWorker::Outbox& outbox() const { return outbox_; }
  LeaseWorker& worker() { return worker_; }

 private:
  Words words() const;

  LeaseWorker worker_;
  WorkerOutbox<LeaseMode> outbox_;
  bool is_called_ = false;
  std::vector<LeasedStep> in_work_;
  std::string last_taken_ = "none";
};

}  // namespace evenkeel
