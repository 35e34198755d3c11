#include "dataset/temporary_folder.h"

#include <stdlib.h>  // NOLINT(modernize-deprecated-headers): mkdtemp

#include <fstream>
#include <stdexcept>
#include <system_error>

#include "evenkeel/error.h"

namespace evenkeel {

TemporaryFolder::TemporaryFolder() {
  std::string name = (std::filesystem::temp_directory_path() / "evenkeel-XXXXXX").string();
  if (mkdtemp(name.data()) == nullptr) throw std::runtime_error("no temporary folder");
  path_ = name;
}

TemporaryFolder::~TemporaryFolder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

std::filesystem::path TemporaryFolder::write(const std::filesystem::path& name,
                                             std::string_view text) const {
  std::filesystem::path path = path_ / name;
  std::filesystem::create_directories(path.parent_path());
  std::ofstream(path, std::ios::binary) << text;
  return path;
}

std::string TemporaryFolder::fault_of(const std::filesystem::path& name) const {
  try {
    read_manifest(path_ / name);
  } catch (const UserError& error) {
    std::string message = error.what();
    const std::string folder = path_.string() + '/';
    if (message.starts_with(folder)) message.erase(0, folder.size());
    return message;
  }
  return "";
}

std::string TemporaryFolder::fault_of(const std::filesystem::path& name,
                                      std::string_view text) const {
  write(name, text);
  return fault_of(name);
}

}  // namespace evenkeel
