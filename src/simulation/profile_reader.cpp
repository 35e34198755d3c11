#include <fmt/format.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <nlohmann/json.hpp>
#include <string_view>

#include "core/number_format.h"
#include "dataset/text_file.h"
#include "simulation/cluster_profile.h"
#include "simulation/json_node.h"
#include "simulation/json_text.h"

namespace evenkeel {
namespace {

// An entry stands for many ranks with the same lists: limits the memory that a short text can take.
constexpr std::size_t most_ranks = 1'000'000;
constexpr std::size_t most_pairs = 10'000'000;  // in all lists of all ranks
constexpr std::size_t longest_host = 255;
constexpr double longest_s = 1e9;

constexpr std::array<std::string_view, 8> profile_keys{
    "evenkeel_cluster", "latency_s",    "all_reduce", "stand_in",
    "poison",           "file_factors", "ranks",      "extra"};
constexpr std::array<std::string_view, 3> all_reduce_keys{"latency_s", "bytes", "bandwidth"};
constexpr std::array<std::string_view, 17> rank_keys{
    "count", "host",    "speed",        "overhead_s", "stair",     "exponent",
    "curve", "noise",   "warmup",       "pauses",     "starts_at", "phases",
    "hangs", "dies_at", "file_factors", "fails",      "extra"};
constexpr std::array<std::string_view, 4> noise_keys{"normal", "lognormal", "pareto", "mixture"};
constexpr std::array<std::string_view, 3> pauses_keys{"every_steps", "seconds", "first_step"};

double read_speed(const JsonNode& node) {
  return node.number_between(1e-15, 1e30, "a speed is a number from 1e-15 to 1e30");
}

Duration read_seconds(const JsonNode& node) {
  return from_seconds(
      node.number_between(0, longest_s, "a time is a number of seconds from 0 to 1e9"));
}

double read_probability(const JsonNode& node) {
  return node.number_between(0, 1, "a probability is a number from 0 to 1");
}

double read_factor(const JsonNode& node) {
  return node.number_between(1e-6, 1e6, "a factor is a number from 1e-6 to 1e6");
}

std::int64_t read_steps(const JsonNode& node) {
  return node.whole_between(1, 1'000'000'000, "steps are a whole number from 1 to 1000000000");
}

Instant read_instant(const JsonNode& node) { return Instant(read_seconds(node)); }

template <typename ReadPair>
void read_pairs(const JsonNode& node, std::string_view list_rule, std::string_view pair_rule,
                ReadPair read_pair) {
  if (!node.value().is_array()) node.break_rule(list_rule);
  for (std::size_t i = 0; i < node.size(); ++i) {
    const JsonNode pair = node.at(i);
    pair.require_pair(pair_rule);
    read_pair(pair);
  }
}

void read_phases(const JsonNode& node, std::vector<RankProfile::Phase>& phases) {
  constexpr std::string_view pair_rule = "a phase is a pair [from second, speed]";
  read_pairs(node, "phases are a list of pairs [from second, speed]", pair_rule,
             [&](const JsonNode& pair) {
               const RankProfile::Phase phase{read_instant(pair.at(0)), read_speed(pair.at(1))};
               if (!phases.empty() && phase.from <= phases.back().from) {
                 pair.at(0).break_rule("each phase begins later than the one before");
               }
               phases.push_back(phase);
             });
}

void read_hangs(const JsonNode& node, std::vector<RankProfile::Hang>& hangs) {
  constexpr std::string_view pair_rule = "a hang is a pair [from second, to second]";
  read_pairs(node, "hangs are a list of pairs [from second, to second]", pair_rule,
             [&](const JsonNode& pair) {
               const RankProfile::Hang hang{read_instant(pair.at(0)), read_instant(pair.at(1))};
               if (hang.to <= hang.from) {
                 pair.at(1).break_rule("a hang ends later than it begins");
               }
               if (!hangs.empty() && hang.from < hangs.back().to) {
                 pair.at(0).break_rule("each hang begins after the one before has ended");
               }
               hangs.push_back(hang);
             });
}

// The hangs, and the time before the worker starts.
std::vector<RankProfile::Hang> read_absences(const JsonNode& rank) {
  std::vector<RankProfile::Hang> hangs;
  if (rank.has("hangs")) read_hangs(rank.at("hangs"), hangs);
  if (!rank.has("starts_at")) return hangs;
  const Instant start = read_instant(rank.at("starts_at"));
  if (start == Instant()) return hangs;
  if (!hangs.empty() && hangs.front().from < start) {
    rank.at("starts_at").break_rule("a worker starts before its first hang begins");
  }
  std::vector<RankProfile::Hang> absences{{Instant(), start}};
  absences.insert(absences.end(), hangs.begin(), hangs.end());
  return absences;
}

void read_curve(const JsonNode& node, std::vector<RankProfile::CurvePoint>& curve) {
  constexpr std::string_view list_rule = "a curve is a list of two or more pairs [cost, seconds]";
  read_pairs(
      node, list_rule, "a point of a curve is a pair [cost, seconds]", [&](const JsonNode& pair) {
        const double cost = pair.at(0).number_between(0, 1e30, "a cost is a number from 0 to 1e30");
        const double seconds =
            pair.at(1).number([](double s) { return s > 0 && s <= longest_s; },
                              "a step takes a number of seconds above 0, up to 1e9");
        if (!curve.empty() && cost <= curve.back().cost) {
          pair.at(0).break_rule("each point of a curve has a higher cost than the last one");
        }
        if (!curve.empty() && seconds < curve.back().seconds) {
          pair.at(1).break_rule("a curve does not fall: more cost takes no less time");
        }
        curve.push_back({cost, seconds});
      });
  if (curve.size() < 2) {
    node.fail(fmt::format("has {}; {}", counted(static_cast<std::int64_t>(node.size()), "pair"),
                          list_rule));
  }
}

std::vector<FileFactor> read_file_factors(const JsonNode& node) {
  std::vector<FileFactor> factors;
  read_pairs(node, "file factors are a list of pairs [file, factor]",
             "a file factor is a pair [file, factor]", [&](const JsonNode& pair) {
               const std::int64_t file =
                   pair.at(0).whole_between(0, std::numeric_limits<std::int64_t>::max(),
                                            "a file is its number in the manifest, from 0");
               if (!factors.empty() && file <= factors.back().file) {
                 pair.at(0).break_rule("each file comes once, in the order of the manifest");
               }
               factors.push_back({file, read_factor(pair.at(1))});
             });
  return factors;
}

double read_normal_noise(const JsonNode& node) {
  return node.number([](double noise) { return noise >= 0 && noise < 1; },
                     "a noise is a number from 0 to below 1");
}

// A number, or one or more kinds of noise by name.
void read_noise(const JsonNode& node, RankProfile& rank) {
  if (!node.value().is_object()) {
    rank.noise = read_normal_noise(node);
    return;
  }
  node.allow_only(noise_keys);
  HeavyNoise& heavy = rank.heavy_noise;
  if (node.has("normal")) rank.noise = read_normal_noise(node.at("normal"));
  if (node.has("lognormal")) {
    heavy.lognormal =
        node.at("lognormal")
            .number_between(
                0, 3, "a log-normal noise is a standard deviation of the logarithm, from 0 to 3");
  }
  if (node.has("pareto")) {
    heavy.pareto = node.at("pareto").number([](double a) { return a > 1 && a <= 100; },
                                            "a Pareto noise is an exponent above 1, up to 100");
  }
  if (node.has("mixture")) {
    const JsonNode mixture = node.at("mixture");
    mixture.require_pair("a mixture is a pair [probability, factor]");
    heavy.mixture_probability = read_probability(mixture.at(0));
    heavy.mixture_factor = read_factor(mixture.at(1));
  }
}

RankProfile::WarmUp read_warm_up(const JsonNode& node) {
  node.require_pair("a warm-up is a pair [steps, factor]");
  return {read_steps(node.at(0)), read_factor(node.at(1))};
}

RankProfile::Pauses read_pauses(const JsonNode& node) {
  constexpr std::string_view form = R"({"every_steps": 50, "seconds": 0.5})";
  if (!node.value().is_object()) node.break_rule(fmt::format("pauses are {}", form));
  node.allow_only(pauses_keys);
  for (const char* const key : {"every_steps", "seconds"}) {
    if (!node.has(key)) node.fail(fmt::format("has no \"{}\"; pauses are {}", key, form));
  }
  RankProfile::Pauses pauses;
  pauses.every = read_steps(node.at("every_steps"));
  pauses.length = read_seconds(node.at("seconds"));
  pauses.first = pauses.every;
  if (node.has("first_step")) {
    pauses.first = node.at("first_step")
                       .whole_between(0, 1'000'000'000,
                                      "a step is its number on the worker, from 0 to 1000000000");
  }
  return pauses;
}

std::string read_host(const JsonNode& node) {
  if (!node.value().is_string() || node.value().get_ref<const std::string&>().empty()) {
    node.break_rule("a host is a text that is not empty");
  }
  const auto& host = node.value().get_ref<const std::string&>();
  if (host.size() > longest_host) {
    node.fail(fmt::format("has {} bytes; a host has at most {}", host.size(), longest_host));
  }
  for (std::size_t at = host.find('%'); at != std::string::npos; at = host.find('%', at + 1)) {
    if (host.compare(at, 2, "%d") != 0) {
      node.break_rule("after a % comes d: %d stands for 0, 1, 2 … within the entry");
    }
  }
  return host;
}

std::string numbered(std::string host, std::size_t number) {
  const std::string digits = fmt::format("{}", number);
  for (std::size_t at = host.find("%d"); at != std::string::npos; at = host.find("%d", at)) {
    host.replace(at, 2, digits);
  }
  return host;
}

std::size_t read_count(const JsonNode& node) {
  return static_cast<std::size_t>(
      node.whole_between(1, most_ranks, "a count is a whole number from 1 to 1000000"));
}

RankProfile read_rank(const JsonNode& node) {
  RankProfile rank;
  if (!node.has("speed")) {
    node.fail("has no \"speed\"; a rank needs one, in cost units per second");
  }
  rank.speed = read_speed(node.at("speed"));
  if (node.has("host")) rank.host = read_host(node.at("host"));
  if (node.has("overhead_s")) rank.overhead = read_seconds(node.at("overhead_s"));
  if (node.has("stair")) {
    rank.stair =
        node.at("stair").number_between(1e-15, 1e30, "a stair is a cost from 1e-15 to 1e30");
  }
  if (node.has("exponent")) {
    rank.exponent =
        node.at("exponent").number_between(0.1, 4, "an exponent is a number from 0.1 to 4");
  }
  if (node.has("curve")) read_curve(node.at("curve"), rank.curve);
  if (node.has("curve") && node.has("exponent")) {
    node.fail("has \"curve\" and \"exponent\"; give one of them");
  }
  if (node.has("noise")) read_noise(node.at("noise"), rank);
  if (node.has("warmup")) rank.warm_up = read_warm_up(node.at("warmup"));
  if (node.has("pauses")) rank.pauses = read_pauses(node.at("pauses"));
  if (node.has("file_factors")) rank.file_factors = read_file_factors(node.at("file_factors"));
  if (node.has("phases")) read_phases(node.at("phases"), rank.phases);
  if (node.has("dies_at") && !node.at("dies_at").value().is_null()) {
    rank.dies_at = read_instant(node.at("dies_at"));
  }
  if (node.has("fails")) rank.fails = read_probability(node.at("fails"));
  rank.hangs = read_absences(node);
  if (rank.dies_at && node.has("starts_at") &&
      *rank.dies_at <= read_instant(node.at("starts_at"))) {
    node.at("dies_at").break_rule("a worker dies after it has started");
  }
  return rank;
}

std::size_t pairs_of(const RankProfile& rank) {
  return rank.phases.size() + rank.hangs.size() + rank.curve.size() + rank.file_factors.size();
}

// Appends the ranks of one entry of "ranks"; `pairs` counts those in the lists of all.
void read_entry(const JsonNode& node, std::vector<RankProfile>& ranks, std::size_t& pairs) {
  if (!node.value().is_object()) {
    node.break_rule("a rank is an object such as {\"speed\": 400}");
  }
  node.allow_only(rank_keys);
  const RankProfile rank = read_rank(node);
  const std::size_t count = node.has("count") ? read_count(node.at("count")) : 1;
  if (count > most_ranks - ranks.size()) {
    node.fail(fmt::format("makes it {} ranks; a cluster has at most {}", ranks.size() + count,
                          most_ranks));
  }
  pairs += count * pairs_of(rank);
  if (pairs > most_pairs) {
    node.fail(fmt::format("makes it {} pairs in the lists of all ranks; a cluster has at most {}",
                          pairs, most_pairs));
  }
  for (std::size_t i = 0; i < count; ++i) {
    ranks.push_back(rank);
    ranks.back().host = numbered(rank.host, i);
  }
}

AllReduceProfile read_all_reduce(const JsonNode& node) {
  if (!node.value().is_object()) {
    node.break_rule("an all-reduce is {\"latency_s\": 2e-5, \"bytes\": 1e8, \"bandwidth\": 1e10}");
  }
  node.allow_only(all_reduce_keys);
  AllReduceProfile profile;
  if (node.has("latency_s")) profile.latency = read_seconds(node.at("latency_s"));
  if (node.has("bytes") != node.has("bandwidth")) {
    node.fail("has one of \"bytes\" and \"bandwidth\"; give both, or none");
  }
  if (node.has("bytes")) {
    profile.bytes = node.at("bytes").number_between(0, 1e30, "bytes are a number from 0 to 1e30");
    profile.bandwidth =
        node.at("bandwidth")
            .number_between(1e-15, 1e30, "a bandwidth is bytes per second, from 1e-15 to 1e30");
  }
  return profile;
}

ClusterProfile read_profile(const JsonNode& root) {
  constexpr std::string_view beginning = "a cluster profile begins {\"evenkeel_cluster\": 1,";
  if (!root.value().is_object()) root.fail(fmt::format("is not an object; {}", beginning));
  if (!root.has("evenkeel_cluster")) {
    root.fail(fmt::format("has no \"evenkeel_cluster\"; {}", beginning));
  }
  if (root.at("evenkeel_cluster").value() != 1) {
    root.at("evenkeel_cluster")
        .break_rule("this program reads version 1: for a later one, get a newer evenkeel");
  }
  root.allow_only(profile_keys);
  if (!root.has("ranks")) root.fail("has no \"ranks\"; list at least one there");

  ClusterProfile profile;
  if (root.has("latency_s")) profile.latency = read_seconds(root.at("latency_s"));
  if (root.has("poison")) profile.poison = read_probability(root.at("poison"));
  if (root.has("all_reduce")) profile.all_reduce = read_all_reduce(root.at("all_reduce"));
  if (root.has("stand_in")) {
    profile.stand_in = static_cast<std::int32_t>(
        root.at("stand_in")
            .whole_between(0, 1'000'000'000,
                           "a stand-in is a number of samples from 0 to 1000000000"));
  }
  if (root.has("file_factors")) {
    profile.file_factors = read_file_factors(root.at("file_factors"));
  }
  const JsonNode ranks = root.at("ranks");
  if (!ranks.value().is_array()) ranks.break_rule("ranks are a list of objects");
  if (ranks.size() == 0) ranks.fail("is empty; a cluster has at least one rank");
  std::size_t pairs = 0;
  for (std::size_t i = 0; i < ranks.size(); ++i) read_entry(ranks.at(i), profile.ranks, pairs);
  return profile;
}

ClusterProfile read_profile(const TextFile& file) {
  const nlohmann::json document = parse_json(file);
  return read_profile(JsonNode(file, document));
}

}  // namespace

ClusterProfile read_cluster_profile(const std::filesystem::path& path) {
  return read_profile(TextFile(path));
}

ClusterProfile parse_cluster_profile(std::string_view text, const std::filesystem::path& path) {
  return read_profile(TextFile(path, text));
}

}  // namespace evenkeel
