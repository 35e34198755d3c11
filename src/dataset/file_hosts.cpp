#include "dataset/file_hosts.h"

#include <algorithm>

#include "core/check.h"

namespace evenkeel {

void FileHosts::add(std::int64_t file, std::string_view host) {
  EVENKEEL_CHECK(places_.empty() || places_.back().file <= file);
  const auto next = static_cast<std::int32_t>(names_.size());
  const auto known = index_.try_emplace(std::string(host), next);
  if (known.second) names_.emplace_back(host);
  const std::int32_t index = known.first->second;
  const auto is_host = [&](const Place& place) { return place.host == index; };
  if (!std::ranges::any_of(of(file), is_host)) places_.push_back({file, index});
}

std::span<const FileHosts::Place> FileHosts::of(std::int64_t file) const {
  const auto first = std::ranges::lower_bound(places_, file, {}, &Place::file);
  const auto last = std::ranges::upper_bound(places_, file, {}, &Place::file);
  return {first, last};
}

}  // namespace evenkeel
