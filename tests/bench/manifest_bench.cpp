// Reading a large manifest: bytes of text a second, and of memory a file.
#include <benchmark/benchmark.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <string>

#include "bench/allocations.h"
#include "dataset/manifest.h"

namespace evenkeel {
namespace {

// A file that goes with its object.
class ManifestFile {
 public:
  explicit ManifestFile(std::int64_t files)
      : path_(std::filesystem::temp_directory_path() /
              fmt::format("manifest-{}.json", ::getpid())) {
    std::string text = R"({"evenkeel": 1, "name": "bench", "root": "data", "files": [)";
    for (std::int64_t i = 0; i < files; ++i) {
      text += i == 0 ? "\n" : ",\n";
      text += fmt::format(R"({{"path": "part-{:03}/shard-{:08}.tar", "samples": {}, "bytes": {}}})",
                          i % 1000, i, 500 + i % 100, 104'857'600 + i);
    }
    text += "\n]}\n";
    bytes_ = static_cast<std::int64_t>(text.size());
    std::ofstream(path_) << text;
  }
  ~ManifestFile() { std::filesystem::remove(path_); }
  ManifestFile(const ManifestFile&) = delete;
  ManifestFile& operator=(const ManifestFile&) = delete;

  const std::filesystem::path& path() const { return path_; }
  std::int64_t bytes() const { return bytes_; }

 private:
  std::filesystem::path path_;
  std::int64_t bytes_ = 0;
};

void manifest(benchmark::State& state) {
  const ManifestFile file(state.range(0));
  std::int64_t memory = 0;
  for ([[maybe_unused]] const auto _ : state) {
    const std::int64_t before = bytes_in_use;
    const Manifest read = read_manifest(file.path());
    memory = bytes_in_use - before - read.files.path_bytes();
    benchmark::DoNotOptimize(read.files.size());
  }
  state.SetBytesProcessed(file.bytes() * state.iterations());
  state.counters["bytes_a_file_beyond_its_path"] =
      static_cast<double>(memory) / static_cast<double>(state.range(0));
}
BENCHMARK(manifest)->Arg(1'000'000)->Arg(10'000'000)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace evenkeel

BENCHMARK_MAIN();
