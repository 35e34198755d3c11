#include "session/job_end.h"

#include <dlfcn.h>
#include <poll.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdio>
#include <iostream>
#include <thread>

#include "session/launcher.h"

namespace evenkeel {
namespace {

// For the launcher to end this process, once it was told to end the job.
constexpr std::chrono::seconds longest_end{30};

// In PMIx, which Open MPI, its mpirun and Slurm share. MPI_Abort does the same, but prints a banner
// and cannot be called in MPI_Finalize.
using Abort = int (*)(int status, const char* message, void* ranks, std::size_t count);

struct Push {
  int after_ms;
  int signal;
};

// mpirun ends in good order at the first signal, and at once at a second one within five seconds.
constexpr std::array<Push, 3> pushes{{{20'000, SIGTERM}, {4'000, SIGTERM}, {6'000, SIGKILL}}};

// A process of its own, as mpirun may end this one; its parent may have had other threads.
[[noreturn]] void push(int launcher) {
  ::setsid();
  ::syscall(SYS_close_range, 0, launcher - 1, 0);
  ::syscall(SYS_close_range, launcher + 1, ~0U, 0);
  for (const int number : {SIGTERM, SIGINT, SIGHUP, SIGALRM}) ::signal(number, SIG_IGN);
  for (const Push& next : pushes) {
    pollfd ended{launcher, POLLIN, 0};
    if (::poll(&ended, 1, next.after_ms) != 0) break;
    ::syscall(SYS_pidfd_send_signal, launcher, next.signal, nullptr, 0);
  }
  ::_exit(0);
}

}  // namespace

void end_job(int status) {
  std::cout.flush();
  std::fflush(nullptr);
  limit_launcher();
  if (const auto abort = reinterpret_cast<Abort>(::dlsym(RTLD_DEFAULT, "PMIx_Abort"))) {
    if (abort(status, "", nullptr, 0) == 0) std::this_thread::sleep_for(longest_end);
  }
  ::_exit(status);
}

void limit_launcher() {
  const pid_t launcher = Launcher::process();
  if (launcher <= 0) return;
  const auto handle = static_cast<int>(::syscall(SYS_pidfd_open, launcher, 0));
  if (handle <= 0) return;
  if (::_Fork() == 0) push(handle);
  ::close(handle);
}

}  // namespace evenkeel
