// A keyed permutation of 0 … n − 1 that is computed, not stored.
#pragma once

#include <cstdint>

namespace evenkeel {

// Format-preserving: a Feistel network over a rectangle of at least n cells, by the method of Black
// & Rogaway, "Ciphers with Arbitrary Finite Domains" (2002), with cycle walking for results beyond
// n. The rectangle has fewer than n + 2√n cells, so a walk is rarely longer than one step. Not a
// cipher: its round function is SplitMix64. Uses integers only, so every compiler gives the same
// result.
class Permutation {
 public:
  // size ≥ 1.
  Permutation(std::int64_t size, std::uint64_t key);

  // The image of `index`; 0 ≤ index < size.
  std::int64_t operator()(std::int64_t index) const;

 private:
  std::uint64_t encrypt(std::uint64_t cell) const;

  std::uint64_t size_;
  std::uint64_t key_;
  std::uint64_t rounds_;
  int column_bits_;  // the rectangle has 2^column_bits_ columns
  std::uint64_t rows_;
};

}  // namespace evenkeel
