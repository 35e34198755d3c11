// What has been learned of files, as a user knows them.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "balance/file_costs.h"
#include "dataset/dataset.h"

namespace evenkeel {

struct LearnedFile {
  std::int64_t file = 0;  // its place in the manifest, from 0
  std::string path;       // as the manifest has it
  double factor = 1;      // true cost / cost in the manifest
};

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
