#include "dataset/extent_writer.h"

#include <algorithm>

namespace evenkeel {

void ExtentWriter::add_run(std::int64_t begin, std::int64_t end, std::int64_t file) {
  for (; begin < end; ++file) {
    const std::int64_t stop = std::min(end, dataset_.file_begin(file + 1));
    add({file, begin - dataset_.file_begin(file), stop - begin});
    begin = stop;
  }
}

void ExtentWriter::add(const Extent& extent) {
  if (out_.size() > first_own_) {
    Extent& last = out_.back();
    if (last.file == extent.file && last.first + last.count == extent.first) {
      last.count += extent.count;
      return;
    }
  }
  out_.push_back(extent);
}

}  // namespace evenkeel
