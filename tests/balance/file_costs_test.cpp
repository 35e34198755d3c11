#include "balance/file_costs.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

namespace evenkeel {
namespace {

// A device of ten cost units per second, in steps of ten.
SpeedModel steady_model(double speed = 10) {
  SpeedModel model;
  for (int i = 0; i < 20; ++i) model.observe(1, 10, 10 / speed);
  return model;
}

FileCosts::Piece piece(int worker, std::int64_t file, double slowness, bool is_first = true) {
  return {WorkerIndex(worker), file, 1, 10, slowness, is_first};
}

bool learns(FileCosts& costs, const FileCosts::Piece& piece) {
  return costs.observe(piece, steady_model()).has_learned;
}

std::vector<int> unchanged(const FileCosts& costs) {
  std::vector<int> workers;
  costs.visit_unchanged([&](WorkerIndex worker, const SpeedModel& before) {
    EXPECT_NEAR(before.rate(10), 10, 1e-9);
    workers.push_back(worker.value());
  });
  return workers;
}

TEST(FileCosts, BelievesTwoWorkersThatAgree) {
  FileCosts costs;
  EXPECT_FALSE(learns(costs, piece(0, 7, 20)));
  EXPECT_TRUE(costs.learned().empty());
  EXPECT_TRUE(learns(costs, piece(1, 7, 20)));
  ASSERT_EQ(costs.learned().size(), 1U);
  EXPECT_EQ(costs.learned().front().file, 7);
  EXPECT_NEAR(costs.learned().front().factor, 20, 0.1);
  EXPECT_EQ(unchanged(costs), (std::vector{0, 1}));
  EXPECT_FALSE(costs.is_watching());
}

// A host that is slow in reading makes what its workers read slow, whatever it costs.
TEST(FileCosts, TheWorkersOfAHostAreOneWitness) {
  FileCosts costs;
  const auto learns_on = [&](int worker, std::int32_t host, double slowness) {
    FileCosts::Piece on_host = piece(worker, 7, slowness);
    on_host.host = host;
    return learns(costs, on_host);
  };
  EXPECT_FALSE(learns_on(0, 0, 20));
  EXPECT_FALSE(learns_on(1, 0, 20));
  EXPECT_FALSE(learns_on(2, 0, 20));
  EXPECT_FALSE(learns_on(3, 1, 1)) << "the others are not the most";
  EXPECT_FALSE(learns_on(4, 0, 20));
  EXPECT_TRUE(learns_on(5, 2, 20)) << "two of three hosts";
}

TEST(FileCosts, BelievesThatAFileCostsLess) {
  FileCosts costs;
  learns(costs, piece(0, 7, 0.1));
  EXPECT_TRUE(learns(costs, piece(1, 7, 0.1)));
  ASSERT_EQ(costs.learned().size(), 1U);
  EXPECT_NEAR(costs.learned().front().factor, 0.1, 0.001);
}

// Steps that hardly take longer than their overhead.
TEST(FileCosts, BelievesNoFileToCostNextToNothing) {
  FileCosts costs;
  for (int time = 0; time < 3; ++time) {
    for (const int worker : {0, 1}) learns(costs, piece(worker, 7, 1e-9));
  }
  ASSERT_EQ(costs.learned().size(), 1U);
  EXPECT_NEAR(costs.learned().front().factor, 0.01, 1e-9);
}

TEST(FileCosts, DoesNotBelieveOneWorkerHoweverOftenItSaysIt) {
  FileCosts costs;
  for (int i = 0; i < 10; ++i) EXPECT_FALSE(learns(costs, piece(0, 7, 20, i == 0)));
  EXPECT_TRUE(costs.learned().empty());
}

TEST(FileCosts, DoesNotBelieveWorkersThatDiffer) {
  FileCosts costs;
  learns(costs, piece(0, 7, 20));
  EXPECT_FALSE(learns(costs, piece(1, 7, 5)));
  EXPECT_FALSE(learns(costs, piece(2, 8, 20))) << "another file";
  EXPECT_TRUE(learns(costs, piece(2, 7, 21))) << "most agree";
  EXPECT_NEAR(costs.learned().front().factor, 20, 0.5);
}

TEST(FileCosts, WorkersAtTheirUsualSpeedSpeakAgainstIt) {
  FileCosts costs;
  learns(costs, piece(0, 7, 20));
  EXPECT_FALSE(learns(costs, piece(1, 7, 1)));
  EXPECT_FALSE(learns(costs, piece(2, 7, 1)));
  EXPECT_FALSE(learns(costs, piece(3, 7, 20)));
  EXPECT_FALSE(learns(costs, piece(4, 7, 1)));
  EXPECT_TRUE(costs.learned().empty());
}

TEST(FileCosts, AWorkerThatBecomesSlowWithinTheFileIsNoWitness) {
  FileCosts costs;
  learns(costs, piece(0, 7, 20));
  EXPECT_FALSE(learns(costs, piece(1, 7, 20, false)));
  EXPECT_TRUE(costs.learned().empty());
}

TEST(FileCosts, WhatIsUsualIsNotWatched) {
  FileCosts costs;
  EXPECT_FALSE(FileCosts::stands_out(steady_model(), 1, 10, 1.3));
  EXPECT_TRUE(FileCosts::stands_out(steady_model(), 1, 10, 1.6));
  learns(costs, piece(0, 7, 1.3));
  EXPECT_FALSE(costs.is_watching());
}

TEST(FileCosts, ANoisyWorkerStandsOutLater) {
  SpeedModel noisy;
  for (int i = 0; i < 40; ++i) noisy.observe(1, 10, i % 2 == 0 ? 0.3 : 1.7);
  EXPECT_FALSE(FileCosts::stands_out(noisy, 1, 10, 2.2));
  EXPECT_TRUE(FileCosts::stands_out(noisy, 100, 1000, 220));
}

TEST(FileCosts, AWitnessDoesInTheNextFileWhatItDidBefore) {
  FileCosts costs;
  learns(costs, piece(0, 7, 20));
  const SpeedModel slowed = steady_model(0.5);
  const auto outcome = costs.observe(piece(0, 8, 1), slowed);
  ASSERT_TRUE(outcome.before);
  EXPECT_NEAR(outcome.before->rate(10), 10, 1e-9);
  EXPECT_FALSE(costs.observe(piece(0, 8, 1), *outcome.before).before) << "once";
  EXPECT_TRUE(learns(costs, piece(1, 7, 20))) << "what it said counts on";
}

TEST(FileCosts, AWorkerThatIsSlowInTheNextFileTooIsSlow) {
  FileCosts costs;
  learns(costs, piece(0, 7, 20));
  EXPECT_FALSE(costs.observe(piece(0, 8, 20, false), steady_model(0.5)).before);
  EXPECT_FALSE(learns(costs, piece(1, 7, 20)));
  EXPECT_TRUE(costs.learned().empty());
}

TEST(FileCosts, ForgetsWhatIsNotTrueAnyMore) {
  FileCosts costs;
  learns(costs, piece(0, 7, 20));
  learns(costs, piece(1, 7, 20));
  learns(costs, piece(0, 7, 1.0 / 20));  // against what is expected now
  EXPECT_TRUE(learns(costs, piece(1, 7, 1.0 / 20)));
  EXPECT_TRUE(costs.learned().empty());
}

TEST(FileCosts, AFileThatChangesOverAndOverIsLeftAlone) {
  FileCosts costs;
  int changes = 0;
  for (int i = 0; i < 20; ++i) {
    const double slowness = costs.learned().empty() ? 20 : 1.0 / 20;
    for (const int worker : {0, 1}) changes += learns(costs, piece(worker, 7, slowness)) ? 1 : 0;
    EXPECT_LE(costs.learned().size(), 1U);
  }
  EXPECT_EQ(changes, 4);
  EXPECT_TRUE(costs.learned().empty());
}

TEST(FileCosts, OnlyTheCostIsMultipliedNotTheOverhead) {
  SpeedModel model;  // half a second a step, and one tenth per unit
  for (int i = 0; i < 40; ++i) model.observe(1, i % 2 == 0 ? 5 : 15, i % 2 == 0 ? 1 : 2);
  FileCosts costs;
  costs.observe(piece(0, 7, 0.5 + 20), model);
  EXPECT_TRUE(costs.observe(piece(1, 7, 0.5 + 20), model).has_learned);
  EXPECT_NEAR(costs.learned().front().factor, 20, 1);
}

TEST(FileCosts, KeepsTheMostDifferentFiles) {
  FileCosts costs;
  const auto learn = [&](std::int64_t file, double slowness) {
    learns(costs, piece(0, file, slowness));
    return learns(costs, piece(1, file, slowness));
  };
  for (std::int64_t file = 0; file < 64; ++file) {
    EXPECT_TRUE(learn(file, 3 + static_cast<double>(file)));
  }
  EXPECT_FALSE(learn(100, 2)) << "less different than all";
  EXPECT_TRUE(learn(100, 50));
  EXPECT_EQ(costs.learned().size(), FileCosts::most_files);
  EXPECT_EQ(costs.learned().front().file, 1) << "in the place of the least different one";
  EXPECT_EQ(costs.learned().back().file, 100);
}

TEST(FileCosts, KeepsFewWitnesses) {
  FileCosts costs;
  for (int i = 0; i < 1000; ++i) learns(costs, piece(i, i, 20));
  EXPECT_FALSE(learns(costs, piece(0, 0, 20))) << "its file is forgotten";
  EXPECT_TRUE(learns(costs, piece(0, 999, 20)));
}

TEST(FileCosts, ForgetsAWorkerThatIsNotWhatItWas) {
  FileCosts costs;
  learns(costs, piece(0, 7, 20));
  costs.forget(WorkerIndex(0));
  EXPECT_FALSE(learns(costs, piece(1, 7, 20)));
}

}  // namespace
}  // namespace evenkeel
