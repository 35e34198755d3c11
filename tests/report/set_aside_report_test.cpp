#include "report/set_aside_report.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "coordinator/coordinator_options.h"
#include "coordinator/kept_set_aside.h"
#include "dataset/dataset.h"

namespace evenkeel {
namespace {

// Two files of 100 samples each, in shards of 10.
Dataset two_files() {
  Manifest manifest;
  manifest.root = "/data";
  for (const char* const path : {"a", "b"}) {
    manifest.files.add(path, 100, FileTable::unknown_bytes, 100);
  }
  return Dataset::cut(std::move(manifest), 10);
}

std::vector<std::string> reported(Shuffle shuffle, const std::vector<SetAside>& list) {
  const Dataset dataset = two_files();
  CoordinatorOptions options;
  options.order.shuffle = shuffle;
  KeptSetAside kept;
  for (const SetAside& set_aside : list) kept.add(set_aside);
  std::vector<std::string> lines;
  for (const SetAsideReport& report : set_aside_reports(dataset, options, kept)) {
    lines.push_back(std::to_string(report.epoch.value()) + " " + report.path + " " +
                    sample_range_text(report.first, report.count));
  }
  return lines;
}

TEST(SetAsideReport, NamesFilesAndSamples) {
  EXPECT_EQ(reported(Shuffle::none, {{Epoch(1), {Position(0), Position(1)}},
                                     {Epoch(0), {Position(95), Position(105)}},
                                     {Epoch(0), {Position(85), Position(95)}}}),
            (std::vector<std::string>{"0 /data/a samples 85-99", "0 /data/b samples 0-4",
                                      "1 /data/a sample 0"}));
}

TEST(SetAsideReport, JoinsWhatAnOrderPutsApart) {
  for (const Shuffle shuffle : {Shuffle::shards, Shuffle::block, Shuffle::full}) {
    EXPECT_EQ(reported(shuffle, {{Epoch(0), {Position(0), Position(200)}}}),
              (std::vector<std::string>{"0 /data/a samples 0-99", "0 /data/b samples 0-99"}));
  }
}

TEST(SetAsideReport, NamesNothingWhereNothingWasSetAside) {
  EXPECT_EQ(reported(Shuffle::full, {}), std::vector<std::string>());
}

}  // namespace
}  // namespace evenkeel
