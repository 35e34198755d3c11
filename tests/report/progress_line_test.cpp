#include "report/progress_line.h"

#include <gtest/gtest.h>

namespace evenkeel {
namespace {

using namespace std::chrono_literals;
using Style = ProgressLine::Style;

constexpr std::size_t unlimited = std::string::npos;

Progress progress_at(std::int64_t samples_done) {
  Progress progress;
  progress.job.samples = 2'900'000;
  progress.job.samples_done = samples_done;
  progress.job.cost = 5'800'000;
  progress.job.cost_done = 2.0 * static_cast<double>(samples_done);
  progress.epochs = 3;
  progress.workers = 8;
  return progress;
}

TEST(ProgressText, SaysHowFarAndHowLong) {
  EXPECT_EQ(progress_text(progress_at(1'218'000), 31'204, 52'861, unlimited),
            "epoch 1/3  42%  1.22M of 2.9M samples  8 workers  31,204 samples/s  "
            "about 1m 04s left");
}

TEST(ProgressText, CountsOneWorkerAndTheLastEpoch) {
  Progress progress = progress_at(0);
  progress.workers = 1;
  progress.pass = pass_of(2);
  EXPECT_EQ(progress_text(progress, 0, 0, unlimited), "epoch 3/3  0%  0 of 2.9M samples  1 worker");
  progress.pass = pass_of(3);
  EXPECT_EQ(progress_text(progress, 0, 0, unlimited), "epoch 3/3  0%  0 of 2.9M samples  1 worker");
}

TEST(ProgressText, SaysThatItWaitsForALostWorker) {
  Progress progress = progress_at(1'218'000);
  progress.workers = 0;
  EXPECT_EQ(progress_text(progress, 0, 0, 78),
            "epoch 1/3  42%  all workers are lost: waiting for one to come back");
  progress.job.samples_done = progress.job.samples;
  EXPECT_EQ(progress_text(progress, 0, 0, unlimited), "epoch 1/3  100%  2.9M of 2.9M samples");
}

TEST(ProgressText, SaysHundredPercentOnlyWhenAllIsDone) {
  EXPECT_EQ(progress_text(progress_at(2'899'999), 0, 0, unlimited),
            "epoch 1/3  99%  2.9M of 2.9M samples  8 workers");
  EXPECT_EQ(progress_text(progress_at(2'900'000), 10, 10, unlimited),
            "epoch 1/3  100%  2.9M of 2.9M samples  8 workers  10 samples/s");
}

TEST(ProgressText, DropsWhatMattersLeastOnANarrowTerminal) {
  const Progress progress = progress_at(1'218'000);
  EXPECT_EQ(progress_text(progress, 31'204, 52'861, 79),
            "epoch 1/3  42%  1.22M of 2.9M samples  31,204 samples/s  about 1m 04s left");
  EXPECT_EQ(progress_text(progress, 31'204, 52'861, 60),
            "epoch 1/3  42%  1.22M of 2.9M samples  about 1m 04s left");
  EXPECT_EQ(progress_text(progress, 31'204, 52'861, 40), "epoch 1/3  42%  about 1m 04s left");
  EXPECT_EQ(progress_text(progress, 31'204, 52'861, 10), "epoch…left");
}

TEST(ProgressLine, PrintsAPlainLineEveryTenSeconds) {
  ProgressLine line(Style::plain);
  EXPECT_FALSE(line.due(Instant(9999ms)));
  EXPECT_EQ(line.update(Instant(9999ms), progress_at(1)), std::nullopt);
  EXPECT_TRUE(line.due(Instant(10s)));
  EXPECT_EQ(line.update(Instant(10s), progress_at(290'000)),
            "epoch 1/3  10%  290k of 2.9M samples  8 workers  29,000 samples/s  "
            "about 1m 30s left\n");
  EXPECT_EQ(line.update(Instant(19s), progress_at(300'000)), std::nullopt);
  EXPECT_NE(line.update(Instant(20s), progress_at(300'000)), std::nullopt);
  EXPECT_EQ(line.clear(), "");
}

TEST(ProgressLine, OverwritesALiveLineFiveTimesPerSecond) {
  ProgressLine line(Style::live, 120);
  EXPECT_EQ(line.clear(), "");
  EXPECT_EQ(line.update(Instant(199ms), progress_at(1)), std::nullopt);
  EXPECT_EQ(line.update(Instant(200ms), progress_at(290)),
            "\repoch 1/3  0%  290 of 2.9M samples  8 workers  1,450 samples/s  "
            "about 33m 20s left");
  EXPECT_EQ(line.update(Instant(300ms), progress_at(300)), std::nullopt);
  EXPECT_EQ(
      line.update(Instant(400ms), progress_at(2'900'000)),
      "\repoch 1/3  100%  2.9M of 2.9M samples  8 workers  7.25M samples/s" + std::string(17, ' '));
}

TEST(ProgressLine, WipesItsLiveLineOnce) {
  ProgressLine line(Style::live);
  Progress progress = progress_at(0);
  (void)line.update(Instant(1s), progress);
  EXPECT_EQ(line.clear(), "\r" + std::string(43, ' ') + "\r");
  EXPECT_EQ(line.clear(), "");
  const std::optional<std::string> next = line.update(Instant(2s), progress);
  EXPECT_EQ(next, "\repoch 1/3  0%  0 of 2.9M samples  8 workers") << "nothing to overwrite";
}

TEST(ProgressLine, KeepsTheLastColumnOfATerminalFree) {
  ProgressLine line(Style::live, 57);
  const std::optional<std::string> text = line.update(Instant(10s), progress_at(290'000));
  EXPECT_EQ(text, "\repoch 1/3  10%  290k of 2.9M samples  about 1m 30s left");
  EXPECT_EQ(text->size(), 1U + 55U);
  ProgressLine narrower(Style::live, 55);
  EXPECT_EQ(narrower.update(Instant(10s), progress_at(290'000)),
            "\repoch 1/3  10%  about 1m 30s left");
}

TEST(ProgressLine, MeasuresRatesOverTheLastTenSeconds) {
  ProgressLine line(Style::live, 120);
  std::int64_t samples = 0;
  std::optional<std::string> text;
  for (int second = 1; second <= 60; ++second) {
    samples += second <= 40 ? 1'000 : 200;
    text = line.update(Instant(std::chrono::seconds(second)), progress_at(samples));
  }
  EXPECT_NE(text->find("  200 samples/s  "), std::string::npos) << *text;
}

}  // namespace
}  // namespace evenkeel
