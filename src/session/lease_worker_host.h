// A worker in lease mode.
#pragma once

#include "session/worker_host.h"
#include "session/worker_link.h"
#include "worker/message_looks.h"
#include "worker/worker.h"

namespace evenkeel {

class LeaseWorkerHost final : public WorkerHost {
 public:
  explicit LeaseWorkerHost(WorkerLink& link) : link_(link), worker_(link.terms().worker) {}

  std::optional<HostedStep> take() override;
  bool has_step() override;
  bool over() const override { return worker_.finished(); }
  JobEnd end() const override { return worker_.end(); }
  void loaded(const HostedStep& /*step*/) override {}
  void reached(const HostedStep& /*step*/) override {}
  void done(const HostedStep& step, const MeasuredStep& measured) override;
  void failed(const HostedStep& step) override;
  void pause(Duration expected) override;
  void resume() override {
    if (worker_.pauses()) worker_.resume(link_.clock().now());
  }
  void show_life() override;
  bool call_checkpoint(const CheckpointTag& tag) override;
  std::optional<CheckpointState> take_checkpoint_answer() override;
  void leave() override;

 private:
  void receive_all(Instant now);
  void receive_if_due();

  WorkerLink& link_;
  Worker worker_;
  WorkerOutbox outbox_;
  MessageLooks looks_;
};

}  // namespace evenkeel
