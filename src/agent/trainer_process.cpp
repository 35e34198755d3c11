#include "agent/trainer_process.h"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <system_error>
#include <thread>
#include <utility>

#include "agent/guard.h"

namespace evenkeel {
namespace {

// For a guard to end what is left, before it is killed, and the trainer with it.
constexpr std::chrono::seconds longest_end{40};
constexpr std::chrono::milliseconds look_again{2};

[[noreturn]] void fail(int error, const char* what) {
  throw std::system_error(error, std::generic_category(), what);
}

struct SocketPair {
  Descriptor ours;
  Descriptor theirs;
};

// Above the numbers of the guard's descriptors, so that duplicating one cannot close another.
SocketPair make_pair(int type) {
  constexpr int first_free = control_descriptor + 1;
  std::array<int, 2> ends{};
  if (::socketpair(AF_UNIX, type | SOCK_CLOEXEC, 0, ends.data()) != 0) fail(errno, "socketpair");
  const Descriptor first(ends[0]);
  const Descriptor second(ends[1]);
  SocketPair pair{Descriptor(::fcntl(ends[0], F_DUPFD_CLOEXEC, first_free)),
                  Descriptor(::fcntl(ends[1], F_DUPFD_CLOEXEC, first_free))};
  if (pair.ours.get() < 0 || pair.theirs.get() < 0) fail(errno, "socketpair");
  ::fcntl(pair.ours.get(), F_SETFL, O_NONBLOCK);
  return pair;
}

std::vector<char*> pointers_to(std::vector<std::string>& texts) {
  std::vector<char*> pointers;
  pointers.reserve(texts.size() + 1);
  for (std::string& text : texts) pointers.push_back(text.data());
  pointers.push_back(nullptr);
  return pointers;
}

}  // namespace

TrainerProcess::TrainerProcess(const TrainerCommand& command) {
  SocketPair stream = make_pair(SOCK_STREAM);
  SocketPair control = make_pair(SOCK_SEQPACKET);
  std::vector<std::string> arguments{command.guard, guard_argument, command.rank};
  arguments.insert(arguments.end(), command.arguments.begin(), command.arguments.end());
  std::vector<std::string> environment = command.environment;
  environment.push_back("EVENKEEL_FD=" + std::to_string(trainer_descriptor));

  std::vector<char*> argument_pointers = pointers_to(arguments);
  std::vector<char*> environment_pointers = pointers_to(environment);

  posix_spawn_file_actions_t actions{};
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_adddup2(&actions, stream.theirs.get(), trainer_descriptor);
  posix_spawn_file_actions_adddup2(&actions, control.theirs.get(), control_descriptor);
  // Signals to the agent's group do not reach it, not even SIGKILL, and none is blocked.
  posix_spawnattr_t attributes{};
  posix_spawnattr_init(&attributes);
  sigset_t none;
  sigemptyset(&none);
  posix_spawnattr_setsigmask(&attributes, &none);
  posix_spawnattr_setpgroup(&attributes, 0);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK);
  const int error = ::posix_spawn(&guard_, command.guard.c_str(), &actions, &attributes,
                                  argument_pointers.data(), environment_pointers.data());
  posix_spawn_file_actions_destroy(&actions);
  posix_spawnattr_destroy(&attributes);
  if (error != 0) fail(error, command.guard.c_str());
  socket_ = std::move(stream.ours);
  control_ = std::move(control.ours);
}

TrainerProcess::~TrainerProcess() {
  control_.reset();  // the guard kills what is left
  const auto kill_guard_at = std::chrono::steady_clock::now() + longest_end;
  while (::waitpid(guard_, nullptr, WNOHANG) == 0) {
    const bool is_late = std::chrono::steady_clock::now() >= kill_guard_at;
    ::kill(guard_, is_late ? SIGKILL : SIGCONT);
    std::this_thread::sleep_for(look_again);
  }
}

std::optional<TrainerEvent> TrainerProcess::next_event() {
  if (is_gone_) return std::nullopt;
  TrainerEvent event;
  const ssize_t size = ::recv(control_.get(), &event, sizeof(event), 0);
  if (size < 0 && (errno == EAGAIN || errno == EINTR)) return std::nullopt;
  // A guard that ends without an event has been killed, and the trainer with it.
  if (size != sizeof(event)) event = {TrainerEventKind::gone, 0};
  is_gone_ = event.kind == TrainerEventKind::gone;
  return event;
}

void TrainerProcess::signal(int number) {
  const std::int32_t packet = number;
  if (!is_gone_) ::send(control_.get(), &packet, sizeof(packet), MSG_NOSIGNAL);
  wake_guard();
}

void TrainerProcess::wake_guard() {
  if (!is_gone_) ::kill(guard_, SIGCONT);
}

}  // namespace evenkeel
