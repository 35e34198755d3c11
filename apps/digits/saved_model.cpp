#include "saved_model.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <system_error>

#include "evenkeel/error.h"
#include "report/output_file.h"

namespace evenkeel::digits {
namespace {

void append(const Eigen::VectorXd& numbers, OutputFile& file) {
  for (const double number : numbers) file.append(fmt::format("{:.17g}\n", number));
}

// Best effort: some file systems cannot.
void sync(const std::filesystem::path& path) {
  const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) return;
  ::fsync(descriptor);
  ::close(descriptor);
}

bool read(std::istream& file, Eigen::VectorXd& numbers) {
  for (double& number : numbers) {
    if (!(file >> number)) return false;
  }
  return true;
}

}  // namespace

void save_model(const std::string& folder, const std::string& tag, const Perceptron& model,
                const Momentum& optimizer) {
  const std::filesystem::path path = std::filesystem::path(folder) / tag;
  std::error_code fault;
  std::filesystem::create_directories(folder, fault);  // otherwise opening the file fails
  const std::string draft = path.string() + ".tmp";
  OutputFile file(draft);
  append(model.parameters(), file);
  append(optimizer.velocity(), file);
  file.close();
  sync(draft);  // on the disk before the ledger records it
  std::filesystem::rename(draft, path, fault);
  sync(folder);
  if (fault)
    throw UserError(fmt::format("{}: cannot be written: {}; check its folder and free space",
                                path.string(), fault.message()));
}

void load_model(const std::string& folder, const std::string& tag, Perceptron& model,
                Momentum& optimizer) {
  const std::filesystem::path path = std::filesystem::path(folder) / tag;
  std::ifstream file(path);
  double more = 0;
  if (file && read(file, model.parameters()) && read(file, optimizer.velocity()) &&
      !(file >> more)) {
    return;
  }
  throw UserError(
      fmt::format("{}: is not there, or is of another model; give the --checkpoints and the "
                  "--hidden of the run",
                  path.string()));
}

}  // namespace evenkeel::digits
