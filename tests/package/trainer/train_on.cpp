// Training for the README's example: reads the samples, each of which is a byte of the file.
#include <cstdint>
#include <fstream>
#include <stdexcept>
#include <string>

void train_on(const std::string& path, std::int64_t first, std::int64_t count) {
  std::ifstream file(path, std::ios::binary);
  std::string samples(static_cast<std::size_t>(count), ' ');
  if (!file.seekg(first) || !file.read(samples.data(), count)) {
    throw std::runtime_error(path + ": has no such samples");
  }
}
