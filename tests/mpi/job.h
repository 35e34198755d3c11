// A small job on real ranks, and what became of every sample of it.
#pragma once

#include <mpi.h>

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "evenkeel/session.h"

namespace evenkeel {

// A folder of rank 0's that goes with the object.
class ScratchFolder {
 public:
  ScratchFolder();
  ~ScratchFolder();
  ScratchFolder(const ScratchFolder&) = delete;
  ScratchFolder& operator=(const ScratchFolder&) = delete;

  std::string file(const std::string& name) const { return (folder_ / name).string(); }

 private:
  std::filesystem::path folder_;
};

// Writes a manifest; files may have as few as 0 samples, which it refuses.
void write_manifest_of(const std::string& path, const std::vector<std::int64_t>& file_samples);

std::string text_of(const std::string& path);

// A line of the spans file.
struct SpanLine {
  std::int64_t epoch = 0;
  std::int64_t begin = 0;
  std::int64_t end = 0;
  int rank = 0;
  double t0 = 0;
  double t1 = 0;
};
std::vector<SpanLine> read_spans(const std::string& path);

// A piece of work as a worker's trainer has seen it.
struct Visit {
  std::int64_t epoch = 0;
  std::int64_t file = 0;
  std::int64_t first = 0;
  std::int64_t count = 0;
};

// Collective over `comm`: all visits, on its rank 0.
std::vector<Visit> gather_visits(const std::vector<Visit>& own, MPI_Comm comm);

// Does the whole of a job on this rank, and returns what it visited; on rank 0 it serves and stores
// the outcome.
std::vector<Visit> work_through(Session& session, Outcome& outcome);

// EXPECTs that the intervals of the spans tile [0, samples) in every epoch.
void expect_spans_tile(const std::vector<SpanLine>& spans, std::int64_t epochs,
                       std::int64_t samples);

// EXPECTs that every sample of every file was visited exactly once in every epoch.
void expect_every_sample_once(const std::vector<Visit>& visits, std::int64_t epochs,
                              const std::vector<std::int64_t>& file_samples);

}  // namespace evenkeel
