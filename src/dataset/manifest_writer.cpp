#include <fmt/format.h>

#include <iterator>
#include <nlohmann/json.hpp>
#include <ostream>

#include "dataset/manifest.h"
#include "dataset/readers.h"
#include "evenkeel/error.h"

namespace evenkeel {
namespace {

std::string json_text(std::string_view text) { return nlohmann::json(text).dump(); }

bool costs_are_samples(const FileTable& files) {
  for (std::int64_t file = 0; file < files.size(); ++file) {
    if (files.cost(file) != static_cast<double>(files.samples(file))) return false;
  }
  return true;
}

void append_hosts(const FileHosts& hosts, std::int64_t file, std::string& text) {
  const auto places = hosts.of(file);
  for (std::size_t i = 0; i < places.size(); ++i) {
    text += i == 0 ? ", \"hosts\": [" : ", ";
    text += json_text(hosts.names()[static_cast<std::size_t>(places[i].host)]);
  }
  if (!places.empty()) text += ']';
}

}  // namespace

void write_manifest(const Manifest& manifest, std::ostream& out) {
  constexpr std::size_t flush_bytes = 1 << 16;
  if (!manifest.sample_cost.empty()) {
    throw UserError(
        fmt::format("{}: has a cost for each sample, which evenkeel JSON cannot say; "
                    "use the original file as the manifest",
                    shortened(manifest.name)));
  }
  const FileTable& files = manifest.files;
  const bool costs = !costs_are_samples(files);
  std::string text = fmt::format(
      "{{\"evenkeel\": 1, \"name\": {}, \"root\": {}, \"cost_unit\": {},\n \"files\": [",
      json_text(manifest.name), json_text(manifest.root.native()), json_text(manifest.cost_unit));
  for (std::int64_t file = 0; file < files.size(); ++file) {
    fmt::format_to(std::back_inserter(text), "{}\n  {{\"path\": {}, \"samples\": {}",
                   file == 0 ? "" : ",", json_text(files.path(file)), files.samples(file));
    if (files.bytes(file) != FileTable::unknown_bytes) {
      fmt::format_to(std::back_inserter(text), ", \"bytes\": {}", files.bytes(file));
    }
    if (costs) fmt::format_to(std::back_inserter(text), ", \"cost\": {}", files.cost(file));
    append_hosts(manifest.hosts, file, text);
    text += '}';
    if (text.size() >= flush_bytes) {
      out << text;
      text.clear();
    }
  }
  out << text << "\n ]}\n";
}

}  // namespace evenkeel
