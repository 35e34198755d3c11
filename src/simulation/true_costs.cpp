#include "simulation/true_costs.h"

#include <algorithm>
#include <limits>

#include "evenkeel/extent.h"

namespace evenkeel {

double factor_of(const std::vector<FileFactor>& factors, std::int64_t file) {
  const auto found = std::ranges::lower_bound(factors, file, {}, &FileFactor::file);
  return found == factors.end() || found->file != file ? 1 : found->factor;
}

TrueCosts::TrueCosts(const Dataset& dataset, const ClusterProfile& cluster)
    : dataset_(dataset), cluster_(cluster) {}

double TrueCosts::of(const EpochOrder& order, Interval interval, WorkerIndex worker) const {
  return summed(order, interval, own_factors(worker));
}

double TrueCosts::of(const EpochOrder& order, Interval interval) const {
  return summed(order, interval, {});
}

double TrueCosts::summed(const EpochOrder& order, Interval interval,
                         const std::vector<FileFactor>& own) const {
  if (own.empty() && cluster_.file_factors.empty()) return order.true_cost(interval);
  std::vector<Extent> extents;
  order.extents(interval, extents);
  double sum = 0;
  for (const Extent& extent : extents) {
    const std::int64_t begin = dataset_.file_begin(extent.file) + extent.first;
    sum += dataset_.cost_between(begin, begin + extent.count) *
           factor_of(cluster_.file_factors, extent.file) * factor_of(own, extent.file);
  }
  return sum;
}

double TrueCosts::least() const {
  double cost = dataset_.cost();
  for (const std::int64_t file : files_with_factors()) {
    cost += file_cost(file) * (least_factor_of(file) - 1);
  }
  return cost;
}

double TrueCosts::least_factor() const {
  double least = 1;
  for (const std::int64_t file : files_with_factors()) {
    least = std::min(least, least_factor_of(file));
  }
  return least;
}

double TrueCosts::mean_factor() const { return mean_factor_with({}); }

double TrueCosts::mean_factor(WorkerIndex worker) const {
  return mean_factor_with(own_factors(worker));
}

double TrueCosts::of_stand_in(WorkerIndex worker) const {
  if (cluster_.stand_in == 0) return 0;
  return dataset_.cost() / static_cast<double>(dataset_.samples()) *
         static_cast<double>(cluster_.stand_in) * mean_factor(worker);
}

const std::vector<FileFactor>& TrueCosts::own_factors(WorkerIndex worker) const {
  return cluster_.ranks[static_cast<std::size_t>(worker.value())].file_factors;
}

double TrueCosts::mean_factor_with(const std::vector<FileFactor>& own) const {
  double cost = dataset_.cost();
  for (const std::int64_t file : files_with_factors()) {
    cost += file_cost(file) * (factor_of(cluster_.file_factors, file) * factor_of(own, file) - 1);
  }
  return cost / dataset_.cost();
}

double TrueCosts::file_cost(std::int64_t file) const {
  const std::int64_t begin = dataset_.file_begin(file);
  return dataset_.cost_between(begin, begin + dataset_.file_samples(file));
}

std::vector<std::int64_t> TrueCosts::files_with_factors() const {
  std::vector<std::int64_t> files;
  const auto add = [&](const std::vector<FileFactor>& factors) {
    for (const FileFactor& factor : factors) files.push_back(factor.file);
  };
  add(cluster_.file_factors);
  for (const RankProfile& rank : cluster_.ranks) add(rank.file_factors);
  std::ranges::sort(files);
  files.erase(std::unique(files.begin(), files.end()), files.end());
  return files;
}

double TrueCosts::least_factor_of(std::int64_t file) const {
  double least = std::numeric_limits<double>::infinity();
  for (const RankProfile& rank : cluster_.ranks) {
    least = std::min(least, factor_of(rank.file_factors, file));
  }
  return least * factor_of(cluster_.file_factors, file);
}

std::optional<UnknownFile> unknown_file(const ClusterProfile& cluster, std::int64_t files) {
  const auto is_unknown = [&](const std::vector<FileFactor>& factors) {
    return !factors.empty() && factors.back().file >= files;
  };
  if (is_unknown(cluster.file_factors)) return UnknownFile{cluster.file_factors.back().file, 0};
  std::int32_t rank = 1;
  for (const RankProfile& profile : cluster.ranks) {
    if (is_unknown(profile.file_factors))
      return UnknownFile{profile.file_factors.back().file, rank};
    ++rank;
  }
  return std::nullopt;
}

}  // namespace evenkeel
