// Feeds the files of a folder to a fuzz target, one after the other: REPLAY FOLDER. Those whose
// names begin with "good-" have to be accepted, so that the corpus of a format that changes is not
// refused at its first byte ever after.
#include <algorithm>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "fuzz/target.h"

namespace {

std::vector<std::filesystem::path> files_of(const std::filesystem::path& folder) {
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  return files;
}

std::string content_of(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) throw std::runtime_error(path.string() + ": cannot be read");
  std::ostringstream content;
  content << in.rdbuf();
  return std::move(content).str();
}

// Whether every file that is to be accepted is.
bool replay(const std::filesystem::path& folder) {
  const std::vector<std::filesystem::path> files = files_of(folder);
  std::size_t good = 0;
  bool right = true;
  for (const std::filesystem::path& file : files) {
    const std::string name = file.filename().string();
    std::printf("%s\n", name.c_str());
    std::fflush(stdout);  // the last name printed is the file that aborts
    const bool accepted = evenkeel::accepts(content_of(file));
    if (!name.starts_with("good-")) continue;
    ++good;
    if (accepted) continue;
    std::fprintf(stderr, "%s is refused; its name says that it is good\n", file.c_str());
    right = false;
  }
  if (good == 0) std::fprintf(stderr, "%s holds no file good-*\n", folder.c_str());
  return right && good > 0;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fprintf(stderr, "usage: %s FOLDER\n", argv[0]);
    return 2;
  }
  try {
    return replay(argv[1]) ? 0 : 1;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 1;
  }
}
