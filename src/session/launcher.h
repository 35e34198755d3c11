// The program that has started this process as a rank, and what it supports.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace evenkeel {

// All checks of the launcher's kind are in this class.
class Launcher {
 public:
  enum class Kind : std::uint8_t {
    none,     // MPI would run as a job of one rank
    orterun,  // mpirun of Open MPI 4
    prterun,  // mpirun of Open MPI 5
    other,    // srun, smpirun, or the mpirun of another MPI
  };

  // This process's launcher, found from the environment alone.
  static Launcher of_this_process();

  bool exists() const { return kind_ != Kind::none; }

  // The option that lets the other ranks go on when one dies; empty if it was not given.
  std::string_view survival_option() const { return survival_option_; }
  bool survives_deaths() const { return !survival_option_.empty(); }

  // Whether ranks survive deaths, as far as can be seen, but are not told of them:
  // `--enable-recovery` with Open MPI 5, which tells them only under --with-ft ulfm.
  bool hides_survival() const;

  // If the launcher kills ranks earlier than so many seconds after SIGTERM: that, and what to set.
  std::optional<std::string> grace_remedy(double grace_s) const;

  // mpirun itself, if it runs on this machine and has started this process, also through others
  // such as a shell; otherwise 0.
  static pid_t process();

  // Whether that process starts ranks of its machine: mpirun itself, or its daemon there.
  static bool starts_ranks(pid_t process);

  // Whether it may have bound this rank to some of the processors that it may use itself.
  bool may_bind() const;

  // Call after a signal has ended the job, before the results are written. Once signalled itself,
  // Open MPI 5's mpirun stops forwarding output, and kills all ranks half a second later. If this
  // rank is its child, standard output and error become those of mpirun; otherwise they stay.
  void prepare_last_words() const;

 private:
  Launcher(Kind kind, std::string_view survival_option)
      : kind_(kind), survival_option_(survival_option) {}

  Kind kind_;
  std::string_view survival_option_;  // a literal
};

}  // namespace evenkeel
