// Sleeps as long as a worker of the cluster profile would take.
#pragma once

#include <string>

#include "evenkeel/options.h"
#include "simulation/device.h"
#include "transport/host_clock.h"
#include "workload.h"

namespace evenkeel {

class SimulatedWorkload : public Workload {
 public:
  // `worker`: the profile's rank, from 0; the first warns of long steps, for all. One second of the
  // profile takes `time_scale` seconds. Cluster, session and job must outlive the workload.
  SimulatedWorkload(Session& session, const ClusterProfile& cluster,
                    const std::string& profile_path, int worker, const JobOptions& job,
                    double time_scale);

  Fate work_on(const Step& step) override;
  void all_reduce() override;

 private:
  void wait_for_start() const;
  void warn(const std::string& profile_path, double step_cost) const;
  Fate work_until(HostClock::time_point end);
  double true_cost(const Step& step) const;
  double mean_stand_in_cost() const;
  double file_factor(std::int64_t file) const;

  Session& session_;
  const ClusterProfile& cluster_;
  const JobOptions& job_;
  std::string profile_path_;  // empty: nothing to warn of any more
  const RankProfile& profile_;
  SimulatedDevice device_;
  double time_scale_;
  Duration all_reduce_;
  double stand_in_cost_;
};

}  // namespace evenkeel
