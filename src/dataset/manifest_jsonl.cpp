#include <fmt/format.h>
#include <simdjson.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>
#include <vector>

#include "dataset/json_faults.h"
#include "dataset/readers.h"

namespace evenkeel {
namespace {

namespace ondemand = simdjson::ondemand;

struct Line {
  bool in_manifest = false;                  // has an "evenkeel" key
  std::optional<std::string_view> duration;  // as written
  double duration_s = 0;                     // 0 if it is not a number
};

class LineParser {
 public:
  explicit LineParser(const TextFile& file)
      : readable_end_(file.text().data() + file.text().size() + TextFile::padding) {}

  // Parses a line of the file's text; nothing if it is not one JSON object.
  std::optional<Line> parse(std::string_view text) {
    try {
      return parse_object(text);
    } catch (const simdjson::simdjson_error&) {
      return std::nullopt;
    }
  }

 private:
  std::optional<Line> parse_object(std::string_view text) {
    const auto readable = static_cast<std::size_t>(readable_end_ - text.data());
    ondemand::document document = parser_.iterate(text.data(), text.size(), readable);
    Line line;
    for (ondemand::field field : document.get_object()) {
      const ondemand::raw_json_string key = field.key();
      if (key.unsafe_is_equal("evenkeel")) line.in_manifest = true;
      if (!key.unsafe_is_equal("duration")) continue;
      ondemand::value value = field.value();
      const std::string_view token = value.raw_json_token();
      line.duration = token.substr(0, token.find_last_not_of(" \t\r") + 1);
      if (value.get_double().get(line.duration_s) != simdjson::SUCCESS) {
        line.duration_s = 0;
      }
    }
    if (document.current_location().error() == simdjson::SUCCESS) return std::nullopt;
    return line;
  }

  const char* readable_end_;
  ondemand::parser parser_;
};

// Calls visit(line, number) for each non-blank line until it returns false.
template <typename Visit>
void visit_lines(std::string_view text, Visit visit) {
  for (std::int64_t number = 1; !text.empty(); ++number) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    const std::string_view line = text.substr(0, end);
    const bool blank = line.find_first_not_of(" \t\r") == std::string_view::npos;
    if (!blank && !visit(line, number)) return;
    text.remove_prefix(std::min(end + 1, text.size()));
  }
}

[[noreturn]] void fail_line(const TextFile& file, std::string_view text, std::int64_t number,
                            const std::optional<Line>& line) {
  if (!line) {
    check_json_syntax(file, text);
    file.fail_at_line(number, "is not a JSON object; each line is one, with a \"duration\"");
  }
  if (!line->duration) {
    file.fail_at_line(number, "has no \"duration\"; each line has one, in seconds");
  }
  file.fail_at_line(number,
                    fmt::format("duration is {}; {}", shortened(*line->duration), duration_rule));
}

std::vector<double> read_durations(const TextFile& file) {
  LineParser parser(file);
  std::vector<double> durations_s;
  visit_lines(file.text(), [&](std::string_view text, std::int64_t number) {
    const std::optional<Line> line = parser.parse(text);
    if (!line || !is_cost(line->duration_s)) fail_line(file, text, number, line);
    durations_s.push_back(line->duration_s);
    return true;
  });
  return durations_s;
}

// A power of two, so that sums of scaled costs are exact; the largest cost takes all 32 bits.
double scale_for(double largest) {
  int exponent = 0;
  std::frexp(largest, &exponent);
  return std::ldexp(1.0, exponent - 32);
}

std::uint32_t scaled(double cost, double scale) {
  constexpr double most = std::numeric_limits<std::uint32_t>::max();
  return static_cast<std::uint32_t>(std::clamp(std::round(cost / scale), 1.0, most));
}

}  // namespace

bool is_json_lines(const TextFile& file) {
  constexpr std::size_t longest_line = 1 << 24;  // a whole manifest may be on one line
  LineParser parser(file);
  bool found = false;
  visit_lines(file.text(), [&](std::string_view text, std::int64_t) {
    const auto line = text.size() <= longest_line ? parser.parse(text) : std::nullopt;
    found = line && line->duration && !line->in_manifest;
    return false;
  });
  return found;
}

Manifest read_json_lines(const TextFile& file) {
  const std::vector<double> durations_s = read_durations(file);
  Manifest manifest;
  manifest.name = file.path().stem().string();
  manifest.root = absolute_folder(std::filesystem::absolute(file.path()).parent_path());
  manifest.cost_unit = "seconds";
  manifest.sample_cost_scale = scale_for(*std::max_element(durations_s.begin(), durations_s.end()));
  manifest.sample_cost.reserve(durations_s.size());
  double sum = 0;
  for (const double duration_s : durations_s) {
    manifest.sample_cost.push_back(scaled(duration_s, manifest.sample_cost_scale));
    sum += duration_s;
  }
  if (!is_cost(sum)) file.fail("its durations add up to more than 1e30 s; correct them");
  manifest.files.add(file.path().filename().string(), std::ssize(durations_s), file.bytes(), sum);
  return manifest;
}

}  // namespace evenkeel
