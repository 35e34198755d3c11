// How much a worker's speed varies by itself, and whether a change stands out from that.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "balance/speed_model.h"

namespace evenkeel {

// The speed's level since the last change that stood out, and the deviation of reports from it:
// over many reports, not from one report to the next, because reading speed drifts slowly and
// neighbouring reports are alike. Logarithms, so that twice as fast is as far as half.
class SpeedSpread {
 public:
  // One more report: cost units per second, above 0.
  void add(double speed);

  // Standard deviation of the logarithm of a report's speed, were it normally distributed.
  double sigma() const;

  // The change that the last reports have shown, told from the level before it, if it is larger
  // than what is usual for this worker; after few reports it has to be larger still. Its speed is
  // then the new level. None: it does not stand out.
  std::optional<SpeedChange> outstanding(const SpeedChange& change);

 private:
  static constexpr std::size_t most_new = 3;
  static constexpr float usual_deviation = 0.04F;  // of a worker that is not known yet

  void learn_oldest();

  // Small: there is one per worker.
  float level_ = 0;
  float deviation_ = usual_deviation;     // mean, absolute
  std::array<float, most_new> newest_{};  // reports that may belong to a change, oldest first
  std::uint8_t new_ = 0;
  std::uint8_t level_reports_ = 0;
  std::uint8_t deviation_reports_ = 0;
};

}  // namespace evenkeel
