// A folder for one test, with the files that it needs.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "dataset/manifest.h"

namespace evenkeel {

// Removed with all that is in it.
class TemporaryFolder {
 public:
  TemporaryFolder();
  ~TemporaryFolder();
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;

  const std::filesystem::path& path() const { return path_; }

  // Writes a file, and the folders above it, and returns its path.
  std::filesystem::path write(const std::filesystem::path& name, std::string_view text) const;

  // The message of the UserError that reading the manifest `name` throws, without this folder's
  // name. Empty if nothing is thrown.
  std::string fault_of(const std::filesystem::path& name) const;

  // The same of a manifest with this text.
  std::string fault_of(const std::filesystem::path& name, std::string_view text) const;

 private:
  std::filesystem::path path_;
};

}  // namespace evenkeel
