// A worker in lease mode.
#pragma once

#include "session/worker_host.h"
#include "session/worker_link.h"
#include "worker/worker.h"

namespace evenkeel {

class LeaseWorkerHost final : public WorkerHost {
 public:
  explicit LeaseWorkerHost(WorkerLink& link) : link_(link), worker_(link.terms().worker) {}

  std::optional<HostedStep> next() override;
  void loaded(const HostedStep& /*step*/) override {}
  void reached(const HostedStep& /*step*/) override {}
  void done(const HostedStep& step, std::optional<Duration> local_work) override;
  void pause(Duration expected) override;

 private:
  WorkerLink& link_;
  Worker worker_;
  WorkerOutbox outbox_;
};

}  // namespace evenkeel
