// The program's entry point: picks the command, reports errors, and exits with its status.
#include <fcntl.h>
#include <fmt/ostream.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstring>
#include <iostream>
#include <optional>

#include "agent/guard.h"
#include "command.h"
#include "command_line.h"
#include "core/display_text.h"
#include "evenkeel/error.h"
#include "evenkeel/session.h"
#include "session/launcher.h"
#include "session/mpi_program.h"

namespace evenkeel {
namespace {

void complain(std::string_view line) { fmt::print(std::cerr, "evenkeel: {}\n", printable(line)); }

// If the caller has closed a standard stream, the first file opened here would get its descriptor
// and its output. Opening a full device instead makes writes fail.
void occupy_standard_streams() {
  for (const int descriptor : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
    if (::fcntl(descriptor, F_GETFD) < 0) static_cast<void>(::open("/dev/full", O_RDWR));
  }
}

// Under mpirun, what is not a job begins like one: other ranks may be about to do a job.
void begin(MpiProgram* mpi, std::string_view program) {
  if (mpi == nullptr) return;
  mpi->begin({{"program", std::string(program)}});
  mpi->start_is_over();  // rank 0 may be at work for hours, while the others wait in MPI_Finalize
}

ExitStatus run_program(const std::vector<std::string>& arguments, MpiProgram* mpi) {
  if (arguments.empty()) {
    begin(mpi, "evenkeel");
    try {
      help_program({"--help"});
    } catch (const TextRequested& request) {
      if (mpi == nullptr || mpi->rank() == 0) std::cerr << request.text();
    }
    return ExitStatus::bad_input;
  }
  const std::string& name = arguments.front();
  if (name.starts_with('-')) help_program(arguments);
  const Command& command = find_command(name);
  if (command.run != run_command) {
    begin(mpi, command.name);
    if (mpi != nullptr && mpi->rank() != 0) return ExitStatus::complete;
  }
  return command.run({command, {arguments.begin() + 1, arguments.end()}, mpi});
}

// As run_program(), but begins in any case.
ExitStatus run_on_ranks(const std::vector<std::string>& arguments, MpiProgram* mpi) {
  try {
    return run_program(arguments, mpi);
  } catch (const TextRequested&) {
    begin(mpi, "evenkeel --help");
    throw;
  } catch (const UserError& error) {
    if (mpi != nullptr) mpi->begin({}, error.what());
    throw;
  }
}

// Runs the command line. All ranks exit alike, and only rank 0 reports errors.
ExitStatus run_and_speak(const std::vector<std::string>& arguments, MpiProgram* mpi) {
  const bool speaks = mpi == nullptr || mpi->rank() == 0;
  ExitStatus status = ExitStatus::complete;
  try {
    status = run_on_ranks(arguments, mpi);
  } catch (const TextRequested& request) {
    if (speaks) std::cout << request.text();
  } catch (const SessionRefused&) {
    status = ExitStatus::bad_input;
  } catch (const UserError& error) {
    if (speaks) complain(error.what());
    status = ExitStatus::bad_input;
  }
  errno = 0;
  if (!std::cout.flush()) {
    complain(fmt::format("standard output: {}; the results are not complete",
                         errno == 0 ? "cannot be written" : std::strerror(errno)));
    status = ExitStatus::incomplete;
  }
  return status;
}

}  // namespace
}  // namespace evenkeel

int main(int argc, char** argv) {
  using namespace evenkeel;
  if (argc > 1 && std::strcmp(argv[1], guard_argument) == 0) return run_guard(argc, argv);
  occupy_standard_streams();
  std::signal(SIGPIPE, SIG_IGN);  // writing to a closed pipe is an error like any other
  std::signal(SIGXFSZ, SIG_IGN);  // likewise writing beyond the file size limit

  std::optional<MpiProgram> mpi;
  try {
    if (Launcher::of_this_process().exists()) mpi.emplace(argc, argv);
    return static_cast<int>(run_and_speak({argv + 1, argv + argc}, mpi ? &*mpi : nullptr));
  } catch (const JobGivenUp&) {
    // Already reported.
  } catch (const std::exception& error) {
    // Unexpected, or too late to refuse the job.
    const bool is_worker = mpi && mpi->rank() > 0;
    complain(is_worker ? fmt::format("rank {}: {}", mpi->rank(), error.what()) : error.what());
  }
  // The other ranks may wait for this one.
  if (mpi) mpi->abort(static_cast<int>(ExitStatus::incomplete));
  return static_cast<int>(ExitStatus::incomplete);
}
