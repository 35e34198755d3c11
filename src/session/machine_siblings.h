// The ranks of this job on this machine, as /proc shows them, also before MPI_Init.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <optional>
#include <string>
#include <vector>

namespace evenkeel {

class MachineSiblings {
 public:
  // None: this process has not been started by PMIx, as mpirun and srun do.
  static std::optional<MachineSiblings> of_this_process();

  struct Process {
    pid_t id = 0;
    int rank = 0;
    bool is_stopped = false;
    bool is_program = false;  // runs the same program as this process
  };
  struct Look {
    std::vector<Process> stopped;  // of other ranks
    bool is_one_gone = false;      // as far as can be seen
    bool all_are_well() const { return stopped.empty() && !is_one_gone; }
  };
  // Reads the state of each process, but nothing else as long as all are well.
  Look look() const;

  // While all are well. The lower a rank is here, the more often it looks: all ranks of a machine
  // together look little more often than one would.
  std::chrono::seconds between_looks() const;

  // Whether all lower ranks that run this program here are stopped.
  bool is_first_at_work() const;

  // The stopped processes of stopped ranks, given all processes of all ranks. A rank is stopped if
  // its program is, or all its processes: not if only what it has started, or was started by, is.
  static std::vector<Process> of_stopped_ranks(const std::vector<Process>& all);

  // If all ranks of the job are on this machine: those that have no process. Otherwise none.
  std::vector<int> missing_ranks() const;

 private:
  MachineSiblings() = default;
  std::optional<int> rank_of(pid_t process) const;
  std::vector<Process> all() const;
  pid_t daemon() const;

  std::vector<std::string> job_;  // variables that the processes of this job have in common
  int own_rank_ = 0;
  int place_ = 0;       // among the ranks here
  int ranks_here_ = 0;  // 0: not known
  int ranks_ = 0;
  std::string program_;
  pid_t daemon_ = 0;  // the parent of all ranks here; 0: not known
};

}  // namespace evenkeel
