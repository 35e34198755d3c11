#include "simulation/cluster_profile.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <nlohmann/json.hpp>
#include <span>
#include <string_view>

#include "core/random.h"
#include "core/suggestion.h"
#include "dataset/json_faults.h"
#include "dataset/text_file.h"

namespace evenkeel {
namespace {

using Json = nlohmann::json;

// An entry stands for many ranks with the same phases and hangs: limits the memory that a short
// text can take.
constexpr std::size_t most_ranks = 1'000'000;
constexpr std::size_t most_changes = 10'000'000;  // phases and hangs of all ranks
constexpr std::size_t longest_host = 255;
constexpr double longest_s = 1e9;

constexpr std::array<std::string_view, 6> profile_keys{
    "evenkeel_cluster", "latency_s", "all_reduce", "poison", "ranks", "extra"};
constexpr std::array<std::string_view, 3> all_reduce_keys{"latency_s", "bytes", "bandwidth"};
constexpr std::array<std::string_view, 10> rank_keys{"count", "host",  "speed",  "overhead_s",
                                                     "noise", "fails", "phases", "dies_at",
                                                     "hangs", "extra"};

// A value of the profile, and its place in the file.
class Node {
 public:
  Node(const TextFile& file, const Json& value, std::string pointer = "")
      : file_(file), value_(value), pointer_(std::move(pointer)) {}

  const Json& value() const { return value_; }
  bool has(std::string_view key) const { return value_.contains(key); }
  std::size_t size() const { return value_.size(); }

  Node at(std::string_view key) const {
    return {file_, value_.at(std::string(key)), fmt::format("{}/{}", pointer_, key)};
  }
  Node at(std::size_t index) const {
    return {file_, value_.at(index), fmt::format("{}/{}", pointer_, index)};
  }

  // "… is VALUE; rule"
  [[noreturn]] void break_rule(std::string_view rule) const {
    fail_json_value(file_, pointer_, rule);
  }
  [[noreturn]] void fail(std::string_view fault) const { fail_in_json(file_, pointer_, fault); }

  // A number that satisfies `holds`; otherwise throws with the rule.
  template <typename Condition>
  double number(Condition holds, std::string_view rule) const {
    if (!value_.is_number()) break_rule(rule);
    const double number = value_.get<double>();
    if (!holds(number)) break_rule(rule);
    return number;
  }

  void allow_only(std::span<const std::string_view> known) const;

 private:
  const TextFile& file_;
  const Json& value_;
  std::string pointer_;
};

void Node::allow_only(std::span<const std::string_view> known) const {
  constexpr std::size_t shown_bytes = 40;
  for (const auto& member : value_.items()) {
    const std::string& key = member.key();
    if (std::find(known.begin(), known.end(), key) != known.end()) continue;
    const std::string shown =
        Json(key.substr(0, shown_bytes)).dump(-1, ' ', true, Json::error_handler_t::replace);
    const auto nearest = nearest_name(key, known);
    fail(fmt::format("has an unknown key {}; {}", shown,
                     nearest ? fmt::format("did you mean \"{}\"?", *nearest)
                             : fmt::format("known are {}", fmt::join(known, ", "))));
  }
}

double read_speed(const Node& node) {
  return node.number([](double speed) { return speed >= 1e-15 && speed <= 1e30; },
                     "a speed is a number from 1e-15 to 1e30");
}

Duration read_seconds(const Node& node) {
  return from_seconds(node.number([](double s) { return s >= 0 && s <= longest_s; },
                                  "a time is a number of seconds from 0 to 1e9"));
}

double read_probability(const Node& node) {
  return node.number([](double p) { return p >= 0 && p <= 1; },
                     "a probability is a number from 0 to 1");
}

Instant read_instant(const Node& node) { return Instant(read_seconds(node)); }

template <typename ReadPair>
void read_pairs(const Node& node, std::string_view list_rule, std::string_view pair_rule,
                ReadPair read_pair) {
  if (!node.value().is_array()) node.break_rule(list_rule);
  for (std::size_t i = 0; i < node.size(); ++i) {
    const Node pair = node.at(i);
    if (!pair.value().is_array() || pair.size() != 2) pair.break_rule(pair_rule);
    read_pair(pair);
  }
}

void read_phases(const Node& node, std::vector<RankProfile::Phase>& phases) {
  constexpr std::string_view pair_rule = "a phase is a pair [from second, speed]";
  read_pairs(node, "phases are a list of pairs [from second, speed]", pair_rule,
             [&](const Node& pair) {
               const RankProfile::Phase phase{read_instant(pair.at(0)), read_speed(pair.at(1))};
               if (!phases.empty() && phase.from <= phases.back().from) {
                 pair.at(0).break_rule("each phase begins later than the one before");
               }
               phases.push_back(phase);
             });
}

void read_hangs(const Node& node, std::vector<RankProfile::Hang>& hangs) {
  constexpr std::string_view pair_rule = "a hang is a pair [from second, to second]";
  read_pairs(node, "hangs are a list of pairs [from second, to second]", pair_rule,
             [&](const Node& pair) {
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

std::string read_host(const Node& node) {
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

std::size_t read_count(const Node& node) {
  if (!node.value().is_number_unsigned() || node.value().get<std::uint64_t>() == 0 ||
      node.value().get<std::uint64_t>() > most_ranks) {
    node.break_rule("a count is a whole number from 1 to 1000000");
  }
  return node.value().get<std::size_t>();
}

RankProfile read_rank(const Node& node) {
  RankProfile rank;
  if (!node.has("speed")) {
    node.fail("has no \"speed\"; a rank needs one, in cost units per second");
  }
  rank.speed = read_speed(node.at("speed"));
  if (node.has("host")) rank.host = read_host(node.at("host"));
  if (node.has("overhead_s")) rank.overhead = read_seconds(node.at("overhead_s"));
  if (node.has("noise")) {
    rank.noise = node.at("noise").number([](double noise) { return noise >= 0 && noise < 1; },
                                         "a noise is a number from 0 to below 1");
  }
  if (node.has("phases")) read_phases(node.at("phases"), rank.phases);
  if (node.has("dies_at") && !node.at("dies_at").value().is_null()) {
    rank.dies_at = read_instant(node.at("dies_at"));
  }
  if (node.has("fails")) rank.fails = read_probability(node.at("fails"));
  if (node.has("hangs")) read_hangs(node.at("hangs"), rank.hangs);
  return rank;
}

// Appends the ranks of one entry of "ranks"; `changes` counts the phases and hangs of all.
void read_entry(const Node& node, std::vector<RankProfile>& ranks, std::size_t& changes) {
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
  changes += count * (rank.phases.size() + rank.hangs.size());
  if (changes > most_changes) {
    node.fail(fmt::format("makes it {} phases and hangs of all ranks; a cluster has at most {}",
                          changes, most_changes));
  }
  for (std::size_t i = 0; i < count; ++i) {
    ranks.push_back(rank);
    ranks.back().host = numbered(rank.host, i);
  }
}

AllReduceProfile read_all_reduce(const Node& node) {
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
    profile.bytes =
        node.at("bytes").number([](double bytes) { return bytes >= 0 && bytes <= 1e30; },
                                "bytes are a number from 0 to 1e30");
    profile.bandwidth = node.at("bandwidth")
                            .number([](double speed) { return speed >= 1e-15 && speed <= 1e30; },
                                    "a bandwidth is bytes per second, from 1e-15 to 1e30");
  }
  return profile;
}

ClusterProfile read_profile(const Node& root) {
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
  const Node ranks = root.at("ranks");
  if (!ranks.value().is_array()) ranks.break_rule("ranks are a list of objects");
  if (ranks.size() == 0) ranks.fail("is empty; a cluster has at least one rank");
  std::size_t changes = 0;
  for (std::size_t i = 0; i < ranks.size(); ++i) read_entry(ranks.at(i), profile.ranks, changes);
  return profile;
}

ClusterProfile read_profile(const TextFile& file) {
  Json document;
  try {
    document = Json::parse(file.text());
  } catch (const Json::parse_error&) {
    check_json_syntax(file, file.text());
    throw;
  } catch (const Json::out_of_range&) {
    file.fail("has a number too large to calculate with; numbers reach up to 1e308");
  }
  return read_profile(Node(file, document));
}

}  // namespace

Duration AllReduceProfile::time(std::size_t workers) const {
  const auto count = static_cast<double>(workers);
  const double messages = 2 * std::ceil(std::log2(count));
  const double time_s =
      messages * to_seconds(latency) + 2 * (count - 1) / count * bytes / bandwidth;
  return from_seconds(std::min(time_s, longest_s));
}

bool ClusterProfile::poisons(Pass pass, Position begin) const {
  if (poison == 0) return false;
  const auto number = static_cast<std::uint64_t>(begin.value());
  const std::uint64_t line = mix_pair(poison_seed, static_cast<std::uint64_t>(pass.epoch.value()));
  return Random(mix_pair(line, number)).uniform() < poison;
}

double RankProfile::speed_at(Instant now) const {
  const auto next = std::upper_bound(phases.begin(), phases.end(), now,
                                     [](Instant t, const Phase& phase) { return t < phase.from; });
  return next == phases.begin() ? speed : std::prev(next)->speed;
}

Instant first_outside(const std::vector<RankProfile::Hang>& times, Instant at) {
  for (const RankProfile::Hang& time : times) {
    if (at >= time.from && at < time.to) at = time.to;
  }
  return at;
}

ClusterProfile read_cluster_profile(const std::filesystem::path& path) {
  return read_profile(TextFile(path));
}

ClusterProfile parse_cluster_profile(std::string_view text, const std::filesystem::path& path) {
  return read_profile(TextFile(path, text));
}

}  // namespace evenkeel
