// What steps truly cost on each worker, where a cluster profile says that files cost more or less
// than the manifest does.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "core/interval.h"
#include "core/per_worker.h"
#include "dataset/dataset.h"
#include "dataset/epoch_order.h"
#include "simulation/cluster_profile.h"

namespace evenkeel {

class TrueCosts {
 public:
  // Dataset and cluster must outlive it.
  TrueCosts(const Dataset& dataset, const ClusterProfile& cluster);

  // Of an interval of that order, on that worker.
  double of(const EpochOrder& order, Interval interval, WorkerIndex worker) const;

  // The same without what is particular to a worker.
  double of(const EpochOrder& order, Interval interval) const;

  // Of an epoch, each file on the worker on which it costs the least.
  double least() const;

  // The least factor of any file, on the worker on which it costs the least; at most 1.
  double least_factor() const;

  // Of an epoch, over the declared cost: without what is particular to a worker, and on one.
  double mean_factor() const;
  double mean_factor(WorkerIndex worker) const;

  // Step mode: of the stand-in that the worker computes with if its part is empty; 0: none.
  double of_stand_in(WorkerIndex worker) const;

 private:
  // Over the extents of the interval, with the factors of both lists.
  double summed(const EpochOrder& order, Interval interval,
                const std::vector<FileFactor>& own) const;
  double mean_factor_with(const std::vector<FileFactor>& own) const;
  const std::vector<FileFactor>& own_factors(WorkerIndex worker) const;
  double file_cost(std::int64_t file) const;
  std::vector<std::int64_t> files_with_factors() const;  // ascending
  double least_factor_of(std::int64_t file) const;

  const Dataset& dataset_;
  const ClusterProfile& cluster_;
};

// The first file of the profile that a manifest of so many files does not have, and the rank that
// names it; none: all are there.
struct UnknownFile {
  std::int64_t file;
  std::int32_t rank;  // 0: the profile does, for all ranks
};
std::optional<UnknownFile> unknown_file(const ClusterProfile& cluster, std::int64_t files);

// 1 if the file is not in the list.
double factor_of(const std::vector<FileFactor>& factors, std::int64_t file);

}  // namespace evenkeel
