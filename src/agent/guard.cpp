#include "agent/guard.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <system_error>
#include <thread>
#include <vector>

#include "agent/descriptor.h"
#include "agent/line_relay.h"
#include "agent/trainer_process.h"
#include "session/end_messages.h"

namespace evenkeel {
namespace {

using Clock = std::chrono::steady_clock;

// Time that left-over processes of a trainer have to end after SIGTERM.
constexpr std::chrono::milliseconds grace{1000};
constexpr std::chrono::milliseconds look_again{10};

// And then after SIGKILL, which waits for a file system that does not answer: they are left behind.
constexpr std::chrono::seconds longest_end{30};

// Enough reads to empty a pipe of the usual 64 KiB.
constexpr int reads_of_a_full_pipe = 16;

std::vector<pid_t> children() {
  std::vector<pid_t> found;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator("/proc", error)) {
    const pid_t process = std::atoi(entry.path().filename().c_str());
    std::ifstream file(entry.path() / "stat");
    std::string stat;
    std::getline(file, stat);
    const std::size_t name_end = stat.rfind(')');  // PID (NAME) S PPID; a name may contain anything
    if (process <= 0 || name_end == std::string::npos || name_end + 4 > stat.size()) continue;
    if (std::atoi(stat.c_str() + name_end + 4) == ::getpid()) found.push_back(process);
  }
  return found;
}

class Guard {
 public:
  Guard(const std::string& rank, char** command)
      : output_(begin_of_line(), STDOUT_FILENO),
        errors_(begin_of_line() + ("[" + rank + "] "), STDERR_FILENO) {
    ::prctl(PR_SET_CHILD_SUBREAPER, 1);
    sigset_t child_signal;
    sigemptyset(&child_signal);
    sigaddset(&child_signal, SIGCHLD);
    sigprocmask(SIG_BLOCK, &child_signal, &outer_mask_);
    child_events_ = Descriptor(::signalfd(-1, &child_signal, SFD_CLOEXEC | SFD_NONBLOCK));
    // Meant for the agent, which forwards what is meant for the trainer.
    for (const int number : {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGUSR1, SIGUSR2, SIGTSTP}) {
      ::signal(number, SIG_IGN);
    }
    ::signal(SIGPIPE, SIG_IGN);
    start(command);
  }

  int run() {
    while (trainer_ > 0) {
      std::array<pollfd, 4> ready{{{impatient_ ? -1 : control_descriptor, POLLIN, 0},
                                   {child_events_.get(), POLLIN, 0},
                                   {output_.from(), POLLIN, 0},
                                   {errors_.from(), POLLIN, 0}}};
      if (::poll(ready.data(), ready.size(), -1) < 0) continue;
      if (ready[2].revents != 0) output_.relay();
      if (ready[3].revents != 0) errors_.relay();
      if (ready[1].revents != 0) look_at_children();
      if (ready[0].revents != 0 && trainer_ > 0) obey();
    }
    end_the_rest();
    for (LineRelay* const stream : {&output_, &errors_}) {
      while (stream->relay()) {
      }
      stream->finish();
    }
    tell({TrainerEventKind::gone, 0});
    return 0;
  }

 private:
  void start(char** command) try {
    const Descriptor output_end = output_.open();
    const Descriptor errors_end = errors_.open();
    std::array<int, 2> failure{};
    if (::pipe2(failure.data(), O_CLOEXEC) != 0)
      throw std::system_error(errno, std::generic_category());
    const Descriptor failure_told(failure[0]);
    Descriptor failure_end(failure[1]);
    ::fcntl(control_descriptor, F_SETFD, FD_CLOEXEC);
    const pid_t guard = ::getpid();
    trainer_ = ::fork();
    if (trainer_ == 0) {
      ::dup2(output_end.get(), STDOUT_FILENO);
      ::dup2(errors_end.get(), STDERR_FILENO);
      become_trainer(guard, failure_end.get(), command);
    }
    const int fork_error = errno;
    ::close(trainer_descriptor);
    failure_end.reset();
    if (trainer_ < 0) return tell({TrainerEventKind::cannot_start, fork_error});
    int fault = 0;
    if (::read(failure_told.get(), &fault, sizeof(fault)) != sizeof(fault)) return;
    ::waitpid(trainer_, nullptr, 0);
    trainer_ = -1;
    tell({TrainerEventKind::cannot_start, fault});
  } catch (const std::system_error& error) {
    tell({TrainerEventKind::cannot_start, error.code().value()});
  }

  [[noreturn]] void become_trainer(pid_t guard, int failure, char** command) {
    ::setpgid(0, 0);
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);  // if the guard itself is killed
    if (::getppid() != guard) ::_exit(1);
    for (const int number :
         {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGUSR1, SIGUSR2, SIGTSTP, SIGPIPE}) {
      ::signal(number, SIG_DFL);
    }
    sigprocmask(SIG_SETMASK, &outer_mask_, nullptr);
    ::execvp(command[0], command);
    const int fault = errno;
    static_cast<void>(!::write(failure, &fault, sizeof(fault)));
    ::_exit(127);
  }

  void look_at_children() {
    signalfd_siginfo ignored{};
    while (::read(child_events_.get(), &ignored, sizeof(ignored)) > 0) {
    }
    int status = 0;
    pid_t child = 0;
    while ((child = ::waitpid(-1, &status, WNOHANG | WUNTRACED | WCONTINUED)) > 0) {
      if (child == trainer_) trainer_changed(status);
    }
  }

  void trainer_changed(int status) {
    if (WIFSTOPPED(status)) {
      tell({TrainerEventKind::stopped, WSTOPSIG(status)});
    } else if (WIFCONTINUED(status)) {
      tell({TrainerEventKind::continued, 0});
    } else {
      for (LineRelay* const stream : {&output_, &errors_}) {
        for (int read = 0; read < reads_of_a_full_pipe && stream->relay(); ++read) {
          // its last output, before its end is reported
        }
      }
      tell(WIFEXITED(status) ? TrainerEvent{TrainerEventKind::exited, WEXITSTATUS(status)}
                             : TrainerEvent{TrainerEventKind::killed, WTERMSIG(status)});
      group_ = trainer_;
      trainer_ = -1;
    }
  }

  void obey() {
    std::int32_t number = 0;
    const ssize_t size = ::recv(control_descriptor, &number, sizeof(number), MSG_DONTWAIT);
    if (size < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (size != sizeof(number)) {  // the agent has ended
      number = SIGKILL;
      impatient_ = true;
    }
    // The trainer may have left the process group that it was given.
    const bool group_is_there = ::kill(-trainer_, number) == 0;
    if (!group_is_there || number == SIGKILL) ::kill(trainer_, number);
  }

  // Also processes that have left the trainer's process group.
  void end_the_rest() {
    const Clock::time_point patience_ends = Clock::now() + grace;
    if (group_ > 0 && !impatient_) ::kill(-group_, SIGTERM);
    const Clock::time_point end = patience_ends + longest_end;
    while (::waitpid(-1, nullptr, WNOHANG) >= 0 && Clock::now() < end) {  // until none is left
      output_.relay();
      errors_.relay();
      if (impatient_ || Clock::now() >= patience_ends) {
        if (group_ > 0) ::kill(-group_, SIGKILL);
        for (const pid_t child : children()) ::kill(child, SIGKILL);
      }
      std::this_thread::sleep_for(look_again);
    }
  }

  static void tell(TrainerEvent event) {
    ::send(control_descriptor, &event, sizeof(event), MSG_NOSIGNAL);
  }

  LineRelay output_;
  LineRelay errors_;
  Descriptor child_events_;
  sigset_t outer_mask_{};
  pid_t trainer_ = -1;
  pid_t group_ = -1;        // the trainer's, once it has ended
  bool impatient_ = false;  // ends everything at once
};

}  // namespace

int run_guard(int argc, char** argv) {
  constexpr int command_at = 3;  // after PROGRAM guard-trainer RANK
  if (argc <= command_at || ::fcntl(control_descriptor, F_GETFD) < 0) return 2;
  ::close_range(control_descriptor + 1, ~0U, 0);  // sockets of the agent's MPI
  return Guard(argv[2], argv + command_at).run();
}

}  // namespace evenkeel
