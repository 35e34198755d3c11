#include "job/option_text.h"

#include <gtest/gtest.h>

#include <filesystem>

namespace evenkeel {
namespace {

TEST(OptionText, SaysWhatIsNotAsUsual) {
  JobOptions options;
  options.manifest = "/data/m.json";
  EXPECT_EQ(option_text(options), "--manifest /data/m.json");
  options.mode = Mode::step;
  options.epochs = 3;
  options.shuffle = Shuffle::full;
  options.weights = {"1", "2.5"};
  options.lease_deadline_s = 30;
  options.report_interval_s = 0.5;
  options.min_batch = 0;
  options.last = LastBatch::drop;
  options.partition = Partition::cost;
  EXPECT_EQ(option_text(options),
            "--mode step --manifest /data/m.json --shuffle full --weights 1,2.5 --epochs 3 "
            "--report-interval 0.5 --lease-deadline 30 --min-batch 0 --last drop --partition cost");
}

TEST(OptionText, LeavesOutWhatOnlyOneJobCanDo) {
  JobOptions options;
  options.manifest = "/m.json";
  options.policy = PolicyKind::weighted;
  options.first_step = 3;
  options.replay = "log.jsonl";
  options.baseline = false;
  options.ledger = "run.db";
  options.reports = {"r.json"};
  options.epoch_barrier = true;
  EXPECT_EQ(option_text(options), "--manifest /m.json --epoch-barrier");
}

TEST(OptionText, RepeatsWhatIsRepeated) {
  JobOptions options;
  options.manifest = "/data";
  options.include = {"*.tar", "a,b"};
  options.exclude = {"x"};
  options.weights = {"old=1", "new=4"};
  EXPECT_EQ(option_text(options),
            "--manifest /data --include '*.tar' --include a,b --exclude x --weights old=1,new=4");
}

TEST(OptionText, HoldsInAnyFolderAndShell) {
  JobOptions options;
  options.manifest = "my data/it's.json";
  EXPECT_EQ(option_text(options),
            "--manifest '" + std::filesystem::current_path().string() + "/my data/it'\\''s.json'");
}

TEST(ShellWord, QuotesWhatAShellWouldChange) {
  EXPECT_EQ(shell_word("a-b_c/1.json"), "a-b_c/1.json");
  EXPECT_EQ(shell_word(""), "''");
  EXPECT_EQ(shell_word("~"), "'~'");
  EXPECT_EQ(shell_word("$(x)"), "'$(x)'");
  EXPECT_EQ(shell_word("é"), "'é'");
  EXPECT_EQ(shell_word("it's\n\x1b\\"), R"($'it\'s\012\033\\')");
}

TEST(FileWord, IsNoOption) {
  EXPECT_EQ(file_word("-a b"), "'./-a b'");
  EXPECT_EQ(file_word("a-b"), "a-b");
}

}  // namespace
}  // namespace evenkeel
