// The ranks of this job on this machine, as /proc shows them, also before MPI_Init.
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <vector>

namespace evenkeel {

class MachineSiblings {
 public:
  // None: this process has not been started by PMIx, as mpirun and srun do.
  static std::optional<MachineSiblings> of_this_process();

  struct Process {
    pid_t id;
    int rank;
  };
  struct Look {
    std::vector<Process> stopped;  // of other ranks
    bool is_one_gone = false;      // as far as can be seen
  };
  // Reads the state of each process, but nothing else as long as all are well.
  Look look() const;

  // The ranks that have a process here that is not stopped, in order.
  std::vector<int> ranks_at_work() const;

  // If all ranks of the job are on this machine: those that have no process. Otherwise none.
  std::vector<int> missing_ranks() const;

  int own_rank() const { return own_rank_; }

 private:
  MachineSiblings() = default;
  std::optional<int> rank_of(pid_t process) const;
  std::vector<Process> all() const;
  pid_t daemon() const;

  std::vector<std::string> job_;  // variables that the processes of this job have in common
  int own_rank_ = 0;
  int ranks_here_ = 0;  // 0: not known
  int ranks_ = 0;
  std::string program_;
  pid_t daemon_ = 0;  // the parent of all ranks here; 0: not known
};

}  // namespace evenkeel
