// A guard and a trainer, as real processes.
#include "agent/trainer_process.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <optional>
#include <sstream>
#include <string>

#include "agent/guard.h"

namespace evenkeel {
namespace {

TrainerCommand shell(const std::string& script) {
  return {{"sh", "-c", script}, {"PATH=/usr/bin:/bin"}, "3", GUARD_PROGRAM};
}

TrainerEvent await_event(TrainerProcess& trainer) {
  for (;;) {
    if (const auto event = trainer.next_event()) return *event;
    pollfd ready{trainer.events(), POLLIN, 0};
    ::poll(&ready, 1, -1);
  }
}

std::string await_line(const Descriptor& socket) {
  std::string line;
  while (line.empty() || line.back() != '\n') {
    pollfd ready{socket.get(), POLLIN, 0};
    ::poll(&ready, 1, -1);
    char byte = 0;
    if (::recv(socket.get(), &byte, 1, 0) != 1) break;
    line += byte;
  }
  return line;
}

bool is_alive(pid_t process) { return ::kill(process, 0) == 0 || errno != ESRCH; }

void expect_event(const TrainerEvent& event, TrainerEventKind kind, std::int32_t value) {
  EXPECT_EQ(event.kind, kind);
  EXPECT_EQ(event.value, value);
}

TEST(TrainerProcess, SpeaksOverTheDescriptorInItsEnvironment) {
  TrainerProcess trainer(shell("read line <&$EVENKEEL_FD; echo \"heard $line\" >&$EVENKEEL_FD"));
  const Descriptor socket = trainer.take_socket();
  ASSERT_EQ(::send(socket.get(), "hello\n", 6, 0), 6);
  EXPECT_EQ(await_line(socket), "heard hello\n");
  expect_event(await_event(trainer), TrainerEventKind::exited, 0);
  expect_event(await_event(trainer), TrainerEventKind::gone, 0);
  EXPECT_EQ(trainer.next_event(), std::nullopt);
}

TEST(TrainerProcess, ReportsHowTheTrainerEnds) {
  TrainerProcess exits(shell("exit 3"));
  expect_event(await_event(exits), TrainerEventKind::exited, 3);
  TrainerProcess killed(shell("kill -9 $$"));
  expect_event(await_event(killed), TrainerEventKind::killed, SIGKILL);
}

TEST(TrainerProcess, ReportsThatTheTrainerCannotBeStarted) {
  TrainerCommand command = shell("");
  command.arguments = {"/no/such/program"};
  TrainerProcess trainer(command);
  expect_event(await_event(trainer), TrainerEventKind::cannot_start, ENOENT);
  expect_event(await_event(trainer), TrainerEventKind::gone, 0);
}

TEST(TrainerProcess, ReportsStopAndContinue) {
  TrainerProcess trainer(shell("kill -STOP $$; read line <&9"));
  const Descriptor socket = trainer.take_socket();
  expect_event(await_event(trainer), TrainerEventKind::stopped, SIGSTOP);
  trainer.signal(SIGCONT);
  expect_event(await_event(trainer), TrainerEventKind::continued, 0);
  ASSERT_EQ(::send(socket.get(), "end\n", 4, 0), 4);
  expect_event(await_event(trainer), TrainerEventKind::exited, 0);
}

TEST(TrainerProcess, PassesSignalsOn) {
  TrainerProcess trainer(
      shell("trap 'exit 7' USR1; echo ready >&$EVENKEEL_FD; "
            "while :; do sleep 0.01; done"));
  const Descriptor socket = trainer.take_socket();
  await_line(socket);
  trainer.signal(SIGUSR1);
  expect_event(await_event(trainer), TrainerEventKind::exited, 7);
}

TEST(TrainerProcess, ReachesTheTrainerOfAStoppedGuard) {
  pid_t trainer_id = 0;
  {
    TrainerProcess trainer(
        shell("trap 'exit 7' USR1; echo $PPID $$ >&$EVENKEEL_FD; "
              "while :; do sleep 0.01; done"));
    const Descriptor socket = trainer.take_socket();
    std::istringstream ids(await_line(socket));
    pid_t guard = 0;
    ids >> guard >> trainer_id;
    ::kill(guard, SIGSTOP);
    trainer.signal(SIGUSR1);
    expect_event(await_event(trainer), TrainerEventKind::exited, 7);
    ::kill(guard, SIGSTOP);
    trainer.wake_guard();
    expect_event(await_event(trainer), TrainerEventKind::gone, 0);
  }
  EXPECT_FALSE(is_alive(trainer_id));
}

TEST(TrainerProcess, EndsTheTrainerOfAStoppedGuardWhenDestroyed) {
  pid_t trainer_id = 0;
  {
    TrainerProcess trainer(shell("trap '' TERM; echo $PPID $$ >&$EVENKEEL_FD; sleep 1000"));
    const Descriptor socket = trainer.take_socket();
    std::istringstream ids(await_line(socket));
    pid_t guard = 0;
    ids >> guard >> trainer_id;
    ::kill(guard, SIGSTOP);
  }
  EXPECT_FALSE(is_alive(trainer_id));
}

TEST(TrainerProcess, GivesTheTrainerAnEmptyStandardInput) {
  TrainerProcess trainer(shell("readlink /proc/self/fd/0 >&$EVENKEEL_FD"));
  const Descriptor socket = trainer.take_socket();
  EXPECT_EQ(await_line(socket), "/dev/null\n");
}

TEST(TrainerProcess, LeavesNothingBehindThatTheTrainerHasStarted) {
  TrainerProcess trainer(shell("setsid sleep 1000 & echo $! >&$EVENKEEL_FD"));
  const Descriptor socket = trainer.take_socket();
  const pid_t child = static_cast<pid_t>(std::stoi(await_line(socket)));
  expect_event(await_event(trainer), TrainerEventKind::exited, 0);
  expect_event(await_event(trainer), TrainerEventKind::gone, 0);
  EXPECT_FALSE(is_alive(child));
}

TEST(TrainerProcess, EndsTheTrainerWhenDestroyed) {
  pid_t trainer_id = 0;
  {
    TrainerProcess trainer(shell("trap '' TERM; echo $$ >&$EVENKEEL_FD; sleep 1000"));
    const Descriptor socket = trainer.take_socket();
    trainer_id = static_cast<pid_t>(std::stoi(await_line(socket)));
    EXPECT_TRUE(is_alive(trainer_id));
  }
  EXPECT_FALSE(is_alive(trainer_id));
}

TEST(TrainerProcess, UsesADescriptorNumberThatEveryShellCanName) {
  TrainerProcess trainer(shell("echo $EVENKEEL_FD >&9"));
  const Descriptor socket = trainer.take_socket();
  EXPECT_EQ(await_line(socket), "9\n");
}

TEST(TrainerProcess, HidesTheAgentsSocketsFromTheTrainer) {
  const Descriptor inherited(::fcntl(STDIN_FILENO, F_DUPFD, 50));  // as those of MPI are
  ASSERT_GE(inherited.get(), 50);
  TrainerProcess trainer(shell("ls /proc/self/fd | tr '\\n' ' ' >&9; echo >&9"));
  const Descriptor socket = trainer.take_socket();
  std::istringstream open(await_line(socket));
  for (int descriptor = 0; open >> descriptor;) EXPECT_LE(descriptor, trainer_descriptor);
}

}  // namespace
}  // namespace evenkeel
