// The guide `report` explains every word of the table.
#include <gtest/gtest.h>

#include <algorithm>
#include <cctype>
#include <fstream>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "example_report.h"
#include "report/report_file.h"

namespace evenkeel {
namespace {

using Words = std::set<std::string>;

Words words_of(const std::string& text) {
  Words words;
  std::string word;
  for (const char c : text + " ") {
    if (std::isalpha(static_cast<unsigned char>(c)) != 0 || (c == '-' && !word.empty())) {
      word += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    } else if (!word.empty()) {
      words.insert(word);
      word.clear();
    }
  }
  return words;
}

// What the guide shows as code, but for its examples.
Words explained() {
  std::ifstream guide(EVENKEEL_REPORT_GUIDE);
  std::string text;
  bool is_example = false;
  for (std::string line; std::getline(guide, line);) {
    if (line.starts_with("```")) is_example = !is_example;
    if (!is_example && !line.starts_with("```")) text += line + "\n";
  }
  std::string code;
  std::istringstream in(text);
  bool is_code = false;
  for (std::string piece; std::getline(in, piece, '`'); is_code = !is_code) {
    if (is_code) code += piece + " ";
  }
  return words_of(code);
}

BalanceReport with_all_marks(BalanceReport report) {
  report.complete = false;
  report.worked_s = report.makespan_s / 2;
  report.job.samples_done -= 100;
  report.job.set_aside_samples = 40;
  report.job.samples_before = 7;
  report.set_aside = {{pass_of(0), "/0", 0, 32}};
  report.learned = {{0, "0", 20}};
  report.prior = {2, 0.5};
  report.learned_homes = {{0, "0", "rank 1"}, {1, "0", "rank 1"}};
  for (std::size_t i = 0; i < 3; ++i) report.ranks.push_back(report.ranks.front());
  testing::lose(report.ranks[1], 10);
  testing::idle(report.ranks[2]);
  report.ranks[3].failed_steps = 5;
  report.ranks[4].speed /= 10;
  report.ranks[5].data = report.ranks[5].busy;
  report.ranks[0].state = WorkerState::interrupted;
  for (RankReport& rank : report.ranks) {
    rank.busy = rank.busy / 3;
    rank.paused = rank.starting = from_seconds(5);
  }
  const CheckpointTag tag = *CheckpointTag::from("0");
  report.events = {{instant_at(1), Rank(1), EventKind::slower, 2, 1},
                   {instant_at(1), Rank(1), EventKind::lost, 0, 0, 9},
                   {instant_at(1), Rank(1), EventKind::fenced, 0, 0, 9},
                   {instant_at(1), Rank(1), EventKind::copied, 0, 0, 9},
                   {instant_at(1), Rank(1), EventKind::tiles, 0, 0, 8},
                   checkpoint_event(EventKind::checkpoint, instant_at(2), Rank(1), tag)};
  report.events_left_out = 3;
  return report;
}

std::vector<BalanceReport> reports() {
  std::vector<BalanceReport> all{testing::three_workers(), testing::six_workers_in_step_mode(),
                                 testing::untold_step_mode(), testing::many_workers(100)};
  for (std::size_t i = 0; i < 40; ++i) all[3].ranks[i].speed /= 2;
  all.push_back(with_all_marks(all[0]));
  all.push_back(with_all_marks(all[1]));
  all[4].bound_s = 0;
  all[5].events.push_back(all[1].events[0]);
  all[5].ranks[0].speed /= 1.3;
  all[5].events[0].before = 2 * all[5].ranks[0].speed;
  all[5].step->equal_measured = false;
  all[5].step->untold_steps = 3;
  for (const std::size_t i : {0U, 1U}) {
    BalanceReport observed = all[i];
    observed.description.policy = "observe";
    all.push_back(observed);
    all.push_back(observed);
    all.back().judged = false;
    all.push_back(all[i]);
    all.back().ratio = 0.5;
    if (all.back().step) all.back().step->bound_s *= 2;
  }
  for (const std::size_t i : {0U, 1U}) {
    all.push_back(all[i]);
    all.back().description.cost_unit = "bytes";
    for (RankReport& rank : all.back().ranks) {
      rank.busy = rank.comm = rank.waited_for_others = Duration::zero();
    }
    if (all.back().step) all.back().step->bound_s *= 2;
    all.back().imbalance = 1;
    all.back().events = {all[1].events[0]};
    all.back().events[0].steps_to_plan = Event::in_baseline;
  }
  return all;
}

TEST(ReportGuide, ExplainsEveryWordOfTheTable) {
  // Plain English, units, and what reports made by hand are about.
  const Words plain = words_of(
      "a adaptive after all and at b by each every for gb gpu gpu-a gpu-b h imagenet in is kb m mb "
      "ms node node- observe of old- on or other others s some than that the their those to was "
      "when where whom with work works core waits it does do not say says time trainer average "
      "known none be between them step-");
  const Words known = explained();
  Words missing;
  for (const BalanceReport& report : reports()) {
    std::ostringstream table;
    write_table(report, table);
    for (const std::string& word : words_of(table.str())) {
      if (!known.contains(word) && !plain.contains(word)) missing.insert(word);
    }
  }
  std::string list;
  for (const std::string& word : missing) list += word + " ";
  EXPECT_EQ(list, "");
}

}  // namespace
}  // namespace evenkeel
