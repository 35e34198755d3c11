// How far a job is, for people who watch: on a terminal one live line, elsewhere a plain line
// every ten seconds.
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
  Pass pass;  // the earliest that is not finished
  std::int32_t epochs = 1;
  std::int32_t workers = 0;  // that are not lost
};

// The figures of one line; rates are over the last seconds, 0 if unknown.
// "epoch 1/3  42%  1.2M of 2.9M samples  8 workers  31,204 samples/s  about 1m 05s left"
// Too long for `columns`, it loses the workers, then the rate, then the samples.
std::string progress_text(const Progress& progress, double samples_per_s, double cost_per_s,
                          std::size_t columns);

// Decides when to say something. Pure: the host reads the clock and owns standard error.
class ProgressLine {
 public:
  enum class Style : std::uint8_t {
    live,   // a terminal: a line that overwrites itself, five times a second
    plain,  // a file or pipe: a line of its own every ten seconds
  };

  // `columns`: the width of the terminal; plain lines are not cut.
  explicit ProgressLine(Style style, std::size_t columns = 80);

  // Whether update would return something: cheaper than gathering its figures.
  bool due(Instant now) const;

  // What to write to standard error, if it is time again.
  std::optional<std::string> update(Instant now, const Progress& progress);

  // What to write before anything else goes to standard error, and at the end: wipes the live
  // line. Empty if there is none.
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
  std::size_t shown_columns_ = 0;               // of the live line, now on the terminal
};

}  // namespace evenkeel
