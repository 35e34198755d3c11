#include "digits/training_run.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>
#include <sstream>

#include "report/scratch_folder.h"

namespace evenkeel::digits {
namespace {

using evenkeel::testing::content_of;
using evenkeel::testing::ScratchFolder;

double accuracy_in(const std::string& text) {
  const std::string label = "test accuracy ";
  const std::size_t at = text.find(label);
  return at == std::string::npos ? -1 : std::stod(text.substr(at + label.size()));
}

}  // namespace

Finished run_digits(int workers, std::vector<std::string> options) {
  const std::vector<std::string> program{DIGITS_PROGRAM, "--quiet"};
  options.insert(options.begin(), program.begin(), program.end());
  return launch_with_mpirun(workers + 1, options);
}

TrainingRun train(int workers, std::vector<std::string> options) {
  const ScratchFolder folder;
  const std::vector<std::string> always{"--data",       DIGITS_DATA,
                                        "--parameters", folder.file("parameters"),
                                        "--report",     folder.file("report.json")};
  options.insert(options.begin(), always.begin(), always.end());
  const bool in_steps = std::find(options.begin(), options.end(), "lease") == options.end();
  if (in_steps) options.insert(options.end(), {"--record", folder.file("record")});

  TrainingRun run;
  run.finished = run_digits(workers, options);
  run.record = content_of(folder.file("record"));
  run.accuracy = accuracy_in(run.finished.out);
  std::istringstream parameters(content_of(folder.file("parameters")));
  for (double parameter = 0; parameters >> parameter;) run.parameters.push_back(parameter);
  const auto report = nlohmann::json::parse(content_of(folder.file("report.json")), nullptr, false);
  if (report.is_discarded()) return run;
  for (const auto& rank : report["ranks"]) {
    run.samples.push_back(rank["samples"]);
    run.speeds.push_back(rank["speed"]);
  }
  return run;
}

double largest_difference(const TrainingRun& one, const TrainingRun& other) {
  if (one.parameters.empty() || one.parameters.size() != other.parameters.size()) {
    return std::numeric_limits<double>::infinity();
  }
  double difference = 0;
  double largest = 0;
  for (std::size_t i = 0; i < one.parameters.size(); ++i) {
    difference = std::max(difference, std::abs(one.parameters[i] - other.parameters[i]));
    largest = std::max(largest, std::abs(one.parameters[i]));
  }
  return difference / largest;
}

}  // namespace evenkeel::digits
