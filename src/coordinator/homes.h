// Which workers have which files on their own host.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/per_worker.h"
#include "core/types.h"
#include "dataset/dataset.h"
#include "evenkeel/options.h"

namespace evenkeel {

// A home is a host of the job that holds files. A file that several of them hold belongs to the one
// with the least to do per worker. Where homes are learned, each host is one, or, on a single host,
// each worker.
struct Homes {
  static constexpr std::int32_t none = -1;

  struct File {
    std::int64_t file;
    std::int32_t home;
  };

  // A file whose home is looked for, and the homes whose workers have tried it, or are about to.
  struct Sought {
    std::int64_t file;
    std::vector<bool> tried;
  };

  std::vector<File> files;       // that have a home, by file
  std::vector<Sought> sought;    // by file
  std::int32_t probe_steps = 1;  // with which a file is tried
  std::vector<std::string> hosts;
  std::vector<std::int32_t> workers;  // on each of them
  PerWorker<std::int32_t> of_worker;  // none: its host holds no file

  bool empty() const { return hosts.empty(); }
  std::int32_t count() const { return static_cast<std::int32_t>(hosts.size()); }
};

// `hosts`: of the workers, in order of rank. Empty if the dataset names none of them.
Homes homes_of(const Dataset& dataset, const std::vector<std::string>& hosts);

// To be learned: no file has a home yet, and those of all files are sought. `hosts`: of the
// workers, in order of rank, or empty. None where that would take too much time, or makes no sense.
Homes homes_to_learn(const Dataset& dataset, const std::vector<std::string>& hosts,
                     std::int32_t workers, Rank first_worker);

// The hosts of workers by number; Homes::none for all: there is only one, or they are not known.
PerWorker<std::int32_t> host_numbers(const std::vector<std::string>& hosts, std::int32_t workers);

// Whether an order keeps what a file holds together: others know no homes.
constexpr bool keeps_files_together(Shuffle shuffle) {
  return shuffle == Shuffle::none || shuffle == Shuffle::shards;
}

// What users should know of the hosts that the manifest names, if the order is free; or "".
std::string homes_text(const Dataset& dataset, const Homes& homes, Shuffle shuffle);

}  // namespace evenkeel
