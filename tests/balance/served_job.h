// A job as its policy sees it, set up number by number; the policy's answers are carried out as
// the coordinator would. A sample costs one unit.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <type_traits>
#include <utility>

#include "balance/policy.h"
#include "balance/policy_table.h"

namespace evenkeel {

inline PolicyOptions only(PolicyKind kind) { return {kind, {}, 0}; }

class ServedJob {
 public:
  ServedJob(const PolicyOptions& options, int workers, std::int64_t samples,
            std::int64_t step_samples = 1, std::int32_t warmup_steps = 0);

  // What the coordinator would tell its policy.
  void ask(int worker);
  void lose(int worker);     // what it holds is free again
  void restart(int worker);  // lost, and back in a new trainer, whose speed nobody knows
  void come_back(int worker);
  void measure(int worker, double rate);
  void report(int worker, std::int32_t steps, double busy_s);  // of its only lease
  void finish(int worker);                                     // everything it holds
  void give(int worker, std::int64_t samples);                 // in one lease, out of nothing
  void set_free(std::int64_t samples, Pass pass = pass_of(0));
  void set_free_work(const FreeWork& free) { cluster_.set_free_work(free); }

  // A change of the worker's numbers, as the coordinator would make it.
  template <typename Value>
  void change(int worker, void (Cluster::*set)(WorkerIndex, Value),
              std::type_identity_t<Value> value) {
    (cluster_.*set)(WorkerIndex(worker), value);
    tell_policy();
  }
  void works_since(int worker, Instant since);

  // Who gets how many samples; nobody: worker −1.
  using Given = std::pair<int, std::int64_t>;
  static constexpr Given nobody{-1, 0};
  Given serve(Instant now = {});

  // From whom how many samples are to be taken back.
  Given trim(Instant now = {});
  Given trim_ahead(Instant now = {});  // although there is free work

  const Policy& policy() const { return *policy_; }

 private:
  void tell_policy();
  Given carry_out(const std::optional<TrimRequest>& request);

  Cluster cluster_;
  std::unique_ptr<Policy> policy_;
};

}  // namespace evenkeel
