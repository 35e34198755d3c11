#include "coordinator/homes.h"

#include <fmt/format.h>

#include <unordered_map>

#include "core/display_text.h"

namespace evenkeel {
namespace {

// Where the dealing by homes takes too much time, the order is that of the line.
constexpr std::int64_t most_shards = std::int64_t{1} << 16;

double cost_of(const Dataset& dataset, std::int64_t file) {
  return dataset.cost_between(dataset.file_begin(file), dataset.file_begin(file + 1));
}

}  // namespace

Homes homes_of(const Dataset& dataset, const std::vector<std::string>& hosts) {
  Homes homes;
  const FileHosts& places = dataset.hosts();
  if (places.empty() || dataset.shards() + dataset.files() > most_shards) return homes;
  std::unordered_map<std::string, std::int32_t> index;
  for (const std::string& name : places.names()) index.emplace(name, Homes::none);
  for (const std::string& host : hosts) {
    const auto named = index.find(host);
    if (named == index.end()) {
      homes.of_worker.push_back(Homes::none);
      continue;
    }
    if (named->second == Homes::none) {
      named->second = homes.count();
      homes.hosts.push_back(host);
      homes.workers.push_back(0);
    }
    ++homes.workers[static_cast<std::size_t>(named->second)];
    homes.of_worker.push_back(named->second);
  }
  if (homes.empty()) return {};
  std::vector<double> cost(homes.hosts.size(), 0);  // per worker
  for (std::int64_t file = 0; file < dataset.files(); ++file) {
    std::int32_t best = Homes::none;
    for (const FileHosts::Place& place : places.of(file)) {
      const std::int32_t home = index.at(places.names()[static_cast<std::size_t>(place.host)]);
      if (home == Homes::none) continue;
      const auto at = static_cast<std::size_t>(home);
      if (best == Homes::none || cost[at] < cost[static_cast<std::size_t>(best)]) best = home;
    }
    if (best == Homes::none) continue;
    const auto at = static_cast<std::size_t>(best);
    cost[at] += cost_of(dataset, file) / homes.workers[at];
    homes.files.push_back({file, best});
  }
  return homes;
}

std::string homes_text(const Dataset& dataset, const Homes& homes) {
  const FileHosts& places = dataset.hosts();
  if (places.empty() || !homes.empty()) return "";
  if (dataset.shards() + dataset.files() > most_shards) {
    return fmt::format(
        "the hosts of files are not used: {} shards are too many; a larger "
        "--shard-samples makes fewer",
        dataset.shards());
  }
  return fmt::format(
      "the hosts of files are not used: no worker is on a host that the manifest "
      "names, such as {}",
      printable(places.names().front()));
}

}  // namespace evenkeel
