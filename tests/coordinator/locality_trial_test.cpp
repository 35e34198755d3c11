#include "coordinator/locality_trial.h"

#include <gtest/gtest.h>

#include <functional>
#include <vector>

#include "dataset/samples.h"

namespace evenkeel {
namespace {

using Pace = std::function<double(int worker, int file, int times_before)>;

LocalityTrial trial_of(int workers) {
  PerWorker<std::int32_t> homes;
  for (int worker = 0; worker < workers; ++worker) homes.push_back(worker);
  return {homes, workers, {0, 1, 2}};
}

// Everybody does what is asked for, one step after the other.
LocalityTrial::State state_after(const Pace& pace, int workers = 3) {
  LocalityTrial trial = trial_of(workers);
  std::vector<std::vector<int>> times(static_cast<std::size_t>(workers), std::vector<int>(3, 0));
  for (int round = 0; round < 10; ++round) {
    for (int worker = 0; worker < workers; ++worker) {
      const auto file = trial.next_for(WorkerIndex(worker));
      if (!file) continue;
      int& before = times[static_cast<std::size_t>(worker)][static_cast<std::size_t>(*file)];
      trial.observe(WorkerIndex(worker), *file, pace(worker, static_cast<int>(*file), before++));
    }
  }
  return trial.state();
}

TEST(LocalityTrial, FindsThatItMattersWhoDoesWhat) {
  EXPECT_EQ(state_after([](int worker, int file, int) { return worker == file ? 1 : 1.5; }),
            LocalityTrial::State::found);
  EXPECT_EQ(state_after([](int worker, int file, int) { return worker == 1 && file == 2 ? 1 : 9; }),
            LocalityTrial::State::found)
      << "one file that is near to one worker";
}

TEST(LocalityTrial, SlowWorkersAndDearFilesAreNoMatter) {
  EXPECT_EQ(state_after([](int worker, int file, int) { return (1 + 9 * worker) * (1 + file); }),
            LocalityTrial::State::over);
}

TEST(LocalityTrial, WhatIsFoundOnceIsNoMatter) {
  EXPECT_EQ(state_after([](int worker, int file, int before) {
              return worker == 1 && file == 2 && before == 0 ? 9 : 1;
            }),
            LocalityTrial::State::over);
  EXPECT_EQ(state_after([](int worker, int file, int before) {
              return worker == file ? 1 : 9 - 7 * before;
            }),
            LocalityTrial::State::over)
      << "nor what is other the second time";
}

TEST(LocalityTrial, IsForOneWorkerPerHome) {
  LocalityTrial trial({0, 1, 0}, 2, {5, 8});
  EXPECT_EQ(trial.next_for(WorkerIndex(2)), 5);
  EXPECT_FALSE(trial.takes_part(WorkerIndex(0)));
  EXPECT_EQ(trial.next_for(WorkerIndex(0)), std::nullopt);
  EXPECT_EQ(trial.next_for(WorkerIndex(1)), 8) << "each begins with another file";
  EXPECT_EQ(trial.next_for(WorkerIndex(2)), 8);
  EXPECT_EQ(trial.next_for(WorkerIndex(2)), std::nullopt);
  trial.observe(WorkerIndex(0), 5, 1);
  trial.observe(WorkerIndex(2), 7, 1);
  int paces = 0;
  trial.visit_paces([&](WorkerIndex, std::int64_t, double) { ++paces; });
  EXPECT_EQ(paces, 0) << "nobody was asked for that";
}

TEST(LocalityTrial, IsOnlyForJobsThatAreLongEnough) {
  const Dataset dataset = Dataset::cut(manifest_of({400, 20, 400, 400}), 100);
  CoordinatorOptions options;
  options.workers = 2;
  options.step_samples = 4;
  options.epochs = 2;
  LocalityTrial trial = locality_trial(dataset, options);
  EXPECT_EQ(trial.state(), LocalityTrial::State::under_way);
  std::vector<std::int64_t> files;
  while (const auto file = trial.next_for(WorkerIndex(0))) files.push_back(*file);
  EXPECT_EQ(files, (std::vector<std::int64_t>{0, 2, 3})) << "file 1 is too short";
  options.epochs = 1;
  options.step_samples = 8;
  EXPECT_EQ(locality_trial(dataset, options).state(), LocalityTrial::State::over);
}

}  // namespace
}  // namespace evenkeel
