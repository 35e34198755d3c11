// Manifests in JSON lines, also those that recognition would keep from their reader.
#include "dataset/readers.h"
#include "dataset/text_file.h"
#include "evenkeel/error.h"
#include "fuzz/manifest_use.h"
#include "fuzz/refusal.h"
#include "fuzz/target.h"

namespace evenkeel {

bool accepts(std::string_view bytes) {
  const TextFile file("m", bytes);
  if (file.text().find_first_not_of(" \t\r\n") == std::string_view::npos) return false;
  try {
    is_json_lines(file);
    check_use(read_json_lines(file));
    return true;
  } catch (const UserError& error) {
    check_refusal(error.what(), "m:");
    return false;
  }
}

}  // namespace evenkeel
