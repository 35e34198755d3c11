#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <sstream>
#include <string>
#include <vector>

#include "core/display_text.h"
#include "core/random.h"
#include "example_report.h"
#include "report/report_file.h"
#include "report/text_table.h"

namespace evenkeel {
namespace {

using testing::idle;
using testing::lose;
using testing::many_workers;
using testing::six_workers_in_step_mode;
using testing::three_workers;
using testing::untold_step_mode;

std::string table_of(const BalanceReport& report) {
  std::ostringstream out;
  write_table(report, out);
  return std::move(out).str();
}

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

TEST(Table, ShowsStepMode) {
  EXPECT_EQ(
      table_of(six_workers_in_step_mode()),
      R"(imagenet  step mode  512/step  micro-batch 4  6 workers on 3 hosts  seed 0   COMPLETE  11m 40s
1,281,167 of 1,281,167 samples once each   0 redone   0 dropped   2,503 steps   1,300 plans

step now     272 ms (p95 291 ms)   limit at these speeds 266 ms (1.02x)
equal split  720 ms, measured in steps 11-30
time         compute 91  data 1  uneven 4  comm 4  coordinator 0  paused 0  = 100 %

rank  host   share  /step  samples/s  compute  data  uneven  comm  last  note
   1  gpu-a  23.4%    120    500 ±1%      96%    0%      0%    4%   46%
   2  gpu-a  23.4%    120    500 ±1%      94%    0%      2%    4%   20%
   3  gpu-a  23.4%    120    500 ±1%      94%    0%      2%    4%   20%
   4  gpu-b  22.7%    116    500 ±1%      87%    6%      3%    4%    4%
   5  gpu-b   4.8%     24    125 ±1%      95%    0%      1%    4%   10%  4.0x slower
   6  old-0   2.3%     12     62 ±1%      79%    0%     17%    4%    0%  8.1x slower
event  step 1,204  rank 6: 125 -> 62 samples/s; re-planned in 14 steps; cost 3.00 s
)");
}

TEST(Table, SaysWhatAdaptiveWouldSaveInStepMode) {
  BalanceReport report = six_workers_in_step_mode();
  report.description.policy = "observe";
  report.step->median_s = 0.72;
  EXPECT_TRUE(contains(table_of(report),
                       "adaptive     266 ms expected, 63% less: the others waited for rank 1 in "
                       "46% of steps\n"))
      << table_of(report);
}

TEST(Table, DoesNotSayWhatAdaptiveWouldSaveInStepModeIfTheLimitIsNotJudged) {
  BalanceReport report = six_workers_in_step_mode();
  report.description.policy = "observe";
  report.step->bound_s = 0.276;
  EXPECT_TRUE(contains(table_of(report), "\nadaptive     272 ms expected, 0% less"));
  report.step->bound_s = 0.34;
  EXPECT_TRUE(contains(table_of(report), "limit not judged: the speeds vary too much\n"));
  EXPECT_FALSE(contains(table_of(report), "\nadaptive "));
}

TEST(Table, SaysThatItCannotTellWaitingFromWork) {
  EXPECT_EQ(
      table_of(untold_step_mode()),
      R"(imagenet  step mode  512/step  micro-batch 4  6 workers on 3 hosts  seed 0   COMPLETE  11m 40s
1,281,167 of 1,281,167 samples once each   0 redone   0 dropped   2,503 steps   1,300 plans

step now     720 ms (p95 730 ms)   limit unknown: cannot tell waiting from work
local work   no rank says where it ends ('reached')
equal split  720 ms, measured in steps 11-30
time         work or wait 98  data 1  coordinator 0  paused 0  between steps 1  = 100 %

rank  host   share  /step  samples/s  compute  data  uneven  comm  last
   1  gpu-a  23.4%    120          -        -    0%       -     -     -
   2  gpu-a  23.4%    120          -        -    0%       -     -     -
   3  gpu-a  23.4%    120          -        -    0%       -     -     -
   4  gpu-b  22.7%    116          -        -    6%       -     -     -
   5  gpu-b   4.8%     24          -        -    0%       -     -     -
   6  old-0   2.3%     12          -        -    0%       -     -     -
)");
}

TEST(Table, NamesThoseThatDoNotTellTheirLocalWork) {
  BalanceReport report = untold_step_mode();
  for (const std::size_t told : {0U, 2U, 3U, 5U}) report.ranks[told].local_time = LocalTime::told;
  EXPECT_TRUE(contains(table_of(report), "\nlocal work   ranks 2, 5 do not say where it ends ("))
      << table_of(report);
  report.ranks[1].local_time = LocalTime::told;
  EXPECT_TRUE(contains(table_of(report), "\nlocal work   rank 5 does not say where it ends ("));
}

TEST(Table, SaysInHowManyStepsLocalWorkIsNotTold) {
  BalanceReport report = six_workers_in_step_mode();
  report.step->untold_steps = 1'200;
  report.ranks[1].local_time = LocalTime::told_in_part;
  const std::string text = table_of(report);
  EXPECT_TRUE(contains(
      text, "\nlocal work   in 1,200 of 2,503 steps some rank does not say where it ends ("))
      << text;
  EXPECT_TRUE(contains(text, "limit at these speeds 266 ms (1.02x)")) << "of the other steps";
}

TEST(Table, ShowsNoNodeAsWaitingIfItCannotTellWaitingFromWork) {
  BalanceReport report = untold_step_mode();
  for (std::int32_t rank = 7; rank < 20; ++rank) {
    report.ranks.push_back(report.ranks.front());
    report.ranks.back().rank = Rank(rank);
  }
  const std::string text = table_of(report);
  EXPECT_TRUE(contains(text, "host   workers  share  samples/s  compute  uneven\n")) << text;
  EXPECT_TRUE(contains(text, "gpu-a        3   0.0%          -        -       -\n")) << text;
  EXPECT_FALSE(contains(text, "often last")) << text;
}

// Three workers that shared the work equally, the last of which is slow.
BalanceReport observed_lease_mode() {
  BalanceReport report = three_workers();
  report.description.policy = "observe";
  report.bound_s = 27;
  for (std::size_t i = 0; i < 2; ++i) {
    report.ranks[i].last_end = instant_at(15);
    report.ranks[i].waited_for_others = from_seconds(45);
  }
  report.ranks[2].last_end = instant_at(60);
  report.ranks[2].waited_for_others = from_seconds(0);
  return report;
}

TEST(Table, SaysWhatAdaptiveWouldSaveInLeaseMode) {
  EXPECT_TRUE(contains(table_of(observed_lease_mode()),
                       "imbalance 0.3%\n"
                       "adaptive  27.0 s expected, 55% less: rank 3 finished last, others waited "
                       "75% on average\n"
                       "time "))
      << table_of(observed_lease_mode());
}

TEST(Table, SaysNothingOfWhatAdaptiveWouldSaveWhereThatIsUnknown) {
  const auto is_said = [](const BalanceReport& report) {
    return contains(table_of(report), "\nadaptive ");
  };
  BalanceReport report = observed_lease_mode();
  EXPECT_TRUE(is_said(report));
  report.description.policy = "static";
  EXPECT_FALSE(is_said(report));
  report = observed_lease_mode();
  report.bound_s = std::numeric_limits<double>::infinity();
  EXPECT_FALSE(is_said(report));
  report = observed_lease_mode();
  report.complete = false;
  EXPECT_FALSE(is_said(report));
}

TEST(Table, LeavesLostWorkersOutOfWhatAdaptiveWouldSave) {
  BalanceReport report = observed_lease_mode();
  lose(report.ranks[0], 60);
  EXPECT_TRUE(contains(table_of(report), "rank 3 finished last, others waited 75% on average\n"));
  report.ranks.resize(1);
  report.ranks[0] = observed_lease_mode().ranks[2];
  EXPECT_TRUE(contains(table_of(report), "55% less: rank 3 finished last\n"));
}

TEST(Table, SaysThatTheEqualSplitIsModelled) {
  BalanceReport report = six_workers_in_step_mode();
  report.step->equal_measured = false;
  EXPECT_TRUE(contains(table_of(report), "equal split  720 ms, modelled from the speeds\n"));
}

TEST(Table, TellsHowFarAJobInStepModeCame) {
  BalanceReport report = six_workers_in_step_mode();
  report.complete = false;
  report.job.samples_done = 51'200;
  report.job.steps = 100;
  EXPECT_TRUE(contains(table_of(report), "51,200 of 1,281,167 samples   0 redone"));
  EXPECT_TRUE(contains(table_of(report), "100 of 2,503 steps"));
}

TEST(Table, SaysThatNothingWasLeftOfACompleteRun) {
  for (BalanceReport report : {three_workers(), six_workers_in_step_mode()}) {
    report.job.samples = report.job.samples_done = 0;
    report.job.samples_before = 1000;
    const std::string table = table_of(report);
    EXPECT_NE(table.find("\nnothing left, 1,000 samples done before   0 redone   0 "),
              std::string::npos)
        << table;
  }
}

TEST(Table, ShowsAllOfASmallJob) {
  BalanceReport report = three_workers();
  report.events = {{instant_at(12.4), Rank(3), EventKind::slower, 125, 50},
                   {instant_at(0.083), Rank(2), EventKind::faster, 62.5, 200}};
  EXPECT_EQ(
      table_of(report),
      R"(imagenet  lease mode  adaptive  32/step  3 workers on 2 hosts  seed 7   COMPLETE  60.0 s
10,000 of 10,000 samples once each x 3 epochs   0 redone   0 wasted
36 leases   3 trims   540 messages (3 per worker per second)

makespan  60.0 s   limit at these speeds 59.7 s (1.005x)   imbalance 0.3%
time      compute 99  coordinator 1  uneven 0  = 100 %

rank  host   share  samples/s  compute  coord  uneven  leases  trims  finish  note
   1  gpu-a  50.0%    250 ±2%      99%     1%      0%      12      1  60.0 s
   2  gpu-a  40.0%    200 ±2%      98%     1%      1%      12      1  59.6 s
   3  old-0  10.0%     50 ±2%      99%     1%      0%      12      1  59.8 s  4.0x slower
event  12.4 s  rank 3: 125 -> 50 samples/s
event   83 ms  rank 2: 62.5 -> 200 samples/s
)");
}

TEST(Table, SaysWhoWasLostAndWhatIsUndone) {
  BalanceReport report = three_workers();
  report.complete = false;
  report.job.samples_done = 28'000;
  report.job.redone_samples = 96;
  report.job.wasted_samples = 64;
  lose(report.ranks[1], 20);
  idle(report.ranks[2]);
  report.events = {{instant_at(14), Rank(2), EventKind::lost, 0, 0, 512},
                   {instant_at(700), Rank(2), EventKind::fenced, 0, 0, 96},
                   {instant_at(720), Rank(2), EventKind::copied, 0, 0, 32}};
  report.events.back().holder = Rank(3);
  EXPECT_EQ(
      table_of(report),
      R"(imagenet  lease mode  adaptive  32/step  3 workers on 2 hosts  seed 7   NOT COMPLETE  60.0 s
28,000 of 30,000 samples   96 redone   64 wasted
36 leases   3 trims   540 messages (3 per worker per second)
NOT COMPLETE: 2,000 samples undone   lost: rank 2

makespan  60.0 s   limit at these speeds 59.7 s (1.005x)   imbalance 0.3%
time      compute 44  coordinator 0  uneven 34  lost 22  = 100 %

rank  host   share  samples/s  compute  coord  uneven  leases  trims  finish  note
   1  gpu-a  50.0%    250 ±2%      99%     1%      0%      12      1  60.0 s
   2  gpu-a  40.0%    200 ±2%      33%     0%      0%      12      1  20.0 s  lost
   3  old-0   0.0%          -       0%     0%    100%       0      0       -  did nothing
event   14.0 s  rank 2 lost: 512 samples taken back
event  11m 40s  rank 2 came back: 96 samples wasted so far
event  12m 00s  rank 2 copies a step: 32 samples of rank 3, which is late
)");
}

TEST(Table, SaysWhoWorksInTiles) {
  BalanceReport report = six_workers_in_step_mode();
  report.events = {{instant_at(14), Rank(4), EventKind::tiles, 0, 0, 8, 20}};
  const std::string line = "event  step 21  rank 4: works in tiles of 8 samples\n";
  EXPECT_NE(table_of(report).find(line), std::string::npos);
}

TEST(Table, ShowsNodesAndWhoStandsOutOfALargeJob) {
  BalanceReport report = many_workers(20);
  report.ranks[4].speed = 40;
  report.ranks[9].last_end = instant_at(60);
  lose(report.ranks[12], 30);
  idle(report.ranks[17]);
  EXPECT_EQ(
      table_of(report),
      R"(imagenet  lease mode  adaptive  32/step  20 workers on 5 hosts  seed 7   COMPLETE  60.0 s
10,000 of 10,000 samples once each x 3 epochs   0 redone   0 wasted
36 leases   3 trims   540 messages (0.45 per worker per second)

makespan  60.0 s   limit at these speeds 59.7 s (1.005x)   imbalance 0.3%
time      compute 90  coordinator 1  uneven 7  lost 2  = 100 %

host    workers  share  samples/s  compute  uneven
node-0        4  20.0%        400      98%      2%
node-1        4  20.0%        400      98%      2%
node-2        4  20.0%        400      98%      2%
node-3        4  20.0%        400      98%      2%
node-4        4  20.0%        400      98%      2%

rank  host    share  samples/s  compute  coord  uneven  leases  trims  finish  note
   5  node-1   5.0%     40 ±2%      98%     1%      2%      12      1  59.0 s  2.5x slower
  10  node-2   5.0%    100 ±2%      98%     1%      2%      12      1  60.0 s  finished last
  13  node-3   5.0%    100 ±2%      50%     0%      0%      12      1  30.0 s  lost
  18  node-4   0.0%          -       0%     0%    100%       0      0       -  did nothing
)");
}

TEST(Table, SaysHowManyNodesAndWorkersItLeavesOut) {
  BalanceReport report = many_workers(100);
  for (std::size_t i = 0; i < 40; ++i) report.ranks[i].speed = i < 20 ? 60 : 20;
  report.nodes[20].speed = 300;
  const std::string text = table_of(report);
  EXPECT_TRUE(contains(text, "host     workers"));
  EXPECT_TRUE(contains(text, "\nnode-20 "));
  EXPECT_TRUE(contains(text, "\n… and 9 more nodes, none slower per worker\n"));
  EXPECT_TRUE(contains(text, "\n… and 24 more workers that stand out\n"));
  EXPECT_TRUE(contains(text, "\n  21  node-5 ")) << "the slowest are shown";
  EXPECT_FALSE(contains(text, "\n   1  node-0 ")) << "the less slow are left out";
}

// The speed of the ranks that tell it would pass for that of the whole node.
TEST(Table, HasNoSpeedOfANodeWhoseRanksDoNotAllTellTheirWork) {
  BalanceReport report = many_workers(20);
  report.description.cost_unit = "bytes";
  for (RankReport& rank : report.ranks) rank.speed = 1e6;
  for (NodeReport& node : report.nodes) node.speed = 4e6;
  report.ranks[4].local_time = LocalTime::not_told;
  report.ranks[4].speed = 0;
  report.nodes[1].all_told = false;
  report.nodes[1].speed = 3e9;
  const std::string text = table_of(report);
  EXPECT_TRUE(contains(text, "host    workers  share  MB/s  compute  uneven\n")) << text;
  EXPECT_TRUE(contains(text, "node-0        4  20.0%     4      98%      2%\n")) << text;
  EXPECT_TRUE(contains(text, "node-1        4  20.0%     -        -      2%\n")) << text;
}

TEST(Table, LeavesOutNodesOfUnknownSpeedFirst) {
  BalanceReport report = many_workers(72);  // two nodes too many
  report.nodes[3].all_told = false;
  report.nodes[3].speed = 1;
  const std::string text = table_of(report);
  EXPECT_FALSE(contains(text, "\nnode-3 "));
  EXPECT_TRUE(contains(text, "\nnode-16 "));
  EXPECT_TRUE(contains(text, "\n… and 2 more nodes, none known to be slower per worker\n")) << text;
}

TEST(Table, TellsWhatFilesCost) {
  BalanceReport report = three_workers();
  report.learned = {{3, "a.tar", 0.5}, {17, "data/b.tar", 20.2}};
  const std::string text = table_of(report);
  EXPECT_TRUE(
      text.ends_with("learned  file 3 (a.tar) costs 0.5x what the manifest says\n"
                     "learned  file 17 (data/b.tar) costs 20x what the manifest says\n"))
      << text;
  report.learned.resize(15);
  EXPECT_TRUE(table_of(report).ends_with("what the manifest says\n… and 3 more files\n"));
}

TEST(Table, TellsWhatSpeedsKnownBeforeWereWorth) {
  BalanceReport report = three_workers();
  EXPECT_FALSE(contains(table_of(report), "prior"));
  report.prior = {3, 0.968};
  EXPECT_TRUE(table_of(report).ends_with(
      "prior    the speeds known before agree with those of 3 ranks: 0.97 of 1\n"));
}

TEST(Table, TellsWhichFilesAreNear) {
  BalanceReport report = three_workers();
  report.learned_homes = {{0, "a.tar", "node-1"}, {1, "b.tar", "rank 2"}, {2, "c.tar", "node-1"}};
  const std::string text = table_of(report);
  EXPECT_TRUE(
      text.ends_with("learned  2 files near node-1 (a.tar, …)\n"
                     "learned  1 file near rank 2 (b.tar)\n"))
      << text;
  report.learned_homes.clear();
  for (int i = 0; i < 15; ++i) report.learned_homes.push_back({i, "a", std::to_string(i)});
  EXPECT_TRUE(table_of(report).ends_with("(a)\n… and 3 more hosts\n"));
}

TEST(Table, ListsWhatWasSetAside) {
  BalanceReport report = three_workers();
  report.complete = false;
  report.description.epochs = 1;
  report.job.samples = 30'000;
  report.job.samples_done = 29'960;
  report.job.set_aside_samples = 40;
  report.ranks[1].failed_steps = 5;
  report.set_aside = {{pass_of(0), "/data/a.tar", 0, 32}, {pass_of(0), "/data/b.tar", 7, 1}};
  const std::string text = table_of(report);
  EXPECT_TRUE(contains(text, "\nNOT COMPLETE: 0 samples undone   set aside 40   lost: no rank\n"));
  EXPECT_TRUE(contains(text, "59.6 s  5 failed\n"));
  EXPECT_TRUE(
      text.ends_with("set aside  /data/a.tar  samples 0-31\n"
                     "set aside  /data/b.tar  sample 7\n"
                     "… and 7 more samples set aside\n"))
      << text;
  report.description.epochs = 2;
  EXPECT_TRUE(contains(table_of(report), "set aside  epoch 1  /data/a.tar  samples 0-31\n"));
}

TEST(Table, NamesLostRanksInRunsAndOnlyAFew) {
  BalanceReport report = many_workers(200);
  report.complete = false;
  for (const std::size_t i : {2U, 6U, 7U, 8U}) report.ranks[i].state = WorkerState::lost;
  report.ranks[6].state = WorkerState::left;
  EXPECT_TRUE(contains(table_of(report), "   lost: ranks 3, 7-9\n"));
  for (std::size_t i = 20; i < 200; i += 2) report.ranks[i].state = WorkerState::lost;
  EXPECT_TRUE(contains(table_of(report),
                       "   lost: ranks 3, 7-9, 21, 23, 25, 27, 29, 31, 33 and 83 more\n"));
  for (RankReport& rank : report.ranks) rank.state = WorkerState::finished;
  EXPECT_TRUE(contains(table_of(report), "   lost: no rank\n"));
}

TEST(Table, DividesTheTimeIntoHundredPercent) {
  BalanceReport report = three_workers();
  for (RankReport& rank : report.ranks)
    rank.busy = rank.waited_for_coordinator = rank.waited_for_others = from_seconds(20);
  EXPECT_TRUE(contains(table_of(report), "compute 34  coordinator 33  uneven 33  = 100 %"));
  for (RankReport& rank : report.ranks) rank.busy = from_seconds(5);
  EXPECT_TRUE(contains(table_of(report),
                       "compute 9  coordinator 33  uneven 33  between steps 25  = 100 %\n"
                       "          the limit excludes time between steps, when a trainer works "
                       "or a rank waits for a core\n"));
  report.bound_s = 0;
  EXPECT_FALSE(contains(table_of(report), "the limit excludes"));
  report = three_workers();
  for (RankReport& rank : report.ranks) rank.busy -= from_seconds(5);
  EXPECT_FALSE(contains(table_of(report), "the limit excludes"));
}

TEST(Table, ComparesSpeedsWithTheMedianWorker) {
  BalanceReport report = three_workers();
  report.ranks.pop_back();
  report.ranks[0].speed = 150;
  report.ranks[1].speed = 50;  // the median is 100
  EXPECT_TRUE(contains(table_of(report), "2.0x slower"));
  report.ranks[1].steps = 1;
  EXPECT_FALSE(contains(table_of(report), "slower")) << "that may have been its start";
  report.ranks[1].steps = 2;
  report.ranks[1].speed = 75.1;  // the median is 112.55
  EXPECT_FALSE(contains(table_of(report), "slower"));
}

TEST(Table, TellsASlowWorkerFromOneThatHasSlowed) {
  BalanceReport report = six_workers_in_step_mode();
  for (RankReport& rank : report.ranks) rank.speed = 100;
  report.ranks[0].speed = 149;  // the fastest, and slower than at first
  report.events = {{instant_at(1), Rank(1), EventKind::slower, 298, 149},
                   {instant_at(2), Rank(2), EventKind::slower, 119, 100}};
  EXPECT_TRUE(contains(table_of(report), " 46%  slowed 2.0x\n")) << table_of(report);
  EXPECT_FALSE(contains(table_of(report), "slower"));
  report.ranks[0].speed = 66;
  EXPECT_TRUE(contains(table_of(report), " 46%  1.5x slower\n")) << table_of(report);
  report.ranks[0].speed = 67;
  report.events.clear();
  EXPECT_FALSE(contains(table_of(report), "slow"));
}

TEST(Table, CallsDataBoundWhoLoadsForMostOfItsTime) {
  BalanceReport report = six_workers_in_step_mode();
  report.ranks[3].data = report.ranks[3].busy / 2;
  EXPECT_FALSE(contains(table_of(report), "data-bound"));
  report.ranks[3].data += from_seconds(1);
  EXPECT_TRUE(contains(table_of(report), "   4%  data-bound\n")) << table_of(report);
}

TEST(Table, ShowsASpreadOnlyWhereItIsKnown) {
  BalanceReport report = three_workers();
  report.ranks[0].speed_noise = 0;
  report.ranks[1].speed_noise = 0.0034;
  const std::string text = table_of(report);
  EXPECT_TRUE(contains(text, " 50.0%        250  ")) << text;
  EXPECT_TRUE(contains(text, " 200 ±0.3% ")) << text;
}

TEST(Table, SaysWhatWasInterrupted) {
  for (BalanceReport report : {three_workers(), six_workers_in_step_mode()}) {
    report.complete = false;
    report.job.samples_done = report.job.samples - 100;
    for (RankReport& rank : report.ranks) {
      rank.state = WorkerState::interrupted;
      rank.busy = rank.comm = rank.data = Duration::zero();
      rank.waited_for_others = rank.waited_for_coordinator = Duration::zero();
      rank.last_end = instant_at(0.75 * report.makespan_s);
    }
    std::string text = table_of(report);
    EXPECT_TRUE(contains(text, "\nNOT COMPLETE: 100 samples undone   interrupted\n")) << text;
    EXPECT_TRUE(contains(text, "  interrupted 25")) << text;
    EXPECT_TRUE(contains(text, "  between steps 75  = 100 %")) << text;
    EXPECT_FALSE(contains(text, "lost"));
    report.ranks[1].state = WorkerState::lost;
    text = table_of(report);
    EXPECT_TRUE(contains(text, " undone   interrupted   lost: rank 2\n")) << text;
  }
}

TEST(Table, SaysHowLongWorkersWereStarting) {
  for (BalanceReport report : {three_workers(), six_workers_in_step_mode()}) {
    for (RankReport& rank : report.ranks) {
      rank.busy = rank.comm = rank.data = Duration::zero();
      rank.waited_for_others = rank.waited_for_coordinator = Duration::zero();
      rank.starting = from_seconds(0.4 * report.makespan_s);
    }
    const std::string text = table_of(report);
    EXPECT_TRUE(contains(text, "  starting 40")) << text;
    EXPECT_TRUE(contains(text, "  between steps 60  = 100 %")) << text;
  }
}

TEST(Table, BreaksTheLineOfTheTime) {
  BalanceReport report = six_workers_in_step_mode();
  report.complete = false;
  report.ranks[0].state = WorkerState::interrupted;
  report.ranks[1].state = WorkerState::lost;
  for (RankReport& rank : report.ranks) {
    rank.busy = from_seconds(200);
    rank.starting = rank.paused = from_seconds(100);
    rank.last_end = instant_at(600);
  }
  const std::string text = table_of(report);
  EXPECT_TRUE(contains(text, "\n  interrupted 2  between steps ")) << text;
  for (const std::string& line : lines_of(text)) EXPECT_LE(display_columns(line), page_columns);
}

TEST(Table, SaysSinceWhenNothingWasDone) {
  BalanceReport report = three_workers();
  report.complete = false;
  report.worked_s = 59.9;
  EXPECT_TRUE(contains(table_of(report), "\nmakespan  60.0 s   limit"));
  report.worked_s = 30;
  EXPECT_TRUE(contains(table_of(report), "\nmakespan  60.0 s   last step done at 30.0 s   limit"));
}

TEST(Table, ShowsNoLimitThatIsBeaten) {
  BalanceReport report = three_workers();
  report.description.policy = "observe";
  report.bound_s = 61;
  report.ratio = 60.0 / 61;
  EXPECT_TRUE(contains(table_of(report), "limit at these speeds 60.0 s (1.000x)")) << "its error";
  report.bound_s = 68;
  report.ratio = 60.0 / 68;
  const std::string text = table_of(report);
  EXPECT_TRUE(contains(text, "limit not judged: the speeds vary too much   imbalance")) << text;
  EXPECT_FALSE(contains(text, "\nadaptive "));
}

// Their steps have no common end: the mean worker's is shorter than the longest.
TEST(Table, SaysThatRanksDoNotWaitForEachOther) {
  BalanceReport report = six_workers_in_step_mode();
  report.step->bound_s = 0.34;
  report.imbalance = 0.05;
  EXPECT_TRUE(contains(table_of(report), "limit not judged: the speeds vary too much\n"));
  for (RankReport& rank : report.ranks) rank.waited_for_others = rank.comm = Duration::zero();
  EXPECT_TRUE(
      contains(table_of(report), "limit not judged: the ranks do not wait for each other\n"));
}

TEST(Table, SaysHowOftenAJobOfSoManyStepsGoesThroughTheDataset) {
  BalanceReport report = six_workers_in_step_mode();
  report.description.epochs = 3;
  const auto words = [&report](std::int64_t samples, std::int64_t dropped) {
    report.job.samples = report.job.samples_done = samples;
    report.step->dropped_samples = dropped;
    return table_of(report);
  };
  EXPECT_TRUE(contains(words(std::int64_t{3} * 1'281'167, 0), " once each in 3 epochs   0 redone"));
  EXPECT_TRUE(
      contains(words(std::int64_t{3} * 1'281'000, 501), " once each in 3 epochs   0 redone"));
  EXPECT_TRUE(contains(words(3'000'000, 0), " once each in 2.34 epochs   0 redone"));
}

TEST(Table, NumbersTheStepsBeforeACheckpoint) {
  BalanceReport report = six_workers_in_step_mode();
  report.events = {checkpoint_event(EventKind::checkpoint, instant_at(9), Rank(1),
                                    *CheckpointTag::from("best"), 1'204)};
  EXPECT_TRUE(contains(table_of(report), "event  step 1,204  checkpoint 'best' is complete\n"));
}

TEST(Table, SaysThatASpeedChangedInTheBaseline) {
  BalanceReport report = six_workers_in_step_mode();
  report.events[0].steps_to_plan = Event::in_baseline;
  EXPECT_TRUE(
      contains(table_of(report), "rank 6: 125 -> 62 samples/s in the baseline steps; cost 3.00 s"));
}

TEST(Table, ShowsAtMostTwelveEvents) {
  BalanceReport report = three_workers();
  for (int i = 0; i < 52; ++i) {
    report.events.push_back({instant_at(i), Rank(1), EventKind::slower, 2, 1});
  }
  const std::vector<std::string> lines = lines_of(table_of(report));
  EXPECT_EQ(lines.back(), "… and 40 more events");
  EXPECT_EQ(lines[lines.size() - 2], "event  11.0 s  rank 1: 2 -> 1 samples/s");
  report.events_left_out = 1'000;
  EXPECT_EQ(lines_of(table_of(report)).back(), "… and 1,040 more events");
}

TEST(Table, GivesBytesInUnitsThatReadWell) {
  BalanceReport report = three_workers();
  report.description.cost_unit = "bytes";
  report.job.cost = report.job.cost_done = 12.34e9;
  for (RankReport& rank : report.ranks) rank.speed *= 1e6;
  report.events = {{instant_at(1), Rank(1), EventKind::slower, 2.5e9, 1e9}};
  const std::string text = table_of(report);
  EXPECT_TRUE(contains(text, "cost 12.3 GB"));
  EXPECT_TRUE(contains(text, "  MB/s "));
  EXPECT_TRUE(contains(text, "250 ±2%"));
  EXPECT_TRUE(contains(text, "rank 1: 2.5 -> 1 GB/s"));
}

TEST(Table, ComparesNothingWithTheLimitIfNothingIsDone) {
  BalanceReport report = three_workers();
  report.complete = false;
  report.job.samples_done = 0;
  EXPECT_TRUE(contains(table_of(report), "limit at these speeds 59.7 s   imbalance"));
}

TEST(Table, SaysThatALimitIsUnknown) {
  BalanceReport report = three_workers();
  for (const double bound_s : {0.0, std::numeric_limits<double>::infinity()}) {
    report.bound_s = bound_s;
    EXPECT_TRUE(contains(table_of(report), "limit at these speeds unknown"));
  }
}

TEST(Table, JudgesNothingThatWasTooShort) {
  BalanceReport report = three_workers();
  report.makespan_s = 0.4;
  report.judged = false;
  const std::string text = table_of(report);
  EXPECT_TRUE(contains(text, "\nmakespan  400 ms   too short to judge: less than a second\n"));
  EXPECT_FALSE(contains(text, "limit"));
  EXPECT_FALSE(contains(text, "slower"));

  report = six_workers_in_step_mode();
  report.judged = false;
  EXPECT_TRUE(contains(table_of(report),
                       "\nstep now     272 ms (p95 291 ms)   too short to judge: less than a "
                       "second\n"));
  EXPECT_FALSE(contains(table_of(report), "data-bound"));
}

TEST(Table, DoesNotJudgeALimitAboveTheMedianStep) {
  BalanceReport report = six_workers_in_step_mode();
  report.step->bound_s = 0.276;
  EXPECT_TRUE(contains(table_of(report), "limit at these speeds 272 ms (1.00x)\n"));
  report.step->bound_s = 0.34;
  EXPECT_TRUE(contains(table_of(report),
                       "\nstep now     272 ms (p95 291 ms)   limit not judged: the speeds vary "
                       "too much\n"));
}

TEST(Table, DoesNotSayWhatAdaptiveWouldSaveInWhatWasTooShort) {
  BalanceReport report = observed_lease_mode();
  report.judged = false;
  EXPECT_FALSE(contains(table_of(report), "\nadaptive "));
  report = six_workers_in_step_mode();
  report.description.policy = "observe";
  report.judged = false;
  EXPECT_FALSE(contains(table_of(report), "\nadaptive "));
}

TEST(Table, ShowsAJobWithoutWork) {
  BalanceReport report;
  report.ranks.resize(1);
  const std::string text = table_of(report);
  EXPECT_TRUE(contains(text, "makespan  0 s   limit at these speeds unknown   imbalance 0.0%"));
  EXPECT_TRUE(contains(text, "did nothing"));
}

TEST(Table, CutsLongHostNamesInTheMiddle) {
  BalanceReport report = three_workers();
  report.ranks[0].host = "a-very-long-host-name-in-some-rack.of.a.cluster.example.org";
  const std::string text = table_of(report);
  EXPECT_TRUE(contains(text, "a-very-"));
  EXPECT_TRUE(contains(text, "…"));
  EXPECT_TRUE(contains(text, ".org"));
}

TEST(Table, EscapesNames) {
  BalanceReport report = three_workers();
  report.description.dataset_name = "line\nfeed";
  report.ranks[0].host = "\x1b[31mred";
  const std::string text = table_of(report);
  EXPECT_TRUE(contains(text, R"(line\x0afeed)"));
  EXPECT_TRUE(contains(text, R"(\x1b[31mred)"));
}

// A number of any size, often extreme.
double any_number(Random& random) {
  switch (random.below(8)) {
    case 0:
      return 0;
    case 1:
      return std::numeric_limits<double>::max();
    case 2:
      return std::numeric_limits<double>::denorm_min();
    case 3:
      return std::numeric_limits<double>::infinity();
    case 4:
      return std::numeric_limits<double>::quiet_NaN();
    default:
      return std::pow(10, random.uniform() * 40 - 20);
  }
}

std::int64_t any_count(Random& random) {
  return static_cast<std::int64_t>(random.next() >> (1 + random.below(63)));
}

std::string any_name(Random& random) {
  const std::vector<std::string> pieces{"node", "-", "é", "漢字",    "\xff",
                                        "\n",   "7", "…", "\xe6\xbc"};
  std::string name;
  for (std::uint64_t left = random.below(60); left > 0; --left) {
    name += pieces[random.below(pieces.size())];
  }
  return name;
}

RankReport any_rank(Random& random) {
  RankReport rank;
  rank.rank = Rank(static_cast<std::int32_t>(any_count(random) % 2'147'483'648));
  rank.host = any_name(random);
  rank.state = static_cast<WorkerState>(random.below(3));
  rank.samples = any_count(random);
  rank.share = any_number(random);
  rank.speed = any_number(random);
  rank.speed_noise = any_number(random);
  rank.busy = from_seconds(any_number(random));
  rank.waited_for_others = from_seconds(any_number(random));
  rank.waited_for_coordinator = from_seconds(any_number(random));
  rank.last_end = instant_at(any_number(random));
  rank.leases = any_count(random);
  rank.trims = any_count(random);
  return rank;
}

BalanceReport any_report(Random& random) {
  BalanceReport report;
  report.description.policy = random.below(2) == 0 ? "round-robin" : "observe";
  report.complete = random.below(2) == 0;
  report.description.dataset_name = any_name(random);
  report.description.samples = any_count(random);
  report.description.cost_unit = random.below(2) == 0 ? "bytes" : any_name(random);
  report.description.step_samples = any_count(random);
  report.description.seed = random.next();
  report.description.epochs = any_count(random) % 2'147'483'648;
  for (std::int64_t* count :
       {&report.job.samples, &report.job.samples_done, &report.job.messages, &report.job.leases,
        &report.job.trims, &report.job.redone_samples, &report.job.wasted_samples}) {
    *count = any_count(random);
  }
  report.job.cost_done = any_number(random);
  report.makespan_s = any_number(random);
  report.bound_s = any_number(random);
  report.ratio = any_number(random);
  report.imbalance = any_number(random);
  for (std::uint64_t left = random.below(40); left > 0; --left) {
    report.ranks.push_back(any_rank(random));
    report.nodes.push_back({any_name(random), any_count(random), any_number(random),
                            any_number(random), any_number(random), any_number(random),
                            any_number(random)});
    report.events.push_back({instant_at(any_number(random)), report.ranks.back().rank,
                             static_cast<EventKind>(random.below(4)), any_number(random),
                             any_number(random), any_count(random)});
  }
  return report;
}

TEST(Table, FitsThePageWhateverTheFigures) {
  for (std::uint64_t seed = 0; seed < 1'000; ++seed) {
    Random random(seed);
    for (const std::string& line : lines_of(table_of(any_report(random)))) {
      ASSERT_LE(display_columns(line), page_columns) << "seed " << seed << ": " << line;
      ASSERT_EQ(line, printable(line)) << "seed " << seed;
    }
  }
}

}  // namespace
}  // namespace evenkeel
