// The start of a job on real ranks: when the workers have MPI, the job and their first steps, and
// what memory every rank then takes. scripts/bench/start runs it, on one machine.
//
//   mpirun ... start_on_ranks MANIFEST SHARD_SAMPLES BEGUN
//   start_on_ranks MANIFEST    what its bytes take to be read and parsed, and no more
//
// BEGUN: when mpirun was called, in seconds of CLOCK_REALTIME. Prints a line of JSON.
#include <fmt/format.h>
#include <mpi.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <fstream>
#include <string>
#include <vector>

#include "dataset/manifest.h"
#include "evenkeel/session.h"

namespace evenkeel {
namespace {

// Few steps, so that the job ends soon.
constexpr std::int64_t step_samples = 65536;

double now_s() {
  return std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
}

// "Rss: 1234 kB" in /proc/PID/smaps_rollup.
std::int64_t memory_kb(int process, const std::string& kind) {
  std::ifstream file(fmt::format("/proc/{}/smaps_rollup", process));
  for (std::string word; file >> word;) {
    std::int64_t kb = 0;
    if (word == kind && file >> kb) return kb;
  }
  return -1;
}

std::string list_of_memory(const std::vector<int>& processes, const std::string& kind) {
  std::vector<std::int64_t> kb;
  kb.reserve(processes.size());
  for (const int process : processes) kb.push_back(memory_kb(process, kind));
  return fmt::format("[{}]", fmt::join(kb, ", "));
}

void read(const char* manifest) {
  const double begun_s = now_s();
  const Manifest read = read_manifest(manifest);
  fmt::print("{{\"read_s\": {:.4f}, \"files\": {}}}\n", now_s() - begun_s, read.files.size());
}

void run(const JobOptions& options, double begun_s) {
  enum : std::size_t { has_mpi, has_job, has_step, moments };
  std::array<double, moments> own{};
  own[has_mpi] = now_s() - begun_s;
  int ranks = 0;
  MPI_Comm_size(MPI_COMM_WORLD, &ranks);
  std::vector<int> processes(static_cast<std::size_t>(ranks));
  const int process = ::getpid();
  MPI_Allgather(&process, 1, MPI_INT, processes.data(), 1, MPI_INT, MPI_COMM_WORLD);

  Session session(MPI_COMM_WORLD, options);
  if (session.coordinates()) {
    session.serve();
    return;
  }
  own[has_job] = now_s() - begun_s;
  auto step = session.next();
  own[has_step] = now_s() - begun_s;
  std::array<double, moments> last{};
  MPI_Reduce(own.data(), last.data(), static_cast<int>(moments), MPI_DOUBLE, MPI_MAX, 0,
             session.workers());
  int worker = 0;
  MPI_Comm_rank(session.workers(), &worker);
  if (worker == 0) {
    fmt::print(
        "{{\"mpi_s\": {:.4f}, \"job_s\": {:.4f}, \"first_step_s\": {:.4f}, \"rss_kb\": {}, "
        "\"pss_kb\": {}}}\n",
        last[has_mpi], last[has_job], last[has_step], list_of_memory(processes, "Rss:"),
        list_of_memory(processes, "Pss:"));
  }
  MPI_Barrier(session.workers());
  for (; step; step = session.next()) session.done(*step);
}

}  // namespace
}  // namespace evenkeel

int main(int argc, char** argv) {
  if (argc == 2) {
    evenkeel::read(argv[1]);
    return 0;
  }
  MPI_Init(&argc, &argv);
  if (argc == 4) {
    evenkeel::JobOptions options;
    options.manifest = argv[1];
    options.shard_samples = std::atoll(argv[2]);
    options.step_samples = evenkeel::step_samples;
    options.print_report = options.show_progress = false;
    evenkeel::run(options, std::atof(argv[3]));
  }
  MPI_Finalize();
}
