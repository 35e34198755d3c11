#include "coordinator/set_aside_samples.h"

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
  return Dataset::cut(manifest, 10);
}

std::vector<std::string> listed(Shuffle shuffle, const std::vector<SetAside>& list) {
  const Dataset dataset = two_files();
  CoordinatorOptions options;
  options.order.shuffle = shuffle;
  KeptSetAside kept;
  for (const SetAside& set_aside : list) kept.on_set_aside(set_aside);
  std::vector<std::string> lines;
  for (const SetAsideSamples& samples : set_aside_samples(dataset, options, kept)) {
    lines.push_back(std::to_string(samples.pass.epoch.value()) + " " + samples.path + " " +
                    std::to_string(samples.first) + "+" + std::to_string(samples.count));
  }
  return lines;
}

TEST(SetAsideSamples, NamesFilesAndSamples) {
  EXPECT_EQ(listed(Shuffle::none, {{pass_of(1), {Position(0), Position(1)}},
                                   {pass_of(0), {Position(95), Position(105)}},
                                   {pass_of(0), {Position(85), Position(95)}}}),
            (std::vector<std::string>{"0 /data/a 85+15", "0 /data/b 0+5", "1 /data/a 0+1"}));
}

TEST(SetAsideSamples, JoinsWhatAnOrderPutsApart) {
  for (const Shuffle shuffle : {Shuffle::shards, Shuffle::block, Shuffle::full}) {
    EXPECT_EQ(listed(shuffle, {{pass_of(0), {Position(0), Position(200)}}}),
              (std::vector<std::string>{"0 /data/a 0+100", "0 /data/b 0+100"}));
  }
}

TEST(SetAsideSamples, NamesNothingWhereNothingWasSetAside) {
  EXPECT_EQ(listed(Shuffle::full, {}), std::vector<std::string>());
}

}  // namespace
}  // namespace evenkeel
