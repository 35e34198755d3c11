// Sleeps as long as a worker of the cluster profile would take.
#pragma once

#include <cstdint>

#include "simulation/device.h"
#include "workload.h"

namespace evenkeel {

class SimulatedWorkload : public Workload {
 public:
  // One second of the profile takes `time_scale` seconds. Profile and session must outlive the
  // workload.
  SimulatedWorkload(const Session& session, const RankProfile& profile, std::uint64_t seed,
                    double time_scale);

  Fate work_on(const Step& step) override;

 private:
  const Session& session_;
  SimulatedDevice device_;
  double time_scale_;
};

}  // namespace evenkeel
