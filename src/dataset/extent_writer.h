// Converts runs of samples to extents; private to this directory.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "dataset/dataset.h"
#include "evenkeel/extent.h"

namespace evenkeel {

// Appends runs of samples to `out` as extents. Merges a run with the previous one if it continues
// in the same file; leaves earlier contents of `out` alone.
class ExtentWriter {
 public:
  ExtentWriter(const Dataset& dataset, std::vector<Extent>& out)
      : dataset_(dataset), out_(out), first_own_(out.size()) {}

  // Samples [begin, end) in dataset order; `file` holds the first of them.
  void add_run(std::int64_t begin, std::int64_t end, std::int64_t file);

 private:
  void add(const Extent& extent);

  const Dataset& dataset_;
  std::vector<Extent>& out_;
  std::size_t first_own_;
};

}  // namespace evenkeel
