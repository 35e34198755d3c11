#include "report/cost_scale.h"

#include <fmt/format.h>

#include <cstddef>

#include "core/display_text.h"
#include "core/number_format.h"

namespace evenkeel {
namespace {

constexpr std::size_t unit_columns = 12;

}  // namespace

CostScale cost_scale(const std::string& cost_unit, double largest) {
  if (cost_unit != "bytes") return {1, clip_middle(printable(cost_unit), unit_columns)};
  CostScale scale{1, "B"};
  for (const char* unit : {"kB", "MB", "GB", "TB", "PB", "EB"}) {
    if (!(largest / scale.divisor >= 999.5)) break;
    scale = {scale.divisor * 1000, unit};
  }
  return scale;
}

std::string cost_text(double cost, const std::string& cost_unit) {
  const CostScale scale = cost_scale(cost_unit, cost);
  return fmt::format("{} {}", number_text(cost / scale.divisor), scale.unit);
}

}  // namespace evenkeel
