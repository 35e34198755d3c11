// Manifests as files, by way of the recognition of their format.
#include "dataset/manifest.h"
#include "evenkeel/error.h"
#include "fuzz/manifest_use.h"
#include "fuzz/memory_file.h"
#include "fuzz/refusal.h"
#include "fuzz/target.h"

namespace evenkeel {

bool accepts(std::string_view bytes) {
  static const MemoryFile file;
  file.hold(bytes);
  try {
    check_use(read_manifest(file.path()));
    return true;
  } catch (const UserError& error) {
    check_refusal(error.what(), "");
    return false;
  }
}

}  // namespace evenkeel
