#include "balance/predictor_kind.h"

#include <algorithm>
#include <array>
#include <cstddef>

namespace evenkeel {
namespace {

constexpr std::array kinds{PredictorKind::last, PredictorKind::mean, PredictorKind::affine,
                           PredictorKind::trend, PredictorKind::mixture};
constexpr std::array<std::string_view, kinds.size()> names{"last", "mean", "affine", "trend",
                                                           "mixture"};

}  // namespace

std::span<const PredictorKind> all_predictors() { return kinds; }

std::span<const std::string_view> predictor_names() { return names; }

std::optional<PredictorKind> predictor_named(std::string_view name) {
  const auto* const found = std::find(names.begin(), names.end(), name);
  if (found == names.end()) return std::nullopt;
  return kinds[static_cast<std::size_t>(found - names.begin())];
}

}  // namespace evenkeel
