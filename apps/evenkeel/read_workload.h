// Reads every byte of the data that a worker gets.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <unordered_set>
#include <vector>

#include "byte_range.h"
#include "workload.h"

namespace evenkeel {

class ReadWorkload : public Workload {
 public:
  // The session must outlive the workload.
  explicit ReadWorkload(Session& session);
  ~ReadWorkload() override;
  ReadWorkload(const ReadWorkload&) = delete;
  ReadWorkload& operator=(const ReadWorkload&) = delete;

  // Throws StepFault if a file cannot be read, or does not have the size given in the manifest;
  // names each such file once.
  Fate work_on(const Step& step) override;

 private:
  void open(std::int64_t file);
  void close();
  void read(ByteRange range);
  [[noreturn]] void fail(std::int64_t file, const std::string& fault);

  Session& session_;
  std::vector<std::byte> buffer_;
  // The last file stays open: a lease goes through its files in order.
  std::int64_t file_ = -1;
  int descriptor_ = -1;
  std::int64_t bytes_ = 0;
  std::unordered_set<std::int64_t> named_;  // files that could not be read
};

}  // namespace evenkeel
