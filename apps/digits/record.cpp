#include "record.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <numeric>
#include <utility>

#include "core/check.h"
#include "report/output_file.h"

namespace evenkeel::digits {

void Record::add(std::int64_t step, std::span<const std::int64_t> samples) {
  for (const std::int64_t sample : samples) {
    pairs_.push_back(step);
    pairs_.push_back(sample);
  }
}

void Record::gather(MPI_Comm workers) {
  int rank = 0;
  int size = 0;
  MPI_Comm_rank(workers, &rank);
  MPI_Comm_size(workers, &size);
  EVENKEEL_CHECK(pairs_.size() <= std::numeric_limits<int>::max());
  const auto own = static_cast<int>(pairs_.size());
  std::vector<int> counts(static_cast<std::size_t>(size));
  MPI_Gather(&own, 1, MPI_INT, counts.data(), 1, MPI_INT, 0, workers);

  std::vector<int> places(counts.size());
  std::exclusive_scan(counts.begin(), counts.end(), places.begin(), 0);
  const std::int64_t total = std::accumulate(counts.begin(), counts.end(), std::int64_t{0});
  EVENKEEL_CHECK(total <= std::numeric_limits<int>::max());
  std::vector<std::int64_t> all(static_cast<std::size_t>(total));
  MPI_Gatherv(pairs_.data(), own, MPI_INT64_T, all.data(), counts.data(), places.data(),
              MPI_INT64_T, 0, workers);
  pairs_ = std::move(all);
}

void Record::write(const std::string& path) {
  std::vector<std::pair<std::int64_t, std::int64_t>> samples;
  for (std::size_t i = 0; i < pairs_.size(); i += 2) samples.emplace_back(pairs_[i], pairs_[i + 1]);
  std::sort(samples.begin(), samples.end());

  OutputFile file(path);
  for (std::size_t i = 0; i < samples.size(); ++i) {
    const auto [step, sample] = samples[i];
    const bool begins = i == 0 || samples[i - 1].first != step;
    if (begins) file.append(fmt::format("{}{}", i == 0 ? "" : "\n", step));
    file.append(fmt::format(" {}", sample));
  }
  file.append("\n");
  file.close();
}

}  // namespace evenkeel::digits
