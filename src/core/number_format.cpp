#include "core/number_format.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <string_view>

namespace evenkeel {
namespace {

// Inserts separators into a number that may have a sign and decimals.
std::string with_separators(std::string digits) {
  const std::size_t first = digits.starts_with('-') ? 1 : 0;
  std::size_t at = std::min(digits.find('.'), digits.size());
  while (at > first + 3) {
    at -= 3;
    digits.insert(at, 1, ',');
  }
  return digits;
}

// Three significant digits for |value| ≥ 0.001, no decimals from 100 on.
std::string three_digits(double value) {
  const double size = std::abs(value);
  int decimals = 0;
  for (double limit = 99.95; decimals < 5 && size < limit; limit /= 10) ++decimals;
  std::string text = fmt::format("{:.{}f}", value, decimals);
  if (decimals > 0) {
    text.erase(text.find_last_not_of('0') + 1);
    if (text.ends_with('.')) text.pop_back();
  }
  return text;
}

// "11m 40s", "3h 05m", "12d 03h": the two largest units, for a minute or more.
std::string clock_text(double seconds) {
  constexpr double longest_s = 999.0 * 86400;
  if (seconds > longest_s) return ">999d";
  const std::int64_t whole = std::llround(seconds);
  constexpr std::int64_t hour = 3600;
  if (whole < hour) return fmt::format("{}m {:02}s", whole / 60, whole % 60);
  if (whole < 100 * hour) return fmt::format("{}h {:02}m", whole / hour, whole / 60 % 60);
  return fmt::format("{}d {:02}h", whole / (24 * hour), whole / hour % 24);
}

}  // namespace

std::string grouped(std::int64_t count) { return with_separators(fmt::format("{}", count)); }

std::string counted(std::int64_t count, std::string_view noun) {
  return fmt::format("{} {}{}", grouped(count), noun, count == 1 ? "" : "s");
}

std::string count_text(std::int64_t count) { return number_text(static_cast<double>(count)); }

std::string number_text(double value) {
  if (!std::isfinite(value)) return "-";
  if (value == 0) return "0";
  const double size = std::abs(value);
  if (size < 0.001 || size >= 999.5e18) return fmt::format("{:.3g}", value);
  if (size < 99'999.5) return with_separators(three_digits(value));
  std::string_view suffix;
  for (const std::string_view next : {"k", "M", "G", "T", "P", "E"}) {
    if (std::abs(value) < 999.5) break;
    value /= 1000;
    suffix = next;
  }
  return three_digits(value).append(suffix);
}

std::string percent_text(double fraction, int decimals) {
  if (!std::isfinite(fraction)) return "-";
  if (fraction > 9.99) return ">999%";
  if (fraction < -9.99) return "<-999%";
  return fmt::format("{:.{}f}%", fraction * 100, decimals);
}

std::string duration_text(double seconds) {
  if (!std::isfinite(seconds)) return "-";
  if (seconds < 0) return fmt::format("-{}", duration_text(-seconds));
  if (seconds == 0) return "0 s";
  if (seconds < 0.9995e-3) return fmt::format("{:.0f} µs", seconds * 1e6);
  if (seconds < 0.9995) return fmt::format("{:.0f} ms", seconds * 1e3);
  if (seconds < 9.995) return fmt::format("{:.2f} s", seconds);
  if (seconds < 99.95) return fmt::format("{:.1f} s", seconds);
  return clock_text(seconds);
}

std::string rough_duration_text(double seconds) {
  if (seconds < 59.5) return fmt::format("{:.0f} s", seconds);
  return clock_text(seconds);
}

std::string sample_range_text(std::int64_t first, std::int64_t count) {
  if (count == 1) return fmt::format("sample {}", first);
  return fmt::format("samples {}-{}", first, first + count - 1);
}

std::string exact_seconds(Instant instant) {
  constexpr std::int64_t second = 1'000'000'000;
  const std::int64_t nanoseconds = instant.time_since_epoch().count();
  const std::int64_t fraction = std::abs(nanoseconds % second);
  std::string text = fmt::format("{}{}.{:09}", nanoseconds < 0 ? "-" : "",
                                 std::abs(nanoseconds / second), fraction);
  text.erase(text.find_last_not_of('0') + 1);
  if (text.ends_with('.')) text.pop_back();
  return text;
}

}  // namespace evenkeel
