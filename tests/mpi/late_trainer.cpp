// late_trainer MANIFEST SPANS REPORT RANK SECONDS WHERE START_WITH: a training program in which a
// rank comes late. A step takes two milliseconds. WHERE: `session`: it sleeps before its session
// begins, with the communicators made before; `world`: with nothing made before; `dies`: it ends
// itself there. START_WITH: workers; 0: all.
#include <mpi.h>

#include <chrono>
#include <csignal>
#include <cstdint>
#include <exception>
#include <iostream>
#include <optional>
#include <string>
#include <thread>
#include <utility>

#include "evenkeel/session.h"

namespace {

evenkeel::JobOptions options_of(char** argv) {
  evenkeel::JobOptions options;
  options.manifest = argv[1];
  options.spans = argv[2];
  options.reports = {argv[3]};
  if (const int workers = std::stoi(argv[7]); workers != 0) options.start_with = workers;
  options.step_samples = 20;
  options.show_progress = false;
  return options;
}

void be_late(char** argv) {
  int rank = 0;
  MPI_Comm_rank(MPI_COMM_WORLD, &rank);
  if (rank != std::stoi(argv[4])) return;
  std::this_thread::sleep_for(std::chrono::duration<double>(std::stod(argv[5])));
  if (argv[6] == std::string("dies")) std::raise(SIGKILL);
}

int train(char** argv) {
  const evenkeel::JobOptions options = options_of(argv);
  std::optional<evenkeel::JobComm> comm;
  if (argv[6] != std::string("world")) comm.emplace(MPI_COMM_WORLD);
  be_late(argv);
  if (!comm) comm.emplace(MPI_COMM_WORLD);
  evenkeel::Session session(std::move(*comm), options);
  if (session.coordinates()) return session.serve().complete ? 0 : 1;
  std::int64_t steps = 0;
  for (; const auto step = session.next(); ++steps) {
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
    session.done(*step);
  }
  if (steps == 0) std::cout << session.files() << " files, nothing to do\n";
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  MPI_Init(&argc, &argv);
  int status = 2;
  try {
    if (argc > 7) status = train(argv);
  } catch (const evenkeel::UserError& error) {
    std::cerr << "late_trainer: " << error.what() << '\n';
  } catch (const evenkeel::SessionRefused&) {  // rank 0 says why
  }
  MPI_Finalize();
  return status;
}
