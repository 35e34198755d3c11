// The hosts that hold files, where a manifest names them.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace evenkeel {

class FileHosts {
 public:
  struct Place {
    std::int64_t file;
    std::int32_t host;  // its place in names()
  };

  // Files ascend. A host that the file has already is left out.
  void add(std::int64_t file, std::string_view host);

  bool empty() const { return places_.empty(); }
  const std::vector<std::string>& names() const { return names_; }  // each once
  std::span<const Place> places() const { return places_; }         // by file
  std::span<const Place> of(std::int64_t file) const;

 private:
  std::vector<Place> places_;
  std::vector<std::string> names_;
  std::unordered_map<std::string, std::int32_t> index_;
};

}  // namespace evenkeel
