#include "coordinator/known_speeds.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <unordered_map>

#include "core/number_format.h"

namespace evenkeel {
namespace {

// Of weights: what is beyond cannot be.
constexpr double least = 1e-6;
constexpr double most = 1e6;

}  // namespace

SpeedMatch match_speeds(const std::vector<KnownSpeed>& earlier,
                        const std::vector<std::string>& hosts) {
  std::unordered_map<std::string, std::vector<double>> speeds;
  for (const KnownSpeed& rank : earlier) speeds[rank.host].push_back(rank.speed);
  std::unordered_map<std::string, std::size_t> ranks;  // seen so far, by host
  SpeedMatch match;
  double sum = 0;
  for (const std::string& host : hosts) {
    const std::vector<double>& of_host = speeds[host];
    const std::size_t place = ranks[host]++;
    const double speed = place < of_host.size() ? of_host[place] : 0;
    match.weights.push_back(speed);
    sum += speed;
    match.known += speed > 0 ? 1 : 0;
  }
  if (match.known == 0) return {};
  const double mean = sum / match.known;
  for (double& weight : match.weights) {
    weight = weight > 0 ? std::clamp(weight / mean, least, most) : 1;
  }
  return match;
}

std::string match_text(const SpeedMatch& match, const std::string& file) {
  if (match.known == 0) return fmt::format("{}: knows no speed of these workers' hosts", file);
  const std::int64_t workers = match.weights.size();
  return fmt::format("{}: first speeds of {} of {} are taken from it", file, match.known,
                     counted(workers, "worker"));
}

}  // namespace evenkeel
