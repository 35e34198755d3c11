// Ends a job that cannot start: a rank is stopped, dead or cut off.
#pragma once

#include <condition_variable>
#include <mutex>
#include <thread>

#include "core/time.h"

namespace evenkeel {

// Until a job has started, its ranks wait for each other, in MPI_Init too, and nobody answers for
// one that is stopped or dead. So each rank looks after the others of its machine, in a thread:
// once one has been stopped, or gone, for 30 s, the job is ended, with a status other than 0. So it
// is after a limit, whatever the reason: see StalledStart. Time in which this rank is stopped
// itself does not count: a job that is suspended as a whole goes on.
class StartWatch {
 public:
  // The start begins, unless a watch is there already; and is over.
  StartWatch();
  ~StartWatch();
  StartWatch(const StartWatch&) = delete;
  StartWatch& operator=(const StartWatch&) = delete;

  // For the rest of the start, from now on.
  static void limit(Duration longest);
  static constexpr Duration until_all_met = std::chrono::hours(2);
  static constexpr Duration until_announced = std::chrono::hours(24);  // rank 0 reads a manifest
  static constexpr Duration until_told = std::chrono::hours(1);
  static constexpr Duration unlimited = Duration::max();

 private:
  void watch();

  std::mutex mutex_;
  std::condition_variable wakes_;
  bool is_over_ = false;
  std::thread thread_;  // none, if there is nobody to look after
};

}  // namespace evenkeel
