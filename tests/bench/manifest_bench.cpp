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

enum class Format : std::uint8_t { json, csv };

std::string text_in(Format format, std::int64_t files) {
  std::string text = format == Format::csv
                         ? "path,samples,bytes\n"
                         : R"({"evenkeel": 1, "name": "bench", "root": "data", "files": [)";
  for (std::int64_t i = 0; i < files; ++i) {
    const std::string path = fmt::format("part-{:03}/shard-{:08}.tar", i % 1000, i);
    const std::int64_t samples = 500 + i % 100;
    const std::int64_t bytes = 104'857'600 + i;
    if (format == Format::csv) {
      text += fmt::format("{},{},{}\n", path, samples, bytes);
    } else {
      text += i == 0 ? "\n" : ",\n";
      text += fmt::format(R"({{"path": "{}", "samples": {}, "bytes": {}}})", path, samples, bytes);
    }
  }
  if (format == Format::json) text += "\n]}\n";
  return text;
}

// A file that goes with its object.
class ManifestFile {
 public:
  ManifestFile(Format format, std::int64_t files)
      : path_(std::filesystem::temp_directory_path() /
              fmt::format("manifest-{}.{}", ::getpid(), format == Format::csv ? "csv" : "json")) {
    const std::string text = text_in(format, files);
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

void manifest(benchmark::State& state, Format format) {
  const ManifestFile file(format, state.range(0));
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
BENCHMARK_CAPTURE(manifest, json, Format::json)
    ->Arg(1'000'000)
    ->Arg(10'000'000)
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(manifest, csv, Format::csv)
    ->Arg(1'000'000)
    ->Arg(10'000'000)
    ->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace evenkeel

BENCHMARK_MAIN();
