// The trainer's entry point: reads the data, trains or coordinates, writes results, reports errors.
#include <fmt/format.h>
#include <fmt/ostream.h>

#include <filesystem>
#include <iostream>
#include <optional>
#include <stdexcept>

#include "command_line.h"
#include "dataset/manifest.h"
#include "evenkeel/session.h"
#include "options.h"
#include "report/output_file.h"
#include "session/launcher.h"
#include "session/mpi_program.h"
#include "training.h"

namespace evenkeel::digits {
namespace {

enum class ExitStatus : int {
  complete = 0,
  incomplete = 1,  // work was left undone, or results could not be written
  bad_input = 2,
};

void complain(std::string_view line) { fmt::print(std::cerr, "digits: {}\n", line); }

void check_manifest(const std::string& path, const Digits& train) {
  const FileTable files = read_manifest(path).files;
  if (files.size() == 1 && files.samples(0) == train.samples()) return;
  throw UserError(fmt::format("{}: does not describe train.csv beside it, which has {} samples",
                              path, train.samples()));
}

// Collective. Throws SessionRefused on all ranks if one cannot read the data; that rank says why.
TrainingData read_data(const Options& options, const MpiProgram& mpi) {
  const std::filesystem::path folder = options.data;
  TrainingData data;
  int faulty = mpi.size();  // the first rank with a fault
  std::string fault;
  try {
    data.train = read_digits(folder / "train.csv");
    data.test = read_digits(folder / "test.csv");
    check_manifest(options.session.manifest, data.train);
  } catch (const UserError& error) {
    faulty = mpi.rank();
    fault = error.what();
  }
  MPI_Allreduce(MPI_IN_PLACE, &faulty, 1, MPI_INT, MPI_MIN, mpi.world());
  if (faulty == mpi.size()) return data;
  if (faulty == mpi.rank()) {
    complain(fmt::format("{}; 'scripts/digits-data {}' fetches the data", fault, options.data));
  }
  throw SessionRefused();
}

void write_parameters(const Perceptron& model, const std::string& path) {
  OutputFile file(path);
  for (const double parameter : model.parameters()) {
    file.append(fmt::format("{:.17g}\n", parameter));
  }
  file.close();
}

void print_summary(const TrainingResult& result, const Perceptron& model, const Digits& test) {
  fmt::print("test accuracy {:.4f}", model.accuracy(test));
  if (result.epochs > 0) {
    fmt::print("   {:.3f} ms per step   {:.4f} s per epoch",
               1e3 * result.seconds / static_cast<double>(std::max<std::int64_t>(1, result.steps)),
               result.seconds / result.epochs);
  }
  fmt::print("   {:.4g} epochs\n", result.epochs);
}

ExitStatus work(Session& session, const Options& options, const TrainingData& data) {
  Perceptron model(options.training.model);
  std::optional<Record> record;
  if (!options.record.empty()) record.emplace();
  const TrainingResult result =
      options.session.mode == Mode::step
          ? train_in_steps(session, options.training, data, model, record ? &*record : nullptr)
          : train_on_leases(session, options.training, data, model);
  if (record) record->gather(session.workers());

  int worker = 0;
  MPI_Comm_rank(session.workers(), &worker);
  if (worker != 0) return ExitStatus::complete;
  print_summary(result, model, data.test);
  try {
    if (!options.parameters.empty()) write_parameters(model, options.parameters);
    if (record) record->write(options.record);
  } catch (const UserError& error) {
    complain(error.what());
    return ExitStatus::incomplete;
  }
  return ExitStatus::complete;
}

ExitStatus run_job(const Options& options, const MpiProgram& mpi) {
  check_slowdowns(options.training.slowdowns, mpi.size() - 1);
  const TrainingData data = read_data(options, mpi);
  Session session(mpi.world(), options.session);
  try {
    if (!session.coordinates()) return work(session, options, data);
    return session.serve().complete ? ExitStatus::complete : ExitStatus::incomplete;
  } catch (const UserError& error) {
    // Too late to refuse the job: the other ranks are at work, so end them.
    throw std::runtime_error(error.what());
  }
}

ExitStatus run(const std::vector<std::string>& arguments, const MpiProgram* mpi) {
  const Options options = parse_options(arguments);
  if (mpi == nullptr || mpi->size() < 2) {
    throw UserError(
        "needs rank 0 to coordinate and at least one worker; launch it with, for instance, "
        "'mpirun -n 5 digits ...' for 4 workers");
  }
  return run_job(options, *mpi);
}

// All ranks exit alike, and only rank 0 reports bad input.
ExitStatus run_and_speak(const std::vector<std::string>& arguments, const MpiProgram* mpi) {
  const bool speaks = mpi == nullptr || mpi->rank() == 0;
  try {
    return run(arguments, mpi);
  } catch (const TextRequested& request) {
    if (speaks) std::cout << request.text();
    return ExitStatus::complete;
  } catch (const SessionRefused&) {
    return ExitStatus::bad_input;
  } catch (const UserError& error) {
    if (speaks) complain(error.what());
    return ExitStatus::bad_input;
  }
}

}  // namespace
}  // namespace evenkeel::digits

int main(int argc, char** argv) {
  using namespace evenkeel;
  std::optional<MpiProgram> mpi;
  try {
    if (Launcher::of_this_process().exists()) mpi.emplace(argc, argv);
    const std::vector<std::string> arguments{argv + 1, argv + argc};
    return static_cast<int>(digits::run_and_speak(arguments, mpi ? &*mpi : nullptr));
  } catch (const evenkeel::JobGivenUp&) {
    // Already reported.
  } catch (const std::exception& error) {
    // Unexpected, or too late to refuse the job.
    digits::complain(mpi ? fmt::format("rank {}: {}", mpi->rank(), error.what()) : error.what());
  }
  // The other ranks may wait for this one.
  if (mpi) mpi->abort(static_cast<int>(digits::ExitStatus::incomplete));
  return static_cast<int>(digits::ExitStatus::incomplete);
}
