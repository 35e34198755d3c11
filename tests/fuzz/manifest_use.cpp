#include "fuzz/manifest_use.h"

#include <sstream>

#include "core/check.h"
#include "dataset/dataset.h"
#include "dataset/readers.h"
#include "dataset/text_file.h"

namespace evenkeel {
namespace {

void check_same(const Manifest& a, const Manifest& b) {
  EVENKEEL_CHECK(a.name == b.name);
  EVENKEEL_CHECK(a.root == b.root);
  EVENKEEL_CHECK(a.cost_unit == b.cost_unit);
  EVENKEEL_CHECK(a.files.size() == b.files.size());
  EVENKEEL_CHECK(a.hosts.names() == b.hosts.names());
  for (std::int64_t file = 0; file < a.files.size(); ++file) {
    EVENKEEL_CHECK(a.files.path(file) == b.files.path(file));
    EVENKEEL_CHECK(a.files.samples(file) == b.files.samples(file));
    EVENKEEL_CHECK(a.files.bytes(file) == b.files.bytes(file));
    EVENKEEL_CHECK(a.files.cost(file) == b.files.cost(file));
    EVENKEEL_CHECK(a.hosts.of(file).size() == b.hosts.of(file).size());
  }
}

}  // namespace

void check_use(const Manifest& manifest) {
  constexpr std::int64_t shard_samples = std::int64_t{1} << 50;  // few, whatever the manifest says
  check_totals(manifest, "m:");
  const Dataset dataset = Dataset::cut(manifest, shard_samples);
  EVENKEEL_CHECK(Dataset::unpack(dataset.packed(), nullptr).fingerprint() == dataset.fingerprint());
  if (!manifest.sample_cost.empty()) return;
  std::ostringstream written;
  write_manifest(manifest, written);
  check_same(read_json_manifest(TextFile("m", written.str())), manifest);
}

}  // namespace evenkeel
