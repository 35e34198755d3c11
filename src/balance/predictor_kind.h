// How a speed model predicts the next steps of a worker, as users name it.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace evenkeel {

enum class PredictorKind : std::uint8_t {
  last,     // seconds a cost unit, as in the last step
  mean,     // as in the last steps together
  affine,   // an overhead a step beside it
  trend,    // on the line over time that the last steps lie on
  mixture,  // all of these, as far as each has proved right
};

inline constexpr PredictorKind usual_predictor = PredictorKind::mixture;

// All kinds, and their names on the command line, in the order in which they are listed to users.
std::span<const PredictorKind> all_predictors();
std::span<const std::string_view> predictor_names();

// None if there is no such predictor.
std::optional<PredictorKind> predictor_named(std::string_view name);

}  // namespace evenkeel
