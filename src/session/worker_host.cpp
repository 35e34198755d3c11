#include "session/worker_host.h"

#include "session/lease_worker_host.h"
#include "session/step_worker_host.h"
#include "transport/idle_wait.h"

namespace evenkeel {

std::optional<HostedStep> WorkerHost::next() {
  resume();
  IdleWait wait(IdleWait::patient);
  for (;;) {
    std::optional<HostedStep> step = take();
    if (step || over()) return step;
    wait.pause();
  }
}

CheckpointState WorkerHost::checkpoint(const CheckpointTag& tag) {
  if (!call_checkpoint(tag)) return CheckpointState::unrecorded;
  IdleWait wait(IdleWait::patient);
  for (;;) {
    if (const auto answer = take_checkpoint_answer()) return *answer;
    wait.pause();
  }
}

std::unique_ptr<WorkerHost> make_worker_host(WorkerLink& link) {
  if (link.terms().line) return std::make_unique<StepWorkerHost>(link);
  return std::make_unique<LeaseWorkerHost>(link);
}

}  // namespace evenkeel
