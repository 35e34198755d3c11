// What is told of a job while it runs, in either mode: for files, figures and tests.
#pragma once

#include "coordinator/outputs.h"

namespace evenkeel {

class JobObserver {
 public:
  virtual ~JobObserver() = default;
  virtual void on_span(const Span& /*span*/) {}
  virtual void on_event(const Event& /*event*/) {}
  virtual void on_plan(const PlanRecord& /*plan*/) {}
  virtual void on_set_aside(const SetAside& /*set_aside*/) {}
  virtual void on_checkpoint(const CheckpointRecord& /*checkpoint*/) {}

  // The job is over. Files are written out. Throws UserError.
  virtual void close() {}
};

}  // namespace evenkeel
