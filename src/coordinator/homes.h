// Which workers have which files on their own host.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/per_worker.h"
#include "dataset/dataset.h"

namespace evenkeel {

// A home is a host of the job that holds files. A file that several of them hold belongs to the one
// with the least to do per worker.
struct Homes {
  static constexpr std::int32_t none = -1;

  struct File {
    std::int64_t file;
    std::int32_t home;
  };

  std::vector<File> files;  // that have a home, by file
  std::vector<std::string> hosts;
  std::vector<std::int32_t> workers;  // on each of them
  PerWorker<std::int32_t> of_worker;  // none: its host holds no file

  bool empty() const { return hosts.empty(); }
  std::int32_t count() const { return static_cast<std::int32_t>(hosts.size()); }
};

// `hosts`: of the workers, in order of rank. Empty if the dataset names none of them.
Homes homes_of(const Dataset& dataset, const std::vector<std::string>& hosts);

// What users should know of the hosts that the manifest names, if the order is free; or "".
std::string homes_text(const Dataset& dataset, const Homes& homes);

}  // namespace evenkeel
