// plain_trainer MANIFEST SPANS REPORT DEADLINE_S MODE EPOCHS [FILE]: a training program as the
// guide has it, for tests in which its ranks die. A step takes two milliseconds. After its last
// step it waits until FILE exists.
#include <mpi.h>

#include <chrono>
#include <exception>
#include <filesystem>
#include <iostream>
#include <string>
#include <thread>

#include "evenkeel/session.h"

namespace {

int train(char** argv) {
  evenkeel::JobOptions options;
  options.manifest = argv[1];
  options.spans = argv[2];
  options.reports = {argv[3]};
  options.lease_deadline_s = std::stod(argv[4]);
  if (argv[5] == std::string("step")) options.mode = evenkeel::Mode::step;
  options.epochs = std::stoi(argv[6]);
  options.step_samples = 20;
  options.global_batch = 60;
  options.show_progress = false;
  evenkeel::Session session(MPI_COMM_WORLD, options);
  if (session.coordinates()) return session.serve().complete ? 0 : 1;
  while (const auto step = session.next()) {
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
    session.reached(*step);
    if (options.mode == evenkeel::Mode::step) MPI_Barrier(session.workers());
    session.done(*step);
  }
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  MPI_Init(&argc, &argv);
  int status = 2;
  try {
    if (argc > 6) status = train(argv);
  } catch (const evenkeel::UserError& error) {
    std::cerr << "plain_trainer: " << error.what() << '\n';
  } catch (const evenkeel::SessionRefused&) {  // rank 0 says why
  }
  while (argc > 7 && !std::filesystem::exists(argv[7])) {
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  }
  MPI_Finalize();
  return status;
}
