// A step-mode worker and the trainer that calls it: all that it says, as text.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "worker/step_worker.h"

namespace evenkeel {

// One line a message, in order: "steps 0 to 3", "request from 4 on, lead 2", "steps 0 to 3, request
// from 4 on, lead 2", "pause of 5 s", "farewell".
using Words = std::vector<std::string>;

// Batches of ten samples of a hundred, two a micro-batch, thirty steps; a report every second.
StepWorkerOptions step_options();

class StepTrainer {
 public:
  explicit StepTrainer(const StepWorkerOptions& options = step_options()) : worker_(options) {}

  // The next plan: this worker's part of the steps up to `end_step`.
  void plan(std::int64_t end_step, std::int64_t before = 0, std::int64_t count = 5);

  Words take(Duration at);
  Words done(Duration at, std::optional<Duration> local = std::nullopt, double cost = 10);
  void loaded(Duration at) { worker_.loaded(Instant(at)); }
  void reached(Duration at) { worker_.reached(Instant(at)); }
  Words pause(Duration expected, Duration at);
  Words leave(Duration at);
  Words call_checkpoint(std::string_view tag, Duration at);
  bool is_called() const { return is_called_; }
  Words show_life(Duration at);

  // Takes a step and does it: local work up to its end, and no all-reduce.
  Words step(Duration from, Duration to);

  // The step last taken: "step 3 of epoch 0: 32 to 38 of 30 to 40", or "none".
  const std::string& last_taken() const { return last_taken_; }

  // The first report said in the last call, field by field.
  const StepReport& report() const { return std::get<StepReport>(outbox_.at(0)); }
  StepWorker& worker() { return worker_; }

 private:
  Words words() const;

  StepWorker worker_;
  WorkerOutbox<StepMode> outbox_;
  bool is_called_ = false;
  std::uint32_t plans_ = 0;
  std::int64_t planned_until_ = 0;
  std::string last_taken_ = "none";
};

}  // namespace evenkeel
