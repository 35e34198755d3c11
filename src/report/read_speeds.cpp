#include "report/read_speeds.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <nlohmann/json.hpp>
#include <string_view>

#include "dataset/text_file.h"

namespace evenkeel {
namespace {

using Json = nlohmann::json;

constexpr std::string_view remedy = "give a balance report that --report has written as .json";

// A member that is missing is null.
const Json& member(const Json& json, const char* name) {
  static const Json none;
  const auto found = json.find(name);
  return found == json.end() ? none : *found;
}

KnownSpeed speed_of(const Json& rank, std::size_t place, const TextFile& file) {
  const Json& host = member(rank, "host");
  const Json& speed = member(rank, "speed");
  const bool is_speed = speed.is_number() && speed.get<double>() >= 0;
  if (host.is_string() && (is_speed || speed.is_null())) {
    return {host.get<std::string>(), is_speed ? speed.get<double>() : 0};
  }
  file.fail(fmt::format("/ranks/{} has no host and speed; {}", place, remedy));
}

}  // namespace

std::vector<KnownSpeed> read_speeds(const std::string& path) {
  const TextFile file(path);
  const Json report = Json::parse(file.text(), nullptr, false);
  if (!report.is_object() || member(report, "schema") != "evenkeel.report/1") {
    file.fail(fmt::format("is no balance report; {}", remedy));
  }
  std::vector<KnownSpeed> speeds;
  for (const Json& rank : member(report, "ranks")) {
    speeds.push_back(speed_of(rank, speeds.size(), file));
  }
  const auto is_known = [](const KnownSpeed& rank) { return rank.speed > 0; };
  if (std::ranges::none_of(speeds, is_known)) {
    file.fail("no rank has a speed in this report; give one of a job that has done more");
  }
  return speeds;
}

}  // namespace evenkeel
