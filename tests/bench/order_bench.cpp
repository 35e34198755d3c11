// The epoch order of a billion samples: the time to draw it, its memory, and the time of a look-up.
#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include <cstdint>
#include <utility>
#include <vector>

#include "bench/allocations.h"
#include "core/random.h"
#include "dataset/epoch_order.h"

namespace evenkeel {
namespace {

constexpr std::int64_t samples = 1'000'000'000;
constexpr std::int64_t files = 10'000;
constexpr std::int64_t step_samples = 256;

const Dataset& dataset() {
  static const Dataset cut = [] {
    Manifest manifest;
    manifest.root = "/";
    constexpr std::int64_t file_samples = samples / files;
    for (std::int64_t file = 0; file < files; ++file) {
      manifest.files.add(fmt::format("shard-{:05}.tar", file), file_samples,
                         FileTable::unknown_bytes, static_cast<double>(file_samples));
    }
    return Dataset::cut(manifest, 1024);
  }();
  return cut;
}

OrderOptions options_of(Shuffle shuffle) {
  OrderOptions options;
  options.shuffle = shuffle;
  return options;
}

void epoch_order(benchmark::State& state, Shuffle shuffle) {
  const Dataset& line = dataset();
  std::int64_t bytes = 0;
  for ([[maybe_unused]] const auto _ : state) {
    const std::int64_t before = bytes_in_use;
    const EpochOrder order(line, options_of(shuffle), Epoch(1));
    bytes = bytes_in_use - before;
    benchmark::DoNotOptimize(order.sample_at(Position(7)));
  }
  state.counters["bytes_a_sample"] = static_cast<double>(bytes) / static_cast<double>(samples);
}
BENCHMARK_CAPTURE(epoch_order, none, Shuffle::none)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(epoch_order, shards, Shuffle::shards)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(epoch_order, block, Shuffle::block)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(epoch_order, full, Shuffle::full)->Unit(benchmark::kMillisecond);

// What a worker has to read for a step anywhere on the line.
void extents_of_a_step(benchmark::State& state, Shuffle shuffle) {
  const EpochOrder order(dataset(), options_of(shuffle), Epoch(1));
  std::vector<Extent> extents;
  Random random(0);
  for ([[maybe_unused]] const auto _ : state) {
    const auto begin = static_cast<std::int64_t>(random.below(samples - step_samples));
    extents.clear();
    order.extents({Position(begin), Position(begin + step_samples)}, extents);
    benchmark::DoNotOptimize(extents.data());
  }
  state.SetItemsProcessed(step_samples * state.iterations());
}
BENCHMARK_CAPTURE(extents_of_a_step, shards, Shuffle::shards);
BENCHMARK_CAPTURE(extents_of_a_step, block, Shuffle::block);
BENCHMARK_CAPTURE(extents_of_a_step, full, Shuffle::full);

}  // namespace
}  // namespace evenkeel

BENCHMARK_MAIN();
