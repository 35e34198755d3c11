#include "simulation/step_run.h"

#include <algorithm>
#include <utility>

namespace evenkeel {
namespace {

class Recorder final : public SimulationObserver {
 public:
  explicit Recorder(StepRun& run) : run_(run) {}

  void on_part(Rank rank, std::int64_t step, Pass pass, Interval part) override {
    run_.parts.push_back({step, part, rank, pass});
  }
  void on_span(const Span& span) override { run_.spans.push_back(span); }
  void on_event(const Event& event) override { run_.events.push_back(event); }

 private:
  StepRun& run_;
};

}  // namespace

StepRun run_steps(const Dataset& dataset, const ClusterProfile& cluster,
                  const CoordinatorOptions& options, std::uint64_t seed, int read_ahead) {
  StepRun run;
  Recorder recorder(run);
  run.result = simulate_steps(dataset, cluster, options, seed, read_ahead, &recorder);
  std::sort(run.parts.begin(), run.parts.end());
  std::sort(run.spans.begin(), run.spans.end(), [](const Span& a, const Span& b) {
    return std::pair(a.lease, a.interval.begin) < std::pair(b.lease, b.interval.begin);
  });
  return run;
}

}  // namespace evenkeel
