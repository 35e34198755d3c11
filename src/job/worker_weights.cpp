#include "job/worker_weights.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <iterator>
#include <set>
#include <string_view>
#include <system_error>
#include <utility>

#include "core/number_format.h"
#include "core/suggestion.h"
#include "job/option_error.h"

namespace evenkeel {
namespace {

double checked_weight(std::string_view text) {
  constexpr double least = 1e-6;
  constexpr double most = 1e6;
  double weight = 0;
  const char* const end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, weight);
  if (error != std::errc() || rest != end || !(weight >= least && weight <= most)) {
    throw OptionError("weights",
                      fmt::format("'{}' is not a weight; give a number from 1e-6 to 1e6", text));
  }
  return weight;
}

[[noreturn]] void refuse_host(std::string_view host, const std::vector<std::string>& hosts) {
  const std::set<std::string_view> each(hosts.begin(), hosts.end());
  const std::vector<std::string_view> known(each.begin(), each.end());
  throw OptionError(
      "weights", fmt::format("no worker is on host '{}'; {}", host,
                             suggestion(host, known,
                                        fmt::format("the hosts are {}", fmt::join(known, ", ")))));
}

std::pair<std::string_view, double> checked_entry(std::string_view entry) {
  const std::size_t equals = entry.rfind('=');
  if (equals == std::string_view::npos) {
    throw OptionError("weights", fmt::format("'{}' names no host, but others do; give host=weight "
                                             "for all, or one weight per worker",
                                             entry));
  }
  return {entry.substr(0, equals), checked_weight(entry.substr(equals + 1))};
}

void fill_with_mean(SpeedMatch& match) {
  double sum = 0;
  for (const double weight : match.weights) sum += weight;
  for (double& weight : match.weights) {
    if (weight == 0) weight = sum / match.known;
  }
}

SpeedMatch weights_by_host(const std::vector<std::string>& weights,
                           const std::vector<std::string>& hosts) {
  const PerWorker<std::string> host_of(hosts);
  SpeedMatch match;
  match.weights = PerWorker<double>(host_of.size(), 0.0);
  std::set<std::string_view> named;
  for (const std::string& entry : weights) {
    const auto [host, weight] = checked_entry(entry);
    if (!named.insert(host).second) {
      throw OptionError("weights", fmt::format("host '{}' is given twice; keep one of them", host));
    }
    const std::int32_t known_before = match.known;
    for (const WorkerIndex worker : host_of.indices()) {
      if (host_of[worker] != host) continue;
      match.weights[worker] = weight;
      ++match.known;
    }
    if (match.known == known_before) refuse_host(host, hosts);
  }
  fill_with_mean(match);
  return match;
}

}  // namespace

SpeedMatch checked_weights(const std::vector<std::string>& weights,
                           const std::vector<std::string>& hosts) {
  const auto names_host = [](const std::string& entry) {
    return entry.find('=') != std::string::npos;
  };
  if (std::ranges::any_of(weights, names_host)) return weights_by_host(weights, hosts);
  if (weights.size() != hosts.size()) {
    throw OptionError("weights", fmt::format("{} given for {}; give one per worker, or host=weight",
                                             weights.size(), counted(std::ssize(hosts), "worker")));
  }
  SpeedMatch match;
  for (const std::string& entry : weights) match.weights.push_back(checked_weight(entry));
  match.known = static_cast<std::int32_t>(weights.size());
  return match;
}

std::string weights_text(const std::vector<std::string>& weights,
                         const std::vector<std::string>& hosts) {
  if (weights.empty()) return "";
  const SpeedMatch match = checked_weights(weights, hosts);
  if (match.known == std::ssize(hosts)) return "";
  return fmt::format("--weights: names the hosts of {} of {}; the others count with their mean",
                     match.known, counted(std::ssize(hosts), "worker"));
}

}  // namespace evenkeel
