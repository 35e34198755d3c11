#include "slowdown.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <optional>
#include <thread>

#include "evenkeel/error.h"

namespace evenkeel::digits {
namespace {

constexpr double most_slow = 10'000;

// Parses a number at the front, if there is one, and removes it.
template <typename Number>
std::optional<Number> take_number(std::string_view& text) {
  Number number{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc()) return std::nullopt;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return number;
}

// Removes this character from the front, if it is there.
bool take(std::string_view& text, char character) {
  if (!text.starts_with(character)) return false;
  text.remove_prefix(1);
  return true;
}

// A step number: digits only.
std::optional<std::int64_t> take_step(std::string_view& text) {
  if (text.starts_with('-')) return std::nullopt;
  return take_number<std::int64_t>(text);
}

// None if the text has another form.
std::optional<Slowdown> read_slowdown(std::string_view text) {
  const std::optional<int> rank = take_number<int>(text);
  if (!rank || !take(text, ':')) return std::nullopt;
  const std::optional<double> factor = take_number<double>(text);
  if (!factor || std::isnan(*factor)) return std::nullopt;
  Slowdown slowdown{*rank, *factor};
  if (take(text, '@')) {
    const std::optional<std::int64_t> first = take_step(text);
    if (!first) return std::nullopt;
    slowdown.first_step = *first;
    if (take(text, '-')) {
      const std::optional<std::int64_t> last = take_step(text);
      if (!last) return std::nullopt;
      slowdown.last_step = *last;
    }
  }
  if (!text.empty()) return std::nullopt;
  return slowdown;
}

}  // namespace

Slowdown parse_slowdown(std::string_view text) {
  const std::optional<Slowdown> slowdown = read_slowdown(text);
  if (!slowdown) {
    throw UserError(fmt::format(
        "--slow: '{}' is not RANK:FACTOR[@STEP[-STEP]]; give, for instance, 4:2.5 or 4:2.5@100-199",
        text));
  }
  if (slowdown->factor < 1) {
    throw UserError(
        fmt::format("--slow: '{}' would make it faster; give a factor of at least 1", text));
  }
  if (slowdown->factor > most_slow) {
    throw UserError(
        fmt::format("--slow: '{}' is too slow; give a factor of at most {}", text, most_slow));
  }
  if (slowdown->last_step < slowdown->first_step) {
    throw UserError(
        fmt::format("--slow: '{}' ends before it begins; give the earlier step first", text));
  }
  return *slowdown;
}

void check_slowdowns(std::span<const Slowdown> slowdowns, int workers) {
  for (const Slowdown& slowdown : slowdowns) {
    if (slowdown.rank >= 1 && slowdown.rank <= workers) continue;
    throw UserError(fmt::format("--slow: rank {} is not a worker; the workers are ranks 1 to {}",
                                slowdown.rank, workers));
  }
}

double slowdown_factor(std::span<const Slowdown> slowdowns, int rank, std::int64_t step) {
  double factor = 1;
  for (const Slowdown& slowdown : slowdowns) {
    const bool applies =
        slowdown.rank == rank && slowdown.first_step <= step && step <= slowdown.last_step;
    if (applies) factor *= slowdown.factor;
  }
  return factor;
}

std::int64_t Repetitions::of(double factor) {
  owed_ += factor;
  const double whole = std::floor(owed_);
  owed_ -= whole;
  return static_cast<std::int64_t>(whole);
}

void Sleeper::sleep(std::chrono::nanoseconds duration) {
  using Clock = std::chrono::steady_clock;
  owed_ += duration;
  if (owed_ > std::chrono::nanoseconds::zero()) {
    const Clock::time_point begin = Clock::now();
    std::this_thread::sleep_for(owed_);
    owed_ -= Clock::now() - begin;
  }
  owed_ = std::max<std::chrono::nanoseconds>(owed_, -longest_made_up);
}

}  // namespace evenkeel::digits
