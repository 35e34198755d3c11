#include "coordinator/homes.h"

#include <fmt/format.h>

#include <unordered_map>

#include "core/check.h"
#include "core/display_text.h"
#include "core/number_format.h"
#include "core/option_values.h"

namespace evenkeel {
namespace {

// Where the dealing by homes takes too much time, the order is that of the line.
constexpr std::int64_t most_shards = std::int64_t{1} << 16;
// Each home that is learned takes a look at all shards.
constexpr std::int64_t most_shards_to_learn = std::int64_t{1} << 12;
// Files times workers.
constexpr std::int64_t most_to_learn = std::int64_t{1} << 16;

bool is_too_large(const Dataset& dataset) {
  return dataset.shards() + dataset.files() > most_shards;
}

double cost_of(const Dataset& dataset, std::int64_t file) {
  return dataset.cost_between(dataset.file_begin(file), dataset.file_begin(file + 1));
}

}  // namespace

Homes homes_of(const Dataset& dataset, const std::vector<std::string>& hosts) {
  Homes homes;
  const FileHosts& places = dataset.hosts();
  if (places.empty() || is_too_large(dataset)) return homes;
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

PerWorker<std::int32_t> host_numbers(const std::vector<std::string>& hosts, std::int32_t workers) {
  PerWorker<std::int32_t> numbers(workers, Homes::none);
  EVENKEEL_CHECK(hosts.empty() || hosts.size() == static_cast<std::size_t>(workers));
  std::unordered_map<std::string, std::int32_t> known;
  for (std::size_t i = 0; i < hosts.size(); ++i) {
    const auto next = static_cast<std::int32_t>(known.size());
    numbers[WorkerIndex(static_cast<std::int32_t>(i))] =
        known.try_emplace(hosts[i], next).first->second;
  }
  if (known.size() < 2) numbers = PerWorker<std::int32_t>(workers, Homes::none);
  return numbers;
}

Homes homes_to_learn(const Dataset& dataset, const std::vector<std::string>& hosts,
                     std::int32_t workers, Rank first_worker) {
  Homes homes;
  if (workers < 2 || dataset.files() < 2 || dataset.files() * workers > most_to_learn ||
      dataset.shards() + dataset.files() > most_shards_to_learn) {
    return homes;
  }
  homes.of_worker = host_numbers(hosts, workers);
  for (const WorkerIndex worker : homes.of_worker.indices()) {
    std::int32_t& home = homes.of_worker[worker];
    const bool has_none = home == Homes::none;  // it has one of its own
    if (has_none) home = worker.value();
    if (home == homes.count()) {
      homes.hosts.push_back(has_none ? fmt::format("rank {}", rank_of(worker, first_worker).value())
                                     : hosts[static_cast<std::size_t>(worker.value())]);
      homes.workers.push_back(0);
    }
    ++homes.workers[static_cast<std::size_t>(home)];
  }
  const std::vector<bool> untried(homes.hosts.size());
  for (std::int64_t file = 0; file < dataset.files(); ++file)
    homes.sought.push_back({file, untried});
  return homes;
}

std::string homes_text(const Dataset& dataset, const Homes& homes, Shuffle shuffle) {
  const std::string text = "the hosts of files are not used: ";
  const FileHosts& places = dataset.hosts();
  if (places.empty()) return "";
  if (!keeps_files_together(shuffle)) {
    return text +
           fmt::format("--shuffle {} mixes the samples of files; --shuffle shards or none does not",
                       name_of(shuffle));
  }
  if (!homes.empty()) return "";
  if (dataset.files() >= most_shards) {  // however few shards there are
    return text + fmt::format("{} are too many; put the samples into fewer than {}",
                              counted(dataset.files(), "file"), grouped(most_shards));
  }
  if (is_too_large(dataset)) {
    return text + fmt::format(
                      "{} and {} are more than {} together; a larger --shard-samples makes fewer "
                      "shards",
                      counted(dataset.shards(), "shard"), counted(dataset.files(), "file"),
                      grouped(most_shards));
  }
  return text + fmt::format("no worker is on a host that the manifest names, such as {}",
                            printable(places.names().front()));
}

}  // namespace evenkeel
