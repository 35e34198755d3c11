// What has been learned of files, as a user knows them.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "balance/file_costs.h"
#include "coordinator/homes.h"
#include "dataset/dataset.h"

namespace evenkeel {

struct LearnedFile {
  std::int64_t file = 0;  // its place in the manifest, from 0
  std::string path;       // as the manifest has it
  double factor = 1;      // true cost / cost in the manifest
};

// A file that is near to the workers of a host, or to one worker.
struct LearnedHome {
  std::int64_t file = 0;
  std::string path;
  std::string host;  // "rank 3": that worker
};

inline std::vector<LearnedHome> learned_homes(const Dataset& dataset, const Homes& homes) {
  std::vector<LearnedHome> files;
  files.reserve(homes.files.size());
  for (const Homes::File& file : homes.files) {
    files.push_back({file.file, std::string(dataset.file_path(file.file)),
                     homes.hosts[static_cast<std::size_t>(file.home)]});
  }
  return files;
}

inline std::vector<LearnedFile> learned_files(const Dataset& dataset,
                                              const std::vector<LearnedCost>& learned) {
  std::vector<LearnedFile> files;
  files.reserve(learned.size());
  for (const LearnedCost& cost : learned) {
    files.push_back({cost.file, std::string(dataset.file_path(cost.file)), cost.factor});
  }
  return files;
}

}  // namespace evenkeel
