#include "ledger/job_figures.h"

namespace evenkeel {

JobFigures figures_of(const JobCoordinator& coordinator, std::int64_t events_left_out) {
  const CoordinatorOptions& options = coordinator.options();
  JobFigures figures;
  figures.job = coordinator.job();
  figures.workers.reserve(static_cast<std::size_t>(options.workers));
  for (std::int32_t i = 0; i < options.workers; ++i) {
    figures.workers.push_back(coordinator.worker(Rank(options.first_worker.value() + i)));
  }
  figures.steps = coordinator.steps();
  figures.open = coordinator.open_spans();
  if (options.step) figures.steps_done = options.step->line.first_step + figures.job.steps;
  figures.events_left_out = events_left_out;
  return figures;
}

}  // namespace evenkeel
