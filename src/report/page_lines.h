// Lines of the report's table for both modes.
#pragma once

#include <cstdint>
#include <iosfwd>
#include <string>
#include <string_view>
#include <vector>

namespace evenkeel {

inline constexpr std::string_view wide_gap = "   ";

// Of a job that goes on with a run that was complete: "nothing left, 1,000 samples done before".
std::string nothing_left_text(std::int64_t done_before);

// Writes fields on as few lines as possible; each field fits a line.
void write_fields(const std::vector<std::string>& fields, std::string_view gap, std::ostream& out);

struct TimePart {
  std::string_view name;
  double seconds = 0;
  bool is_exceptional = false;  // left out if it rounds to 0
};

// "time      compute 90  uneven 10  = 100 %": whole percentages that add up to 100. Writes nothing
// if all parts are 0.
void write_time_parts(const std::vector<TimePart>& parts, std::string_view label,
                      std::ostream& out);

}  // namespace evenkeel
