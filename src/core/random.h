// Seeded random numbers that are the same with every compiler and standard library: a user's
// resume depends on them.
#pragma once

#include <array>
#include <cstdint>

namespace evenkeel {

// A well mixed 64-bit function of its input (SplitMix64; Steele, Lea & Flood 2014).
std::uint64_t mix(std::uint64_t value);

// Joins two values into one seed; mix_pair(a, b) ≠ mix_pair(b, a).
std::uint64_t mix_pair(std::uint64_t a, std::uint64_t b);

// xoshiro256** (Blackman & Vigna 2018), seeded by SplitMix64.
class Random {
 public:
  explicit Random(std::uint64_t seed);

  std::uint64_t next();

  // Uniform in [0, bound), without bias (Lemire 2019). bound > 0.
  std::uint64_t below(std::uint64_t bound);

  // Uniform in [0, 1) with 53 bits.
  double uniform();

  // Normal with mean 0 and standard deviation 1 (Marsaglia's polar method).
  double normal();

 private:
  std::array<std::uint64_t, 4> state_{};
};

}  // namespace evenkeel
