#include "cli/launch.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdlib>
#include <stdexcept>
#include <string_view>
#include <utility>

namespace evenkeel {
namespace {

using Clock = std::chrono::steady_clock;

constexpr auto patience = std::chrono::seconds(60);

// Reads from a child until it closes its end.
class Pipe {
 public:
  Pipe() {
    if (::pipe2(ends_.data(), O_CLOEXEC) != 0) throw std::runtime_error("pipe2 failed");
  }
  ~Pipe() {
    close_write_end();
    ::close(ends_[0]);
  }
  Pipe(const Pipe&) = delete;
  Pipe& operator=(const Pipe&) = delete;

  int read_end() const { return ends_[0]; }
  int write_end() const { return ends_[1]; }
  void close_write_end() {
    if (ends_[1] >= 0) ::close(ends_[1]);
    ends_[1] = -1;
  }

  // False at the end of the stream.
  bool read_into(std::string& text) const {
    std::array<char, 65536> buffer{};
    const ssize_t got = ::read(read_end(), buffer.data(), buffer.size());
    if (got > 0) text.append(buffer.data(), static_cast<std::size_t>(got));
    return got > 0;
  }

 private:
  std::array<int, 2> ends_{-1, -1};
};

// What exec takes: a null pointer ends the list.
std::vector<char*> pointers(std::vector<std::string>& strings) {
  std::vector<char*> result(strings.size() + 1, nullptr);
  std::transform(strings.begin(), strings.end(), result.begin(),
                 [](std::string& string) { return string.data(); });
  return result;
}

pid_t spawn(std::vector<std::string> command, const Pipe& out, const Pipe& err,
            const std::string& stdout_path) {
  posix_spawn_file_actions_t actions{};
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  if (stdout_path.empty()) {
    ::posix_spawn_file_actions_adddup2(&actions, out.write_end(), STDOUT_FILENO);
  } else {
    ::posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, stdout_path.c_str(), O_WRONLY, 0);
  }
  ::posix_spawn_file_actions_adddup2(&actions, err.write_end(), STDERR_FILENO);
  posix_spawnattr_t attributes{};
  ::posix_spawnattr_init(&attributes);
  ::posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP);

  pid_t child = 0;
  const int error = ::posix_spawnp(&child, command.front().c_str(), &actions, &attributes,
                                   pointers(command).data(), environ);
  ::posix_spawnattr_destroy(&attributes);
  ::posix_spawn_file_actions_destroy(&actions);
  if (error != 0) throw std::runtime_error("cannot start " + command.front());
  return child;
}

// Busy machines bring forth a fault of its PMIx at the end of a job, or a warning of its libevent.
bool is_of_mpirun(std::string_view line) {
  return line.starts_with("[warn] Epoll ") ||
         (line.starts_with('[') && line.find("] PMIX ERROR: ") != std::string_view::npos);
}

// The text without what mpirun says for itself: of ranks that leave with another status than 0, in
// paragraphs between two lines of dashes, and single lines.
std::string without_words_of_mpirun(std::string_view text) {
  const std::string dashes(70, '-');
  std::string kept;
  bool in_banner = false;
  while (!text.empty()) {
    const std::string_view line = text.substr(0, std::min(text.find('\n'), text.size() - 1) + 1);
    text.remove_prefix(line.size());
    if (line.starts_with(dashes)) {
      in_banner = !in_banner;
    } else if (!in_banner && !is_of_mpirun(line)) {
      kept += line;
    }
  }
  return kept;
}

}  // namespace

Finished launch(const std::vector<std::string>& command, const std::string& stdout_path) {
  Pipe out;
  Pipe err;
  const pid_t child = spawn(command, out, err, stdout_path);
  out.close_write_end();
  err.close_write_end();

  Finished finished;
  const auto deadline = Clock::now() + patience;
  std::array<pollfd, 2> streams{{{out.read_end(), POLLIN, 0}, {err.read_end(), POLLIN, 0}}};
  while (streams[0].fd >= 0 || streams[1].fd >= 0) {
    const auto left =
        std::chrono::duration_cast<std::chrono::milliseconds>(deadline - Clock::now());
    if (left.count() <= 0 || ::poll(streams.data(), streams.size(), int(left.count())) <= 0) {
      finished.timed_out = true;
      ::kill(-child, SIGKILL);
      break;
    }
    if (streams[0].revents != 0 && !out.read_into(finished.out)) streams[0].fd = -1;
    if (streams[1].revents != 0 && !err.read_into(finished.err)) streams[1].fd = -1;
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  finished.status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  return finished;
}

Finished launch_with_mpirun(int ranks, std::vector<std::string> command) {
  command.insert(command.begin(), {"-n", std::to_string(ranks)});
  return launch_with_mpirun(std::move(command));
}

Finished launch_with_mpirun(std::vector<std::string> command) {
  ::setenv("OMPI_MCA_orte_execute_quiet", "1", 1);  // Open MPI 4; 5 cannot be told to be quiet
  // Of a host whose interfaces have IPv6 addresses, Debian 13's Open MPI says otherwise that it
  // finds no way to a rank of the same host over TCP.
  ::setenv("OMPI_MCA_reachable", "weighted", 1);
  if (::geteuid() == 0) {
    ::setenv("OMPI_ALLOW_RUN_AS_ROOT", "1", 1);
    ::setenv("OMPI_ALLOW_RUN_AS_ROOT_CONFIRM", "1", 1);
  }
  command.insert(command.begin(), {std::string(MPIRUN_PROGRAM), "--oversubscribe"});
  Finished finished = launch(command);
  finished.err = without_words_of_mpirun(finished.err);
  return finished;
}

}  // namespace evenkeel
