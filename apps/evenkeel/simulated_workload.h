// Sleeps as long as a worker of the cluster profile would take.
#pragma once

#include <cstdint>

#include "simulation/device.h"
#include "workload.h"

namespace evenkeel {

class SimulatedWorkload : public Workload {
 public:
  // `worker`: the profile's rank, from 0. One second of the profile takes `time_scale` seconds.
  // Cluster and session must outlive the workload.
  SimulatedWorkload(const Session& session, const ClusterProfile& cluster, int worker,
                    std::uint64_t seed, double time_scale);

  Fate work_on(const Step& step) override;
  void all_reduce() override;

 private:
  const Session& session_;
  const ClusterProfile& cluster_;
  SimulatedDevice device_;
  double time_scale_;
  Duration all_reduce_;
};

}  // namespace evenkeel
