// trainer DIRECTORY: reads every file of it, on as many workers as there are.
#include <evenkeel/session.h>
#include <mpi.h>

#include <fstream>
#include <iostream>
#include <iterator>

// Returns the bytes that this worker has read.
double read_all(evenkeel::Session& session) {
  double bytes = 0;
  while (const auto step = session.next()) {
    for (const evenkeel::Extent& extent : step->extents()) {
      std::ifstream file(session.path(extent.file));
      bytes += (double)std::distance(std::istreambuf_iterator<char>(file), {});
    }
    session.done(*step);
  }
  MPI_Allreduce(MPI_IN_PLACE, &bytes, 1, MPI_DOUBLE, MPI_SUM, session.workers());
  return bytes;
}

int main(int argc, char** argv) {
  MPI_Init(&argc, &argv);
  int status = 0;
  try {
    evenkeel::JobOptions options;
    options.manifest = argc == 2 ? argv[1] : "";
    options.step_samples = 1;
    evenkeel::Session session(MPI_COMM_WORLD, options);
    if (session.coordinates()) {
      status = session.serve().complete ? 0 : 1;
    } else {
      std::cout << "read " << read_all(session) << " bytes\n";
    }
  } catch (const evenkeel::SessionRefused&) {
    status = 2;
  } catch (const evenkeel::UserError& error) {
    std::cerr << error.what() << '\n';
    status = 2;
  }
  MPI_Finalize();
  return status;
}
