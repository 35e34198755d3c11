// Makes a worker slower than it is: for demonstrations and tests.
#pragma once

#include <chrono>
#include <cstdint>
#include <limits>
#include <span>
#include <string_view>
#include <vector>

namespace evenkeel::digits {

// A worker that takes `factor` times as long for its work, for a range of steps.
struct Slowdown {
  int rank = 0;
  double factor = 1;            // at least 1
  std::int64_t first_step = 0;  // steps count from 0 over the whole run
  std::int64_t last_step = std::numeric_limits<std::int64_t>::max();  // this one included

  friend bool operator==(const Slowdown&, const Slowdown&) = default;
};

// RANK:FACTOR[@STEP[-STEP]], such as "4:2.5@100-199". Throws UserError that begins with "--slow".
Slowdown parse_slowdown(std::string_view text);

// Throws UserError unless every slowdown is of a worker: ranks 1 to `workers`.
void check_slowdowns(std::span<const Slowdown> slowdowns, int workers);

// How many times as long the work of a step takes; 1 if nothing is said of it. Where slowdowns
// overlap, their factors multiply.
double slowdown_factor(std::span<const Slowdown> slowdowns, int rank, std::int64_t step);

// Whole repetitions whose mean approaches the factors asked for: what is left over is carried on.
class Repetitions {
 public:
  // How many times a piece of work is to be done that should take `factor` (≥ 1) times as long.
  std::int64_t of(double factor);

 private:
  double owed_ = 0;  // below 1
};

// Sleeps that take as long in sum as was asked for: one that was too long is made up for.
class Sleeper {
 public:
  // What a timer adds. More is not made up for: a worker that a busy machine has held up would run
  // ahead afterwards, at a speed that it does not have.
  static constexpr std::chrono::milliseconds longest_made_up{1};

  // A negative duration: something before it took that much too long.
  void sleep(std::chrono::nanoseconds duration);

  // How much longer the next sleep takes; negative: how much shorter.
  std::chrono::nanoseconds owed() const { return owed_; }

 private:
  std::chrono::nanoseconds owed_{};  // negative: slept too long so far
};

}  // namespace evenkeel::digits
