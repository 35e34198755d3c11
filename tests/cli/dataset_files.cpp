#include "cli/dataset_files.h"

#include <filesystem>
#include <fstream>
#include <stdexcept>

namespace evenkeel {

void write_text(const std::string& path, const std::string& text) {
  std::filesystem::create_directories(std::filesystem::path(path).parent_path());
  std::ofstream out(path, std::ios::binary);
  out << text;
  if (!out.flush()) throw std::runtime_error("cannot write " + path);
}

void write_bytes(const std::string& path, std::size_t bytes) {
  write_text(path, std::string(bytes, 'x'));
}

std::string manifest_text(int files, int samples) {
  std::string text = R"({"evenkeel": 1, "name": "numbers", "root": ".", "files": [)";
  for (int i = 0; i < files; ++i) {
    text += (i > 0 ? "," : "") + std::string("\n  {\"path\": \"") + std::to_string(i) +
            ".bin\", \"samples\": " + std::to_string(samples) + "}";
  }
  return text + "]}\n";
}

std::string durations_text(int samples) {
  std::string text;
  for (int i = 0; i < samples; ++i) {
    const int seconds = i * 37 % 23 == 0 ? 20 : 1 + i % 5;
    text += "{\"audio_filepath\": \"" + std::to_string(i) +
            ".wav\", \"duration\": " + std::to_string(seconds) + "}\n";
  }
  return text;
}

std::int64_t write_tree(const std::string& folder, int files) {
  std::int64_t sum = 0;
  for (int i = 0; i < files; ++i) {
    const int bytes = 1 + i * i * 37 % 4001;
    write_bytes(folder + "/" + std::to_string(i % 7) + "/" + std::to_string(i) + ".bin",
                static_cast<std::size_t>(bytes));
    sum += bytes;
  }
  return sum;
}

}  // namespace evenkeel
