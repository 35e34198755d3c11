#include "mpi/job.h"

#include <gtest/gtest.h>
#include <stdlib.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <sstream>
#include <stdexcept>
#include <tuple>

namespace evenkeel {

ScratchFolder::ScratchFolder() {
  std::string pattern = (std::filesystem::temp_directory_path() / "evenkeel-XXXXXX").string();
  if (::mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("no scratch folder");
  folder_ = pattern;
}

ScratchFolder::~ScratchFolder() { std::filesystem::remove_all(folder_); }

void write_manifest_of(const std::string& path, const std::vector<std::int64_t>& file_samples) {
  nlohmann::json manifest{{"evenkeel", 1}, {"name", "small"}, {"root", "."}};
  for (std::size_t i = 0; i < file_samples.size(); ++i) {
    manifest["files"].push_back(
        {{"path", "part-" + std::to_string(i)}, {"samples", file_samples[i]}});
  }
  std::ofstream(path) << manifest;
}

std::string text_of(const std::string& path) {
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

std::vector<SpanLine> read_spans(const std::string& path) {
  std::vector<SpanLine> spans;
  std::ifstream file(path);
  for (std::string line; std::getline(file, line);) {
    const auto json = nlohmann::json::parse(line);
    spans.push_back(
        {json["epoch"], json["begin"], json["end"], json["rank"], json["t0"], json["t1"]});
  }
  return spans;
}

std::vector<Visit> gather_visits(const std::vector<Visit>& own, MPI_Comm comm) {
  static_assert(sizeof(Visit) == 4 * sizeof(std::int64_t));
  int rank = 0;
  int size = 0;
  MPI_Comm_rank(comm, &rank);
  MPI_Comm_size(comm, &size);
  const int own_numbers = static_cast<int>(4 * own.size());
  std::vector<int> numbers(static_cast<std::size_t>(size));
  MPI_Gather(&own_numbers, 1, MPI_INT, numbers.data(), 1, MPI_INT, 0, comm);
  std::vector<int> offsets(numbers.size());
  for (std::size_t i = 1; i < offsets.size(); ++i) offsets[i] = offsets[i - 1] + numbers[i - 1];
  std::vector<Visit> all(rank == 0 ? static_cast<std::size_t>(offsets.back() + numbers.back()) / 4
                                   : 0);
  MPI_Gatherv(own.data(), own_numbers, MPI_INT64_T, all.data(), numbers.data(), offsets.data(),
              MPI_INT64_T, 0, comm);
  return all;
}

std::vector<Visit> work_through(Session& session, Outcome& outcome) {
  std::vector<Visit> visits;
  if (session.coordinates()) {
    outcome = session.serve();
    return visits;
  }
  while (const auto step = session.next()) {
    EXPECT_GT(step->samples(), 0);
    std::int64_t samples = 0;
    for (const Extent& extent : step->extents()) {
      visits.push_back({step->epoch(), extent.file, extent.first, extent.count});
      samples += extent.count;
    }
    EXPECT_EQ(samples, step->samples());
    session.done(*step);
  }
  return visits;
}

void expect_spans_tile(const std::vector<SpanLine>& spans, std::int64_t epochs,
                       std::int64_t samples) {
  std::vector<SpanLine> sorted = spans;
  std::sort(sorted.begin(), sorted.end(), [](const SpanLine& a, const SpanLine& b) {
    return std::tie(a.epoch, a.begin) < std::tie(b.epoch, b.begin);
  });
  std::int64_t epoch = 0;
  std::int64_t position = 0;
  for (const SpanLine& span : sorted) {
    if (position == samples) {
      ++epoch;
      position = 0;
    }
    EXPECT_EQ(span.epoch, epoch);
    EXPECT_EQ(span.begin, position) << "in epoch " << epoch;
    EXPECT_LE(span.t0, span.t1);
    position = span.end;
  }
  EXPECT_EQ(epoch, epochs - 1);
  EXPECT_EQ(position, samples);
}

void expect_every_sample_once(const std::vector<Visit>& visits, std::int64_t epochs,
                              const std::vector<std::int64_t>& file_samples) {
  for (std::int64_t epoch = 0; epoch < epochs; ++epoch) {
    for (std::size_t file = 0; file < file_samples.size(); ++file) {
      std::vector<int> times(static_cast<std::size_t>(file_samples[file]));
      for (const Visit& visit : visits) {
        if (visit.epoch != epoch || visit.file != static_cast<std::int64_t>(file)) continue;
        ASSERT_GE(visit.first, 0);
        ASSERT_LE(visit.first + visit.count, file_samples[file]);
        for (std::int64_t i = 0; i < visit.count; ++i) {
          ++times[static_cast<std::size_t>(visit.first + i)];
        }
      }
      EXPECT_EQ(std::count(times.begin(), times.end(), 1), std::ssize(times))
          << "file " << file << " in epoch " << epoch;
    }
  }
}

}  // namespace evenkeel
