// Numbers for people: short, with separators and sensible units, of bounded width.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "core/time.h"

namespace evenkeel {

// In full, with thousands separators: "1,281,167".
std::string grouped(std::int64_t count);

// "1 worker", "1,024 workers".
std::string counted(std::int64_t count, std::string_view noun);

// Three significant digits, thousands in full with separators up to 99,999, then SI suffixes:
// "0.042", "62.5", "31,204", "1.28M", "1.5e+30". At most 9 columns, 10 if negative; "-" if not
// finite.
std::string number_text(double value);

// The same of a whole number.
std::string count_text(std::int64_t count);

// A fraction as a percentage with that many decimals: "23.4%". At most 7 columns up to one
// decimal; "-" if not finite.
std::string percent_text(double fraction, int decimals);

// A time span to three significant digits, then by clock: "83 ms", "61.2 s", "11m 40s",
// "3h 05m", "12d 03h". At most 8 columns, 9 if negative; "-" if not finite.
std::string duration_text(double seconds);

// An estimated time span in whole seconds: "45 s", "1m 05s", "3h 05m".
std::string rough_duration_text(double seconds);

// "sample 7", "samples 0-31": `count` of them from `first` on.
std::string sample_range_text(std::int64_t first, std::int64_t count);

// Seconds with all nanoseconds and without trailing zeros: "1.25", "0.000000001", "3".
std::string exact_seconds(Instant instant);

}  // namespace evenkeel
