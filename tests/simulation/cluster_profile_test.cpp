#include "simulation/cluster_profile.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>
#include <vector>

#include "core/random.h"
#include "evenkeel/error.h"

namespace evenkeel {
namespace {

using namespace std::chrono_literals;

// Reads a text as the file cluster.json.
class ClusterProfileFile : public ::testing::Test {
 protected:
  ClusterProfileFile()
      : folder_(std::filesystem::temp_directory_path() /
                ("evenkeel-cluster-" + std::to_string(::getpid()))),
        path_(folder_ / "cluster.json") {
    std::filesystem::create_directories(folder_);
  }
  ~ClusterProfileFile() override { std::filesystem::remove_all(folder_); }

  ClusterProfile read(std::string_view text) {
    std::ofstream(path_, std::ios::binary) << text;
    return read_cluster_profile(path_);
  }

  // A profile whose only rank has the given members.
  ClusterProfile read_rank(const std::string& members) {
    return read(R"({"evenkeel_cluster": 1, "ranks": [{)" + members + "}]}");
  }

  // What is wrong with a text, without the folder's name; empty if nothing is.
  std::string fault(std::string_view text) {
    try {
      read(text);
    } catch (const UserError& error) {
      const std::string message = error.what();
      const std::string folder = folder_.string() + "/";
      EXPECT_TRUE(message.starts_with(folder)) << message;
      return message.substr(folder.size());
    }
    return "";
  }

  std::string rank_fault(const std::string& members) {
    return fault(R"({"evenkeel_cluster": 1, "ranks": [{)" + members + "}]}");
  }

  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path folder_;
  std::filesystem::path path_;
};

constexpr std::string_view documented = R"({"evenkeel_cluster": 1, "latency_s": 5e-5,
 "ranks": [{"count": 4, "host": "a100-%d", "speed": 400, "overhead_s": 0.002, "noise": 0.05},
           {"host": "old-0", "speed": 100, "phases": [[20.0, 12.5], [40.0, 100]],
            "dies_at": null, "hangs": [[12.0, 15.0]]}]}
)";

TEST_F(ClusterProfileFile, IsReadAsDocumented) {
  const ClusterProfile cluster = read(documented);
  EXPECT_EQ(cluster.latency, 50us);
  ASSERT_EQ(cluster.ranks.size(), 5U);
  for (std::size_t i = 0; i < 4; ++i) {
    const RankProfile& rank = cluster.ranks[i];
    EXPECT_EQ(rank.host, "a100-" + std::to_string(i));
    EXPECT_EQ(rank.speed, 400);
    EXPECT_EQ(rank.overhead, 2ms);
    EXPECT_EQ(rank.noise, 0.05);
    EXPECT_TRUE(rank.phases.empty());
  }
  const RankProfile& old = cluster.ranks[4];
  EXPECT_EQ(old.host, "old-0");
  EXPECT_EQ(old.speed, 100);
  EXPECT_EQ(old.overhead, 0s);
  EXPECT_EQ(old.noise, 0);
  ASSERT_EQ(old.phases.size(), 2U);
  EXPECT_EQ(old.phases[0].from, Instant(20s));
  EXPECT_EQ(old.phases[0].speed, 12.5);
  EXPECT_EQ(old.phases[1].from, Instant(40s));
  EXPECT_EQ(old.dies_at, std::nullopt);
  ASSERT_EQ(old.hangs.size(), 1U);
  EXPECT_EQ(old.hangs[0].from, Instant(12s));
  EXPECT_EQ(old.hangs[0].to, Instant(15s));
}

TEST_F(ClusterProfileFile, MayLeaveAllButTheSpeedOut) {
  const ClusterProfile cluster = read_rank(R"("speed": 2)");
  EXPECT_EQ(cluster.latency, 50us);
  ASSERT_EQ(cluster.ranks.size(), 1U);
  EXPECT_EQ(cluster.ranks[0].host, "");
  EXPECT_EQ(cluster.ranks[0].speed, 2);
  EXPECT_EQ(cluster.ranks[0].dies_at, std::nullopt);
}

TEST_F(ClusterProfileFile, MayReachEveryLimit) {
  const ClusterProfile cluster = read(R"({"evenkeel_cluster": 1, "latency_s": 0,
      "extra": {"any": ["thing"]},
      "poison": 1,
      "ranks": [{"speed": 1e-15, "overhead_s": 0, "noise": 0, "phases": [[0, 1e30]], "fails": 1,
                 "dies_at": 0, "hangs": [[0, 1], [1, 1e9]], "extra": 1}]})");
  EXPECT_EQ(cluster.latency, 0s);
  EXPECT_EQ(cluster.poison, 1);
  EXPECT_EQ(cluster.ranks[0].fails, 1);
  EXPECT_EQ(cluster.ranks[0].dies_at, Instant(0s));
  EXPECT_EQ(cluster.ranks[0].hangs[1].to, Instant(1'000'000'000s));
}

TEST_F(ClusterProfileFile, HasEachKeyOnce) {
  EXPECT_EQ(rank_fault(R"("speed": 1, "speed": 2)"),
            "cluster.json:1: /ranks/0 has \"speed\" twice; keep one of them");
  EXPECT_EQ(rank_fault(R"("speed": 1}, {"phases": [[1, 2], [3, 4]], "speed": 1, "noise": {
                          "pareto": 2, "normal": 0, "pareto": 2})"),
            "cluster.json:1: /ranks/1/noise has \"pareto\" twice; keep one of them");
  EXPECT_EQ(fault(R"({"evenkeel_cluster": 1, "ranks": [{"speed": 1}], "ranks": []})"),
            "cluster.json: has \"ranks\" twice; keep one of them");
  EXPECT_EQ(rank_fault(R"("speed": 1}, {"speed": 1)"), "");
  EXPECT_EQ(rank_fault(R"("speed": 1, "extra": {"a": 1, "a": [{"b": 1, "b": 2}]})"), "");
}

TEST_F(ClusterProfileFile, HasProbabilitiesFromZeroToOne) {
  const std::string rule = "; a probability is a number from 0 to 1";
  EXPECT_EQ(rank_fault(R"("speed": 1, "fails": 1.5)"),
            "cluster.json:1: /ranks/0/fails is 1.5" + rule);
  EXPECT_EQ(rank_fault(R"("speed": 1, "fails": -1)"),
            "cluster.json:1: /ranks/0/fails is -1" + rule);
  EXPECT_EQ(fault(R"({"evenkeel_cluster": 1, "poison": true, "ranks": [{"speed": 1}]})"),
            "cluster.json:1: /poison is true" + rule);
}

TEST_F(ClusterProfileFile, PoisonsAShareOfTheSteps) {
  ClusterProfile cluster;
  EXPECT_FALSE(cluster.poisons(pass_of(0), Position(0)));
  cluster.poison = 0.25;
  int poisoned = 0;
  int in_both_epochs = 0;
  for (std::int64_t begin = 0; begin < 320'000; begin += 32) {
    const bool is_poisoned = cluster.poisons(pass_of(0), Position(begin));
    EXPECT_EQ(is_poisoned, cluster.poisons(pass_of(0), Position(begin)));
    poisoned += is_poisoned ? 1 : 0;
    in_both_epochs += is_poisoned && cluster.poisons(pass_of(1), Position(begin)) ? 1 : 0;
  }
  EXPECT_NEAR(poisoned, 2500, 150);
  EXPECT_NEAR(in_both_epochs, 625, 100);
}

TEST_F(ClusterProfileFile, NumbersTheHostsOfAnEntry) {
  const ClusterProfile cluster = read(R"({"evenkeel_cluster": 1, "ranks": [
      {"speed": 1, "host": "rack%d-n%d", "count": 2},
      {"speed": 1, "host": "shared", "count": 2},
      {"speed": 1, "host": "x%d"}]})");
  std::vector<std::string> hosts;
  for (const RankProfile& rank : cluster.ranks) hosts.push_back(rank.host);
  EXPECT_EQ(hosts, (std::vector<std::string>{"rack0-n0", "rack1-n1", "shared", "shared", "x0"}));
}

TEST_F(ClusterProfileFile, MustBeThere) {
  try {
    read_cluster_profile(path());
    FAIL() << "read";
  } catch (const UserError& error) {
    EXPECT_EQ(error.what(), path().string() + ": no such file; check the path");
  }
}

TEST_F(ClusterProfileFile, MustBeJson) {
  EXPECT_EQ(fault(""), "cluster.json:1:1: is not JSON: it is empty");
  EXPECT_EQ(fault("{\"evenkeel_cluster\": 1,\n \"ranks\": [}"),
            "cluster.json:2:12: is not JSON: unexpected '}'; expected '[', '{', or a literal");
  EXPECT_EQ(fault("{\"evenkeel_cluster\": 1e999}"),
            "cluster.json: has a number too large to calculate with; numbers reach up to 1e308");
}

TEST_F(ClusterProfileFile, MustBeAClusterProfile) {
  EXPECT_EQ(fault("[]"),
            "cluster.json: is not an object; a cluster profile begins {\"evenkeel_cluster\": 1,");
  EXPECT_EQ(fault("{\"evenkeel\": 1}"),
            "cluster.json: has no \"evenkeel_cluster\"; a cluster profile begins "
            "{\"evenkeel_cluster\": 1,");
  EXPECT_EQ(fault("{\"evenkeel_cluster\": 2}"),
            "cluster.json:1: /evenkeel_cluster is 2; this program reads version 1: for a later "
            "one, get a newer evenkeel");
}

TEST_F(ClusterProfileFile, MustHaveRanks) {
  EXPECT_EQ(fault("{\"evenkeel_cluster\": 1}"),
            "cluster.json: has no \"ranks\"; list at least one there");
  EXPECT_EQ(fault("{\"evenkeel_cluster\": 1, \"ranks\": 8}"),
            "cluster.json:1: /ranks is 8; ranks are a list of objects");
  EXPECT_EQ(fault("{\"evenkeel_cluster\": 1, \"ranks\": []}"),
            "cluster.json:1: /ranks is empty; a cluster has at least one rank");
  EXPECT_EQ(fault("{\"evenkeel_cluster\": 1,\n\"ranks\": [\n{\"speed\": 1}, 4]}"),
            "cluster.json:3: /ranks/1 is 4; a rank is an object such as {\"speed\": 400}");
}

TEST_F(ClusterProfileFile, MayHaveKnownKeysOnly) {
  EXPECT_EQ(fault("{\"evenkeel_cluster\": 1, \"rank\": []}"),
            "cluster.json: has an unknown key \"rank\"; did you mean \"ranks\"?");
  EXPECT_EQ(rank_fault(R"("sped": 1)"),
            "cluster.json:1: /ranks/0 has an unknown key \"sped\"; did you mean \"speed\"?");
  EXPECT_EQ(
      rank_fault("\"\\n" + std::string(50, 'x') + "\": 1"),
      "cluster.json:1: /ranks/0 has an unknown key \"\\n" + std::string(39, 'x') +
          "\"; known are count, host, speed, overhead_s, stair, exponent, curve, noise, warmup, "
          "pauses, starts_at, phases, hangs, dies_at, file_factors, fails, extra");
}

TEST_F(ClusterProfileFile, HasSpeedsThatCanBeCalculatedWith) {
  EXPECT_EQ(
      rank_fault(R"("count": 1)"),
      "cluster.json:1: /ranks/0 has no \"speed\"; a rank needs one, in cost units per second");
  EXPECT_EQ(rank_fault(R"("speed": 0)"),
            "cluster.json:1: /ranks/0/speed is 0; a speed is a number from 1e-15 to 1e30");
  EXPECT_EQ(rank_fault(R"("speed": -3)"),
            "cluster.json:1: /ranks/0/speed is -3; a speed is a number from 1e-15 to 1e30");
  EXPECT_EQ(rank_fault(R"("speed": "fast")"),
            "cluster.json:1: /ranks/0/speed is \"fast\"; a speed is a number from 1e-15 to 1e30");
  EXPECT_EQ(rank_fault(R"("speed": 1, "phases": [[1, 0]])"),
            "cluster.json:1: /ranks/0/phases/0/1 is 0; a speed is a number from 1e-15 to 1e30");
}

TEST_F(ClusterProfileFile, LimitsTheSizeOfTheCluster) {
  EXPECT_EQ(rank_fault(R"("speed": 1, "count": 1000000, "host": ")" + std::string(256, 'x') + "\""),
            "cluster.json:1: /ranks/0/host has 256 bytes; a host has at most 255");
  std::string phases = "[0, 1]";
  for (int second = 1; second < 20; ++second) phases += ", [" + std::to_string(second) + ", 1]";
  EXPECT_EQ(rank_fault(R"("speed": 1, "count": 500001, "phases": [)" + phases + "]"),
            "cluster.json:1: /ranks/0 makes it 10000020 pairs in the lists of all ranks; a cluster "
            "has at most 10000000");
  const std::string entry =
      R"({"speed": 1, "count": 250001, "hangs": [[1, 2]], "phases": [)" + phases + "]}";
  EXPECT_EQ(fault(R"({"evenkeel_cluster": 1, "ranks": [)" + entry + ",\n" + entry + "]}"),
            "cluster.json:2: /ranks/1 makes it 10500042 pairs in the lists of all ranks; a cluster "
            "has at "
            "most 10000000");
}

TEST_F(ClusterProfileFile, HasNoExtremeSpeeds) {
  for (const std::string speed : {"1e-320", "1e308"}) {
    EXPECT_EQ(rank_fault("\"speed\": " + speed), "cluster.json:1: /ranks/0/speed is " + speed +
                                                     "; a speed is a number from 1e-15 to 1e30");
  }
}

TEST_F(ClusterProfileFile, HasAnAllReduceOfLimitedLength) {
  const auto profile = [](const std::string& bytes, const std::string& bandwidth) {
    return R"({"evenkeel_cluster": 1, "ranks": [{"speed": 1}], "all_reduce": {"latency_s": 1e9,
             "bytes": )" +
           bytes + R"(, "bandwidth": )" + bandwidth + "}}";
  };
  EXPECT_EQ(fault(profile("1e31", "1")),
            "cluster.json:2: /all_reduce/bytes is 1e31; bytes are a number from 0 to 1e30");
  EXPECT_EQ(
      fault(profile("1", "1e-320")),
      "cluster.json:2: /all_reduce/bandwidth is 1e-320; a bandwidth is bytes per second, from "
      "1e-15 to 1e30");
  EXPECT_EQ(read(profile("1e30", "1e-15")).all_reduce.time(1000), 1'000'000'000s);
}

TEST_F(ClusterProfileFile, MayHaveAStandIn) {
  const auto profile = [](const std::string& more) {
    return R"({"evenkeel_cluster": 1, "ranks": [{"speed": 1}])" + more + "}";
  };
  EXPECT_EQ(read(profile("")).stand_in, 0);
  EXPECT_EQ(read(profile(R"(, "stand_in": 8)")).stand_in, 8);
  EXPECT_EQ(fault(profile(R"(, "stand_in": 0.5)")),
            "cluster.json:1: /stand_in is 0.5; a stand-in is a number of samples from 0 to "
            "1000000000");
}

TEST_F(ClusterProfileFile, HasTimesFromZeroOn) {
  const std::string rule = "; a time is a number of seconds from 0 to 1e9";
  EXPECT_EQ(fault("{\"evenkeel_cluster\": 1, \"latency_s\": -1, \"ranks\": [{\"speed\": 1}]}"),
            "cluster.json:1: /latency_s is -1" + rule);
  EXPECT_EQ(rank_fault(R"("speed": 1, "overhead_s": "1")"),
            "cluster.json:1: /ranks/0/overhead_s is \"1\"" + rule);
  EXPECT_EQ(rank_fault(R"("speed": 1, "dies_at": -0.5)"),
            "cluster.json:1: /ranks/0/dies_at is -0.5" + rule);
  EXPECT_EQ(rank_fault(R"("speed": 1, "phases": [[-1, 1]])"),
            "cluster.json:1: /ranks/0/phases/0/0 is -1" + rule);
  EXPECT_EQ(rank_fault(R"("speed": 1, "hangs": [[0, 1.1e9]])"),
            "cluster.json:1: /ranks/0/hangs/0/1 is 1.1e9" + rule);
}

TEST_F(ClusterProfileFile, HasNoiseBelowOne) {
  EXPECT_EQ(rank_fault(R"("speed": 1, "noise": 1)"),
            "cluster.json:1: /ranks/0/noise is 1; a noise is a number from 0 to below 1");
  EXPECT_EQ(rank_fault(R"("speed": 1, "noise": -0.1)"),
            "cluster.json:1: /ranks/0/noise is -0.1; a noise is a number from 0 to below 1");
}

TEST_F(ClusterProfileFile, HasHostsWithNames) {
  EXPECT_EQ(rank_fault(R"("speed": 1, "host": "")"),
            "cluster.json:1: /ranks/0/host is \"\"; a host is a text that is not empty");
  EXPECT_EQ(rank_fault(R"("speed": 1, "host": 7)"),
            "cluster.json:1: /ranks/0/host is 7; a host is a text that is not empty");
  for (const std::string host : {"n%s", "n%d%", "%%d"}) {
    EXPECT_EQ(rank_fault(R"("speed": 1, "host": ")" + host + "\""),
              "cluster.json:1: /ranks/0/host is \"" + host +
                  "\"; after a % comes d: %d stands for 0, 1, 2 … within the entry");
  }
}

TEST_F(ClusterProfileFile, HasCountsUpToAMillionInAll) {
  for (const std::string count : {"0", "-1", "1.5", "1000001", "18446744073709551616", "\"2\""}) {
    EXPECT_EQ(rank_fault("\"speed\": 1, \"count\": " + count),
              "cluster.json:1: /ranks/0/count is " + count +
                  "; a count is a whole number from 1 to 1000000");
  }
  EXPECT_EQ(
      fault(R"({"evenkeel_cluster": 1, "ranks": [{"speed": 1}, {"speed": 1, "count": 1000000}]})"),
      "cluster.json:1: /ranks/1 makes it 1000001 ranks; a cluster has at most 1000000");
}

TEST_F(ClusterProfileFile, HasPhasesInOrderOfTime) {
  EXPECT_EQ(rank_fault(R"("speed": 1, "phases": 1)"),
            "cluster.json:1: /ranks/0/phases is 1; phases are a list of pairs "
            "[from second, speed]");
  EXPECT_EQ(rank_fault(R"("speed": 1, "phases": [[1, 2], [3]])"),
            "cluster.json:1: /ranks/0/phases/1 is a list; a phase is a pair [from second, speed]");
  EXPECT_EQ(rank_fault(R"("speed": 1, "phases": [[1, 2], [1, 3]])"),
            "cluster.json:1: /ranks/0/phases/1/0 is 1; each phase begins later than the one "
            "before");
}

TEST_F(ClusterProfileFile, HasHangsThatEndBeforeTheNext) {
  EXPECT_EQ(rank_fault(R"("speed": 1, "hangs": {})"),
            "cluster.json:1: /ranks/0/hangs is an object; hangs are a list of pairs "
            "[from second, to second]");
  EXPECT_EQ(rank_fault(R"("speed": 1, "hangs": [5])"),
            "cluster.json:1: /ranks/0/hangs/0 is 5; a hang is a pair [from second, to second]");
  EXPECT_EQ(rank_fault(R"("speed": 1, "hangs": [[5, 5]])"),
            "cluster.json:1: /ranks/0/hangs/0/1 is 5; a hang ends later than it begins");
  EXPECT_EQ(rank_fault(R"("speed": 1, "hangs": [[5, 7], [6.5, 8]])"),
            "cluster.json:1: /ranks/0/hangs/1/0 is 6.5; each hang begins after the one before "
            "has ended");
}

TEST_F(ClusterProfileFile, HasKindsOfNoise) {
  const RankProfile rank =
      read_rank(R"("speed": 1, "noise": {"normal": 0.02, "lognormal": 0.3, "pareto": 1.8,
                                       "mixture": [0.01, 10]})")
          .ranks[0];
  EXPECT_EQ(rank.noise, 0.02);
  EXPECT_EQ(rank.heavy_noise.lognormal, 0.3);
  EXPECT_EQ(rank.heavy_noise.pareto, 1.8);
  EXPECT_EQ(rank.heavy_noise.mixture_probability, 0.01);
  EXPECT_EQ(rank.heavy_noise.mixture_factor, 10);
  EXPECT_DOUBLE_EQ(rank.heavy_noise.mean(), 1.09);
  EXPECT_EQ(read_rank(R"("speed": 1, "noise": {})").ranks[0].noise, 0);
}

TEST_F(ClusterProfileFile, RefusesOtherNoise) {
  const auto noise_fault = [&](const std::string& noise) {
    return rank_fault("\"speed\": 1, \"noise\": " + noise);
  };
  EXPECT_EQ(noise_fault("\"pareto\""),
            "cluster.json:1: /ranks/0/noise is \"pareto\"; a noise is a number from 0 to below 1");
  EXPECT_EQ(noise_fault(R"({"Pareto": 2})"),
            "cluster.json:1: /ranks/0/noise has an unknown key \"Pareto\"; did you mean "
            "\"pareto\"?");
  EXPECT_EQ(noise_fault(R"({"normal": 1})"),
            "cluster.json:1: /ranks/0/noise/normal is 1; a noise is a number from 0 to below 1");
  EXPECT_EQ(noise_fault(R"({"lognormal": 4})"),
            "cluster.json:1: /ranks/0/noise/lognormal is 4; a log-normal noise is a standard "
            "deviation of the logarithm, from 0 to 3");
  EXPECT_EQ(noise_fault(R"({"pareto": 1})"),
            "cluster.json:1: /ranks/0/noise/pareto is 1; a Pareto noise is an exponent above 1, up "
            "to 100");
  EXPECT_EQ(noise_fault(R"({"mixture": 0.1})"),
            "cluster.json:1: /ranks/0/noise/mixture is 0.1; a mixture is a pair [probability, "
            "factor]");
  EXPECT_EQ(noise_fault(R"({"mixture": [2, 10]})"),
            "cluster.json:1: /ranks/0/noise/mixture/0 is 2; a probability is a number from 0 to 1");
  EXPECT_EQ(noise_fault(R"({"mixture": [0.1, 0]})"),
            "cluster.json:1: /ranks/0/noise/mixture/1 is 0; a factor is a number from 1e-6 to 1e6");
}

TEST_F(ClusterProfileFile, HasAWarmUp) {
  const RankProfile rank = read_rank(R"("speed": 1, "warmup": [10, 5])").ranks[0];
  EXPECT_EQ(rank.warm_up.steps, 10);
  EXPECT_EQ(rank.warm_up.factor, 5);
  EXPECT_EQ(rank_fault(R"("speed": 1, "warmup": 10)"),
            "cluster.json:1: /ranks/0/warmup is 10; a warm-up is a pair [steps, factor]");
  EXPECT_EQ(
      rank_fault(R"("speed": 1, "warmup": [0, 5])"),
      "cluster.json:1: /ranks/0/warmup/0 is 0; steps are a whole number from 1 to 1000000000");
  EXPECT_EQ(rank_fault(R"("speed": 1, "warmup": [1.5, 5])"),
            "cluster.json:1: /ranks/0/warmup/0 is 1.5; steps are a whole number from 1 to "
            "1000000000");
  EXPECT_EQ(rank_fault(R"("speed": 1, "warmup": [1, 1e7])"),
            "cluster.json:1: /ranks/0/warmup/1 is 1e7; a factor is a number from 1e-6 to 1e6");
}

TEST_F(ClusterProfileFile, HasPauses) {
  const auto pauses = [&](const std::string& members) {
    return read_rank(R"("speed": 1, "pauses": {)" + members + "}").ranks[0].pauses;
  };
  EXPECT_EQ(pauses(R"("every_steps": 50, "seconds": 0.5)").every, 50);
  EXPECT_EQ(pauses(R"("every_steps": 50, "seconds": 0.5)").first, 50);
  EXPECT_EQ(pauses(R"("every_steps": 50, "seconds": 0.5)").length, 500ms);
  EXPECT_EQ(pauses(R"("every_steps": 50, "seconds": 0.5, "first_step": 0)").first, 0);
  const auto pauses_fault = [&](const std::string& value) {
    return rank_fault("\"speed\": 1, \"pauses\": " + value);
  };
  EXPECT_EQ(pauses_fault("[50, 0.5]"),
            "cluster.json:1: /ranks/0/pauses is a list; pauses are {\"every_steps\": 50, "
            "\"seconds\": 0.5}");
  EXPECT_EQ(pauses_fault(R"({"every_steps": 50})"),
            "cluster.json:1: /ranks/0/pauses has no \"seconds\"; pauses are {\"every_steps\": 50, "
            "\"seconds\": 0.5}");
  EXPECT_EQ(pauses_fault(R"({"every_steps": 0, "seconds": 1})"),
            "cluster.json:1: /ranks/0/pauses/every_steps is 0; steps are a whole number from 1 to "
            "1000000000");
  EXPECT_EQ(pauses_fault(R"({"every_steps": 1, "seconds": 1, "first_step": -1})"),
            "cluster.json:1: /ranks/0/pauses/first_step is -1; a step is its number on the worker, "
            "from 0 to 1000000000");
  EXPECT_EQ(pauses_fault(R"({"every_steps": 1, "second": 1})"),
            "cluster.json:1: /ranks/0/pauses has an unknown key \"second\"; did you mean "
            "\"seconds\"?");
}

TEST_F(ClusterProfileFile, HasStairsPowersAndCurves) {
  const ClusterProfile cluster = read(R"({"evenkeel_cluster": 1, "ranks": [
      {"speed": 1, "stair": 8}, {"speed": 1, "exponent": 2},
      {"speed": 1, "curve": [[8, 0.5], [16, 0.5], [32, 2]]}]})");
  EXPECT_EQ(cluster.ranks[0].work(9), 16);
  EXPECT_EQ(cluster.ranks[1].work(9), 81);
  EXPECT_EQ(cluster.ranks[2].work(12), 0.5);
  EXPECT_EQ(cluster.ranks[2].work(24), 1.25);
}

TEST_F(ClusterProfileFile, RefusesOtherStairsPowersAndCurves) {
  EXPECT_EQ(rank_fault(R"("speed": 1, "stair": 0)"),
            "cluster.json:1: /ranks/0/stair is 0; a stair is a cost from 1e-15 to 1e30");
  EXPECT_EQ(rank_fault(R"("speed": 1, "exponent": 5)"),
            "cluster.json:1: /ranks/0/exponent is 5; an exponent is a number from 0.1 to 4");
  const auto curve_fault = [&](const std::string& curve) {
    return rank_fault("\"speed\": 1, \"curve\": " + curve);
  };
  const std::string list_rule = "; a curve is a list of two or more pairs [cost, seconds]";
  EXPECT_EQ(curve_fault("2"), "cluster.json:1: /ranks/0/curve is 2" + list_rule);
  EXPECT_EQ(curve_fault("[[1, 2]]"), "cluster.json:1: /ranks/0/curve has 1 pair" + list_rule);
  EXPECT_EQ(curve_fault("[[1, 2], [1, 3]]"),
            "cluster.json:1: /ranks/0/curve/1/0 is 1; each point of a curve has a higher cost than "
            "the last one");
  EXPECT_EQ(curve_fault("[[1, 2], [2, 1.5]]"),
            "cluster.json:1: /ranks/0/curve/1/1 is 1.5; a curve does not fall: more cost takes no "
            "less time");
  EXPECT_EQ(curve_fault("[[1, 0], [2, 1]]"),
            "cluster.json:1: /ranks/0/curve/0/1 is 0; a step takes a number of seconds above 0, up "
            "to 1e9");
  EXPECT_EQ(rank_fault(R"("speed": 1, "exponent": 2, "curve": [[1, 1], [2, 2]])"),
            "cluster.json:1: /ranks/0 has \"curve\" and \"exponent\"; give one of them");
}

TEST_F(ClusterProfileFile, HasFactorsOfFiles) {
  const ClusterProfile cluster = read(R"({"evenkeel_cluster": 1, "file_factors": [[17, 20]],
      "ranks": [{"speed": 1, "file_factors": [[0, 0.5], [3, 3]]}, {"speed": 1}]})");
  ASSERT_EQ(cluster.file_factors.size(), 1U);
  EXPECT_EQ(cluster.file_factors[0].file, 17);
  EXPECT_EQ(cluster.file_factors[0].factor, 20);
  EXPECT_EQ(cluster.ranks[0].file_factors.size(), 2U);
  EXPECT_EQ(cluster.ranks[0].file_factors[1].file, 3);
  EXPECT_TRUE(cluster.ranks[1].file_factors.empty());
  const auto factors_fault = [&](const std::string& factors) {
    return rank_fault("\"speed\": 1, \"file_factors\": " + factors);
  };
  EXPECT_EQ(factors_fault("3"),
            "cluster.json:1: /ranks/0/file_factors is 3; file factors are a list of pairs [file, "
            "factor]");
  EXPECT_EQ(factors_fault("[[\"a\", 3]]"),
            "cluster.json:1: /ranks/0/file_factors/0/0 is \"a\"; a file is its number in the "
            "manifest, from 0");
  EXPECT_EQ(factors_fault("[[3, 2], [3, 2]]"),
            "cluster.json:1: /ranks/0/file_factors/1/0 is 3; each file comes once, in the order of "
            "the manifest");
  EXPECT_EQ(factors_fault("[[3, -1]]"),
            "cluster.json:1: /ranks/0/file_factors/0/1 is -1; a factor is a number from 1e-6 to "
            "1e6");
}

TEST_F(ClusterProfileFile, MayHaveAWorkerStartLate) {
  const RankProfile late =
      read_rank(R"("speed": 1, "starts_at": 30, "hangs": [[40, 50]])").ranks[0];
  ASSERT_EQ(late.hangs.size(), 2U);
  EXPECT_EQ(late.hangs[0].from, Instant());
  EXPECT_EQ(late.hangs[0].to, Instant(30s));
  EXPECT_TRUE(read_rank(R"("speed": 1, "starts_at": 0)").ranks[0].hangs.empty());
  EXPECT_EQ(rank_fault(R"("speed": 1, "starts_at": 10, "dies_at": 5)"),
            "cluster.json:1: /ranks/0/dies_at is 5; a worker dies after it has started");
  EXPECT_EQ(rank_fault(R"("speed": 1, "starts_at": 45, "hangs": [[40, 50]])"),
            "cluster.json:1: /ranks/0/starts_at is 45; a worker starts before its first hang "
            "begins");
}

TEST_F(ClusterProfileFile, FailsWithOneLineWhateverItsBytes) {
  int accepted = 0;
  for (std::uint64_t seed = 0; seed < 800; ++seed) {
    Random random(seed);
    std::string text(documented);
    if (seed % 10 == 0) text.resize(random.below(text.size()));
    for (std::uint64_t changes = 1 + random.below(4); changes > 0 && !text.empty(); --changes) {
      const auto at = static_cast<std::size_t>(random.below(text.size()));
      const char byte = random.below(2) == 0 ? static_cast<char>(random.below(256))
                                             : documented[random.below(documented.size())];
      if (random.below(3) == 0) {
        text.erase(at, 1 + static_cast<std::size_t>(random.below(5)));
      } else {
        text[at] = byte;
      }
    }
    const std::string message = fault(text);
    if (message.empty()) ++accepted;
    ASSERT_EQ(message.find('\n'), std::string::npos) << "seed " << seed << ": " << message;
    ASSERT_LT(message.size(), 300U) << "seed " << seed << ": " << message;
  }
  EXPECT_GT(accepted, 0) << "some changes are harmless";
  EXPECT_LT(accepted, 400);
}

TEST_F(ClusterProfileFile, FailsWithOneLineOnNoise) {
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    Random random(seed);
    std::string text;
    for (std::uint64_t left = random.below(100); left > 0; --left) {
      text += static_cast<char>(random.below(256));
    }
    const std::string message = fault(text);
    ASSERT_FALSE(message.empty()) << "seed " << seed;
    ASSERT_EQ(message.find('\n'), std::string::npos) << "seed " << seed << ": " << message;
  }
}

TEST(RankProfile, HasTheSpeedOfThePhaseThatBeganLast) {
  RankProfile rank;
  rank.speed = 100;
  EXPECT_EQ(rank.speed_at(Instant(50s)), 100);
  rank.phases = {{Instant(20s), 12.5}, {Instant(40s), 80}};
  EXPECT_EQ(rank.speed_at(Instant(0s)), 100);
  EXPECT_EQ(rank.speed_at(Instant(20s) - 1ns), 100);
  EXPECT_EQ(rank.speed_at(Instant(20s)), 12.5);
  EXPECT_EQ(rank.speed_at(Instant(40s) - 1ns), 12.5);
  EXPECT_EQ(rank.speed_at(Instant(40s)), 80);
  EXPECT_EQ(rank.speed_at(Instant(1'000s)), 80);
}

}  // namespace
}  // namespace evenkeel
