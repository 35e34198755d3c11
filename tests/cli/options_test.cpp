// What the options of each command accept, and what they say to what they do not.
#include <gtest/gtest.h>

#include "cli/program.h"

namespace evenkeel {
namespace {

struct BadOptions {
  std::vector<std::string> arguments;
  std::string line;  // without "evenkeel: "
};

std::ostream& operator<<(std::ostream& out, const BadOptions& bad) {
  for (const std::string& argument : bad.arguments) out << argument << ' ';
  return out;
}

class Options : public ::testing::TestWithParam<BadOptions> {};

TEST_P(Options, AreRefusedInOneLine) {
  const Finished finished = evenkeel(GetParam().arguments);
  EXPECT_EQ(finished.err, "evenkeel: " + GetParam().line + "\n");
  EXPECT_EQ(finished.out, "");
  EXPECT_EQ(finished.status, 2);
}

// The options of a run that lacks nothing, and more.
std::vector<std::string> run_with(std::vector<std::string> more) {
  more.insert(more.begin(), {"run", "--manifest", "m.json", "--workload", "read"});
  return more;
}

INSTANTIATE_TEST_SUITE_P(
    Names, Options,
    ::testing::Values(
        BadOptions{{"rum"}, "unknown command 'rum'; did you mean 'run'?"},
        BadOptions{{"frobnicate"},
                   "unknown command 'frobnicate'; 'evenkeel --help' lists the commands"},
        BadOptions{{"manifest", "scam"}, "manifest: unknown action 'scam'; did you mean 'scan'?"},
        BadOptions{{"manifest"}, "manifest: give scan DIR, convert FILE or check FILE"},
        BadOptions{{"manifest", "check"}, "FILE or DIR is missing; --help shows the usage"},
        BadOptions{{"manifest", "check", "a", "b"}, "unexpected argument 'b'; give one manifest"},
        BadOptions{run_with({"--polcy", "self"}),
                   "unknown option '--polcy'; did you mean '--policy'?"},
        BadOptions{run_with({"--polcy="}), "unknown option '--polcy'; did you mean '--policy'?"},
        BadOptions{run_with({"--epoch=2"}), "unknown option '--epoch'; did you mean '--epochs'?"},
        BadOptions{run_with({"--ranks", "4"}),
                   "unknown option '--ranks'; mpirun -n sets how many ranks there are"},
        BadOptions{run_with({"--batch-size=4"}),
                   "unknown option '--batch-size'; give --global-batch, or in lease mode "
                   "--step-samples"},
        BadOptions{{"plan", "--ranks", "4"}, "unknown option '--ranks'; give --workers"},
        BadOptions{run_with({"--frobnicate"}),
                   "unknown option '--frobnicate'; --help all lists the options"},
        BadOptions{run_with({"-x"}), "unknown option '-x'; --help all lists the options"},
        BadOptions{run_with({"--=x"}), "unknown option '--'; --help all lists the options"},
        BadOptions{{"manifest", "check", "--", "-a", "b"},
                   "unexpected argument 'b'; give one manifest"},
        BadOptions{{"simulate", "--cluster", "c", "more"},
                   "unexpected argument 'more'; options begin with '--'"},
        BadOptions{run_with({"--policy", "adaptiv"}),
                   "--policy: unknown 'adaptiv'; did you mean 'adaptive'?"},
        BadOptions{run_with({"--policy", "all"}),
                   "--policy: unknown 'all'; 'evenkeel simulate --policy all' compares them"},
        BadOptions{{"--manifest", "m.json", "--", "python3", "train.py"},
                   "unknown option '--manifest'; give the command first, such as 'evenkeel run "
                   "--manifest ...'"},
        BadOptions{{"--mode=step"},
                   "unknown option '--mode'; give the command first, such as 'evenkeel run --mode "
                   "...'"},
        BadOptions{{"--help", "polices"},
                   "there is no help on 'polices'; did you mean 'policies'?"},
        BadOptions{run_with({"--predictor", "affin"}),
                   "--predictor: unknown 'affin'; did you mean 'affine'?"},
        BadOptions{{"simulate", "--manifest", "m.json", "--cluster", "c", "--predictor", "oracle"},
                   "--predictor: unknown 'oracle'; give one of last, mean, affine, trend, mixture"},
        BadOptions{run_with({"--shuffle", "deck"}),
                   "--shuffle: unknown 'deck'; give one of none, shards, block, full"},
        BadOptions{{"run", "--manifest", "m.json", "--workload", "reed"},
                   "--workload: unknown 'reed'; did you mean 'read'?"}));

INSTANTIATE_TEST_SUITE_P(
    Numbers, Options,
    ::testing::Values(
        BadOptions{run_with({"--epochs", "x"}), "--epochs: 'x' is not a whole number"},
        BadOptions{run_with({"--epochs", "1.5"}), "--epochs: '1.5' is not a whole number"},
        BadOptions{run_with({"--epochs", "-"}), "--epochs: '-' is not a whole number"},
        BadOptions{run_with({"--epochs", "0"}), "--epochs: 0 is too small; give at least 1"},
        BadOptions{run_with({"--epochs", "-3"}), "--epochs: -3 is too small; give at least 1"},
        BadOptions{run_with({"--epochs", "1000001"}),
                   "--epochs: 1000001 is too large; give at most 1000000"},
        BadOptions{run_with({"--warmup-steps", "2147483647"}),
                   "--warmup-steps: 2147483647 is too large; give at most 1000000"},
        BadOptions{run_with({"--seed", "18446744073709551616"}),
                   "--seed: 18446744073709551616 is too large; give at most 18446744073709551615"},
        BadOptions{run_with({"--seed", "-1"}), "--seed: -1 is too small; give at least 0"},
        BadOptions{run_with({"--step-samples", "0"}),
                   "--step-samples: 0 is too small; give at least 1"},
        BadOptions{run_with({"--shard-samples", "99999999999999999999"}),
                   "--shard-samples: 99999999999999999999 is too large; give at most "
                   "1000000000000"},
        BadOptions{run_with({"--report-interval", "0"}),
                   "--report-interval: 0 is too small; give more than 0"},
        BadOptions{run_with({"--lease-deadline", "-2"}),
                   "--lease-deadline: -2 is too small; give more than 0"},
        BadOptions{run_with({"--grace", "-1"}), "--grace: -1 is too small; give more than 0"},
        BadOptions{run_with({"--lease-deadline", "soon"}),
                   "--lease-deadline: 'soon' is not a number"},
        BadOptions{run_with({"--lease-deadline", "nan"}),
                   "--lease-deadline: 'nan' is not a number"},
        BadOptions{run_with({"--lease-deadline", "1e999"}),
                   "--lease-deadline: 1e999 is out of range"},
        BadOptions{{"run", "--manifest", "m", "--workload", "simulated", "--cluster", "c",
                    "--time-scale", "0"},
                   "--time-scale: 0 is too small; give more than 0"},
        BadOptions{{"run", "--manifest", "m", "--workload", "simulated", "--cluster", "c",
                    "--time-scale", "1e7"},
                   "--time-scale: 10000000 is out of range; give 1e-06 to 1000000"},
        BadOptions{{"plan", "--manifest", "m.json", "--workers", "0"},
                   "--workers: 0 is too small; give at least 1"},
        BadOptions{{"simulate", "--manifest", "m.json", "--cluster", "c", "--runs", "0"},
                   "--runs: 0 is too small; give at least 1"}));

INSTANTIATE_TEST_SUITE_P(
    Values, Options,
    ::testing::Values(BadOptions{run_with({"--epochs"}), "--epochs: needs a value"},
                      BadOptions{run_with({"--epochs="}), "--epochs: needs a value"},
                      BadOptions{run_with({"--epochs", ""}), "--epochs: needs a value"},
                      BadOptions{run_with({"--resume="}), "--resume: needs a value"},
                      BadOptions{run_with({"--spans", "--quiet"}),
                                 "--spans: needs a value, but '--quiet' follows"},
                      BadOptions{run_with({"--quiet=yes"}), "--quiet: takes no value"},
                      BadOptions{run_with({"--epochs", "1", "--epochs", "2"}),
                                 "--epochs: given more than once"},
                      BadOptions{run_with({"--policy", "weighted", "--weights", "1,,2"}),
                                 "--weights: '1,,2' has an empty item between its commas"}));

// What newcomers leave out or put in the wrong place.
INSTANTIATE_TEST_SUITE_P(
    Slips, Options,
    ::testing::Values(
        BadOptions{{"run", "--manifest", "m.json", "python3", "train.py", "--lr", "0.1"},
                   "unexpected argument 'python3'; put '--' before the command: -- python3 "
                   "train.py --lr 0.1"},
        BadOptions{{"run", "python3", "train.py"},
                   "unexpected argument 'python3'; put '--' before the command: -- python3 "
                   "train.py"},
        BadOptions{{"run", "images.json"},
                   "unexpected argument 'images.json'; give the manifest as --manifest "
                   "images.json"},
        BadOptions{{"run", "shards.csv", "--workload", "read"},
                   "unexpected argument 'shards.csv'; give the manifest as --manifest shards.csv"},
        BadOptions{{"run", "/usr", "--", "sh"},
                   "unexpected argument '/usr'; give the manifest as --manifest /usr"},
        BadOptions{{"simulate", "m.jsonl", "--cluster", "c.json"},
                   "unexpected argument 'm.jsonl'; give the manifest as --manifest m.jsonl"},
        BadOptions{{"plan", "m.json", "--workers", "8"},
                   "unexpected argument 'm.json'; give the manifest as --manifest m.json"},
        BadOptions{{"plan", "--manifest=m.json", "c.json"},
                   "unexpected argument 'c.json'; options begin with '--'"},
        BadOptions{{"manifest", "scan", "/data", "out.json"},
                   "unexpected argument 'out.json'; the manifest goes to standard output: "
                   "evenkeel manifest scan /data > out.json"},
        BadOptions{{"manifest", "convert", "a.csv", "b.json"},
                   "unexpected argument 'b.json'; the manifest goes to standard output: evenkeel "
                   "manifest convert a.csv > b.json"},
        BadOptions{{"manifest", "scan", "--deep", "/data"}, "--deep: requires manifest check"},
        BadOptions{{"help", "trainng"}, "there is no help on 'trainng'; did you mean 'training'?"},
        BadOptions{{"help", "nothing-like-it"},
                   "there is no help on 'nothing-like-it'; 'evenkeel help' lists the topics"},
        BadOptions{{"--verson"}, "unknown option '--verson'; did you mean '--version'?"}));

INSTANTIATE_TEST_SUITE_P(
    Combinations, Options,
    ::testing::Values(
        BadOptions{{"run", "--workload", "read"},
                   "--manifest: missing; 'evenkeel manifest scan DIR > FILE' writes one"},
        BadOptions{
            {"run", "--manifest", "m.json"},
            "there is nothing to do; give a trainer after '--', such as -- python3 train.py, or "
            "--workload read"},
        BadOptions{{"plan", "--manifest", "m.json"}, "--workers: missing; give how many there are"},
        BadOptions{run_with({"--cluster", "c.json"}), "--cluster: requires --workload simulated"},
        BadOptions{run_with({"--time-scale", "2"}), "--time-scale: requires --workload simulated"},
        BadOptions{{"run", "--manifest", "m.json", "--workload", "simulated"},
                   "--cluster: missing; --workload simulated needs a cluster profile"},
        BadOptions{run_with({"--policy", "self", "--weights", "1,2"}),
                   "--weights: --policy self ignores them; give one of adaptive, weighted, wf"},
        BadOptions{run_with({"--policy", "self", "--order", "free"}),
                   "--order: --policy self ignores it; give --policy adaptive"},
        BadOptions{run_with({"--mode", "step", "--start-with", "2"}),
                   "--start-with: requires --mode lease"},
        BadOptions{run_with({"--policy", "self", "--idempotent"}),
                   "--idempotent: --policy self ignores it; give --policy adaptive"},
        BadOptions{run_with({"--mode", "step", "--idempotent"}),
                   "--idempotent: requires --mode lease"},
        BadOptions{run_with({"--policy", "self", "--speeds", "old.json"}),
                   "--speeds: --policy self ignores them; give one of adaptive, weighted, wf"},
        BadOptions{run_with({"--shuffle-block", "8"}), "--shuffle-block: requires --shuffle block"},
        BadOptions{run_with({"--mode", "step", "--shuffle", "shards", "--shuffle-block", "8"}),
                   "--shuffle-block: requires --shuffle block"},
        BadOptions{run_with({"--mode", "stp"}), "--mode: unknown 'stp'; did you mean 'step'?"},
        BadOptions{run_with({"--global-batch", "64"}), "--global-batch: requires --mode step"},
        BadOptions{run_with({"--steps", "64"}), "--steps: requires --mode step"},
        BadOptions{
            run_with({"--mode", "step", "--steps", "64", "--epochs", "2"}),
            "--steps: conflicts with --epochs, as both say how long the job is; give one of them"},
        BadOptions{run_with({"--no-baseline"}), "--no-baseline: requires --mode step"},
        BadOptions{run_with({"--mode", "step", "--step-samples", "8"}),
                   "--step-samples: requires --mode lease"},
        BadOptions{run_with({"--mode", "step", "--epoch-barrier"}),
                   "--epoch-barrier: requires --mode lease"},
        BadOptions{run_with({"--mode", "step", "--micro-batch", "0"}),
                   "--micro-batch: 0 is too small; give at least 1"},
        BadOptions{run_with({"--mode", "step", "--last", "part"}),
                   "--last: unknown 'part'; give one of partial, drop"},
        BadOptions{{"simulate", "--manifest", "m", "--cluster", "c", "--read-ahead", "1"},
                   "--read-ahead: requires --mode step"},
        BadOptions{{"run", "--manifest", "m.json", "--"},
                   "--: no command follows; give a trainer, such as -- python3 train.py"},
        BadOptions{{"run", "--manifest", "m.json", "--", "no-such-program", "train.py"},
                   "no-such-program: there is no such program in PATH; give a program that can be "
                   "started after '--'"},
        BadOptions{{"run", "--manifest", "m.json", "--", "/no/such/program"},
                   "/no/such/program: No such file or directory; give a program that can be "
                   "started after '--'"},
        BadOptions{run_with({"--", "sh"}),
                   "--workload: conflicts with the command after '--'; leave one of them out"},
        BadOptions{run_with({"--coordinator", "dedicated"}),
                   "--coordinator: requires a command after '--'"},
        BadOptions{{"run", "--manifest", "m.json", "--", "sh"},
                   "run: needs mpirun; launch it with, for instance, 'mpirun -n 8 "
                   "evenkeel run ... -- sh'"},
        BadOptions{{"simulate", "--manifest", "m.json"},
                   "--cluster: missing; it names the profile of the simulated workers"},
        BadOptions{{"simulate", "--manifest", "m", "--cluster", "c", "--spans", "s"},
                   "--spans: requires a single job; give one --policy, and no --runs"},
        BadOptions{
            {"simulate", "--manifest", "m", "--cluster", "c", "--mode", "step", "--replay", "l"},
            "--replay: requires a single job; give one --policy, and no --runs"},
        BadOptions{{"simulate", "--manifest", "m", "--cluster", "c", "--policy", "self", "--runs",
                    "2", "--report", "r.json"},
                   "--report: requires a single job; give one --policy, and no --runs, or --vs to "
                   "compare policies"},
        BadOptions{run_with({"--mode", "lease"}),
                   "run: needs rank 0 to coordinate and at least one worker; launch it with, for "
                   "instance, 'mpirun -n 9 evenkeel run ...' for 8 workers"}));

}  // namespace
}  // namespace evenkeel
