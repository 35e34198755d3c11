// The default policy: weighted and load-based. Leases are proportional to measured speed and shrink
// towards the end. No worker gets a step that others would have done sooner, and the workers that
// would finish last are trimmed.
#pragma once

#include <optional>

#include "balance/policy.h"
#include "balance/winner_tree.h"

namespace evenkeel {

class AdaptivePolicy final : public Policy {
 public:
  explicit AdaptivePolicy(const Cluster& cluster);

  void changed(const Cluster& cluster, WorkerIndex worker) override;
  std::optional<Assignment> assign(const Cluster& cluster, Instant now) override;
  std::optional<TrimRequest> trim(const Cluster& cluster, Instant now) override;
  std::optional<TrimRequest> trim_ahead(const Cluster& cluster, Instant now) override;
  std::optional<Instant> reconsider_at() const override { return reconsider_at_; }

 private:
  std::optional<Assignment> assign_early(const Cluster& cluster, Instant now);
  bool should_take_dear(const Cluster& cluster, WorkerIndex asker, Instant now) const;
  bool is_refused(const Cluster& cluster, WorkerIndex asker, double end_s, Instant now);
  bool others_do_it_by(const Cluster& cluster, WorkerIndex asker, double end_s, Instant now) const;
  std::optional<TrimRequest> late_work(const Cluster& cluster, WorkerIndex holder, double left_s,
                                       double now_s) const;
  double expected_finish_s(const Cluster& cluster, WorkerIndex holder, double now_s) const;
  void update_asker(const Cluster& cluster, WorkerIndex worker);
  void note_trim(const WorkerLoad& load, WorkerIndex worker);
  void update_holder(const Cluster& cluster, WorkerIndex worker);

  std::optional<WorkerIndex> first_asker(const Cluster& cluster, double now_s);

  // Askers. Key: the time of one step if they hold nothing; otherwise when they will have finished
  // what they hold and one step more.
  WinnerTree idle_askers_;
  WinnerTree busy_askers_;
  // Workers that ask during their first step, by the begin of that step.
  WinnerTree early_askers_;
  WinnerTree next_ends_;  // of holders: when they would have finished one step more
  WinnerTree holders_;    // to trim; keyed by −finish: the latest first
  int askers_count_ = 0;
  int trims_outstanding_ = 0;  // without those ahead
  enum class Trimming : std::uint8_t { no, yes, ahead };
  PerWorker<Trimming> trimming_;
  std::optional<WorkerIndex> trimmed_ahead_;  // just now
  std::optional<WorkerIndex> doubtful_;       // whose last report was far slower than expected
  WorkerIndex patrol_{0};                     // the next whose silence is looked at
  // Valid until then, unless there is more to do.
  struct Refusal {
    WorkerIndex worker;
    double cost;  // that the others do meanwhile
    Instant until;
  };
  std::optional<Refusal> refusal_;
  std::optional<Instant> reconsider_at_;
};

}  // namespace evenkeel
