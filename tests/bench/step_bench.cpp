// Step mode's arithmetic: how long rank 0 takes over a plan.
#include <benchmark/benchmark.h>

#include <cmath>
#include <cstdint>
#include <limits>
#include <vector>

#include "balance/batch_division.h"
#include "balance/step_allocation.h"
#include "core/random.h"

namespace evenkeel {
namespace {

// Workers of which the fastest is ten times as fast as the slowest, with overheads of their own.
void allocation(benchmark::State& state) {
  const std::int64_t workers = state.range(0);
  const std::int64_t micro_batches = 32 * workers;
  Random random(0);
  PerWorker<StepSpeed> speeds;
  for (std::int64_t i = 0; i < workers; ++i) {
    speeds.push_back(
        {1e-3 * random.uniform(), 1e-3 * std::pow(10, random.uniform()), 1, micro_batches});
  }
  for ([[maybe_unused]] const auto _ : state) {
    benchmark::DoNotOptimize(allocate_step(speeds, micro_batches));
  }
}
BENCHMARK(allocation)->Arg(100)->Arg(1'000)->Arg(10'000)->Unit(benchmark::kMillisecond);

// Costs that spread over two powers of ten, as the lengths of sentences do.
void division(benchmark::State& state) {
  const std::int64_t samples = state.range(0);
  const std::int64_t workers = state.range(1);
  Random random(0);
  std::vector<std::uint32_t> costs;
  for (std::int64_t i = 0; i < samples; ++i) {
    costs.push_back(static_cast<std::uint32_t>(1000 * std::pow(100, random.uniform())));
  }
  PerWorker<DivisionWorker> paces;
  for (std::int64_t i = 0; i < workers; ++i) {
    paces.push_back({static_cast<std::uint32_t>(1000 * std::pow(4, random.uniform())), 0, 1,
                     std::numeric_limits<std::int32_t>::max()});
  }
  for ([[maybe_unused]] const auto _ : state) {
    benchmark::DoNotOptimize(divide_batch(costs, paces));
  }
}
BENCHMARK(division)->Args({128, 16})->Args({4'096, 512})->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace evenkeel

BENCHMARK_MAIN();
