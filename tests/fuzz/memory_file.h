// A file that never touches a disk, for readers that want a path.
#pragma once

#include <string>
#include <string_view>

namespace evenkeel {

class MemoryFile {
 public:
  MemoryFile();
  ~MemoryFile();
  MemoryFile(const MemoryFile&) = delete;
  MemoryFile& operator=(const MemoryFile&) = delete;

  // Replaces what it holds.
  void hold(std::string_view bytes) const;

  const std::string& path() const { return path_; }

 private:
  int descriptor_;
  std::string path_;
};

}  // namespace evenkeel
