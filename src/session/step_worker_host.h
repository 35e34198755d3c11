// A worker in step mode.
#pragma once

#include <string_view>

#include "session/worker_host.h"
#include "session/worker_link.h"
#include "worker/step_worker.h"

namespace evenkeel {

class StepWorkerHost final : public WorkerHost {
 public:
  explicit StepWorkerHost(WorkerLink& link)
      : link_(link), worker_({*link.terms().line, link.terms().worker.report_interval}) {}

  std::optional<HostedStep> take() override;
  bool has_step() override;
  bool over() const override { return worker_.finished(); }
  JobEnd end() const override { return worker_.given_up() ? JobEnd::given_up : JobEnd::complete; }
  void loaded(const HostedStep& step) override;
  void reached(const HostedStep& step) override;
  void done(const HostedStep& step, const MeasuredStep& measured) override;
  void failed(const HostedStep& step) override;
  void pause(Duration expected) override;
  void resume() override { worker_.resume(link_.clock().now()); }
  void show_life() override;
  bool call_checkpoint(const CheckpointTag& tag) override;
  std::optional<CheckpointState> take_checkpoint_answer() override;
  void leave() override;

 private:
  void receive_all();
  void require_in_work(const HostedStep& step, std::string_view what) const;

  WorkerLink& link_;
  StepWorker worker_;
  WorkerOutbox outbox_;
};

}  // namespace evenkeel
