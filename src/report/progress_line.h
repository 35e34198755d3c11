// A job's progress for people: one live line on a terminal, elsewhere a line every ten seconds.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>

#include "coordinator/records.h"
#include "core/time.h"
#include "core/types.h"

namespace evenkeel {

struct Progress {
  JobRecord job;
  Pass pass;  // the earliest unfinished one
  std::int32_t epochs = 1;
  std::int32_t workers = 0;  // not lost
};

// The text of one line; rates are of the last seconds, 0 if unknown: "epoch 1/3  42%  1.2M of 2.9M
// samples  8 workers  31,204 samples/s  about 1m 05s left". If it is too long for `columns`, it
// drops the workers, then the rate, then the samples.
std::string progress_text(const Progress& progress, double samples_per_s, double cost_per_s,
                          std::size_t columns);

// Decides when to print. Pure: the host reads the clock and owns standard error.
class ProgressLine {
 public:
  enum class Style : std::uint8_t {
    live,   // a terminal: a line that is overwritten five times per second
    plain,  // a file or pipe: a new line every ten seconds
  };

  // `columns`: the width of the terminal; plain lines are not cut.
  explicit ProgressLine(Style style, std::size_t columns = 80);

  // Whether update would return something: cheaper than collecting the figures.
  bool due(Instant now) const;

  // What to write to standard error, if it is time.
  std::optional<std::string> update(Instant now, const Progress& progress);

  // What to write before other output on standard error, and at the end: clears the live line.
  // Empty if there is none.
  std::string clear();

 private:
  struct Sighting {
    Instant time;
    std::int64_t samples = 0;
    double cost = 0;
  };

  Style style_;
  std::size_t columns_;
  Instant last_{};
  std::deque<Sighting> sightings_{Sighting{}};  // of the last seconds, and one before
  std::size_t shown_columns_ = 0;               // of the live line on the terminal
};

}  // namespace evenkeel
