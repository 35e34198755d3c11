#include "report/page_lines.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <ostream>

#include "core/display_text.h"
#include "core/number_format.h"
#include "report/text_table.h"

namespace evenkeel {
namespace {

// The percentages with the largest remainders are rounded up. Precondition: `total_s`, the sum of
// the parts, is above 0.
std::vector<std::int64_t> whole_percentages(const std::vector<TimePart>& parts, double total_s) {
  std::vector<std::int64_t> percentages;
  std::vector<double> remainders;
  std::int64_t missing = 100;
  for (const TimePart& part : parts) {
    const double percentage = part.seconds / total_s * 100;
    percentages.push_back(static_cast<std::int64_t>(percentage));
    remainders.push_back(percentage - std::floor(percentage));
    missing -= percentages.back();
  }
  for (; missing > 0; --missing) {
    const auto next = std::max_element(remainders.begin(), remainders.end());
    ++percentages[static_cast<std::size_t>(next - remainders.begin())];
    *next -= 1;
  }
  return percentages;
}

}  // namespace

std::string nothing_left_text(std::int64_t done_before) {
  return fmt::format("nothing left, {} done before", counted(done_before, "sample"));
}

void write_fields(const std::vector<std::string>& fields, std::string_view gap, std::ostream& out) {
  std::string line;
  for (const std::string& field : fields) {
    const std::size_t columns = display_columns(line) + gap.size() + display_columns(field);
    if (line.empty()) {
      line = field;
    } else if (columns <= page_columns) {
      line.append(gap).append(field);
    } else {
      out << line << '\n';
      line = "  " + field;
    }
  }
  out << line << '\n';
}

void write_time_parts(const std::vector<TimePart>& parts, std::string_view label,
                      std::ostream& out) {
  double total_s = 0;
  for (const TimePart& part : parts) total_s += part.seconds;
  if (!(total_s > 0) || !std::isfinite(total_s)) return;
  const std::vector<std::int64_t> percentages = whole_percentages(parts, total_s);
  std::vector<std::string> fields;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    if (parts[i].is_exceptional && percentages[i] == 0) continue;
    fields.push_back(fmt::format("{} {}", parts[i].name, percentages[i]));
  }
  fields.emplace_back("= 100 %");
  fields.front().insert(0, label);
  write_fields(fields, "  ", out);
}

}  // namespace evenkeel
