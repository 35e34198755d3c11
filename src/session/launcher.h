// The program that has started this process as a rank, and what it permits.
#pragma once

#include <cstdint>
#include <string_view>

namespace evenkeel {

// All that is asked of a launcher is asked here: an `if` on its kind stands nowhere else.
class Launcher {
 public:
  enum class Kind : std::uint8_t {
    none,     // MPI would run as a job of a single rank
    orterun,  // mpirun of Open MPI 4
    prterun,  // mpirun of Open MPI 5
    other,    // srun, smpirun, or the mpirun of another MPI
  };

  // That of this process. Looks at the environment alone.
  static Launcher of_this_process();

  bool exists() const { return kind_ != Kind::none; }

  // The option that makes it let the other ranks go on when one dies; empty if it was not given.
  std::string_view survival_option() const { return survival_option_; }
  bool survives_deaths() const { return !survival_option_.empty(); }

  // Whether it does so, as far as can be seen, but has not told the ranks: `--enable-recovery` with
  // Open MPI 5, which tells them under --with-ft ulfm only.
  bool hides_survival() const;

  // Whether it may have bound this rank to a few of the processors that it has itself.
  bool may_bind() const;

  // Call when a signal has told the job to end, before the results are written. Open MPI 5's mpirun
  // forwards nothing more once it has been told so itself, and kills all ranks half a second after
  // that.
  // Where this rank is its child, standard output and error become those of mpirun; elsewhere, and
  // with other launchers, they stay what they are.
  void prepare_last_words() const;

 private:
  Launcher(Kind kind, std::string_view survival_option)
      : kind_(kind), survival_option_(survival_option) {}

  Kind kind_;
  std::string_view survival_option_;  // a literal
};

}  // namespace evenkeel
