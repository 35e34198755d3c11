// Slows a worker down, for demonstrations and tests.
#pragma once

#include <chrono>
#include <cstdint>
#include <limits>
#include <span>
#include <string_view>
#include <vector>

namespace evenkeel::digits {

// A worker takes `factor` times as long, for a range of steps.
struct Slowdown {
  int rank = 0;
  double factor = 1;            // at least 1
  std::int64_t first_step = 0;  // steps count from 0 over the whole run
  std::int64_t last_step = std::numeric_limits<std::int64_t>::max();  // inclusive

  friend bool operator==(const Slowdown&, const Slowdown&) = default;
};

// RANK:FACTOR[@STEP[-STEP]], such as "4:2.5@100-199". Throws UserError that begins with "--slow".
Slowdown parse_slowdown(std::string_view text);

// Throws UserError unless every slowdown names a worker: ranks 1 to `workers`.
void check_slowdowns(std::span<const Slowdown> slowdowns, int workers);

// The factor for a step's work; 1 without a slowdown. Factors of overlapping slowdowns multiply.
double slowdown_factor(std::span<const Slowdown> slowdowns, int rank, std::int64_t step);

// Whole numbers of repetitions whose mean approaches the factors: remainders are carried over.
class Repetitions {
 public:
  // How often to do a piece of work that should take `factor` (≥ 1) times as long.
  std::int64_t of(double factor);

 private:
  double owed_ = 0;  // below 1
};

// Sleeps whose total is as requested: an overlong one is compensated later.
class Sleeper {
 public:
  // The overrun that a timer explains. More is not compensated: a worker delayed by a busy machine
  // would otherwise run ahead at a speed that it does not have.
  static constexpr std::chrono::milliseconds longest_made_up{1};

  // A negative duration: an earlier step took that much too long.
  void sleep(std::chrono::nanoseconds duration);

  // The correction of the next sleep; negative: shorter.
  std::chrono::nanoseconds owed() const { return owed_; }

 private:
  std::chrono::nanoseconds owed_{};  // negative: slept too long so far
};

}  // namespace evenkeel::digits
