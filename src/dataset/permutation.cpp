#include "dataset/permutation.h"

#include <bit>

#include "core/check.h"
#include "core/random.h"

namespace evenkeel {
namespace {

// Below this size a round permutes too few cells; more rounds follow until all permutations are
// equally likely.
constexpr std::int64_t small = 64;

// A number below `bound` drawn from (key, round, value); value < 2^56.
std::uint64_t draw(std::uint64_t key, std::uint64_t round, std::uint64_t value,
                   std::uint64_t bound) {
  __extension__ using Wide = unsigned __int128;
  return static_cast<std::uint64_t>((Wide{mix(key ^ (round << 56 | value))} * bound) >> 64);
}

}  // namespace

// The number of columns is a power of two, hence even: if both sides were odd, each round, and so
// every result, would be an even permutation.
Permutation::Permutation(std::int64_t size, std::uint64_t key)
    : size_(static_cast<std::uint64_t>(size)), key_(key), rounds_(size > small ? 8 : 20) {
  EVENKEEL_CHECK(size >= 1);
  column_bits_ = (static_cast<int>(std::bit_width(size_ - 1)) + 1) / 2;
  rows_ = ((size_ - 1) >> column_bits_) + 1;
}

std::int64_t Permutation::operator()(std::int64_t index) const {
  EVENKEEL_CHECK(0 <= index && static_cast<std::uint64_t>(index) < size_);
  auto cell = static_cast<std::uint64_t>(index);
  do {
    cell = encrypt(cell);
  } while (cell >= size_);
  return static_cast<std::int64_t>(cell);
}

std::uint64_t Permutation::encrypt(std::uint64_t cell) const {
  const std::uint64_t column_mask = (std::uint64_t{1} << column_bits_) - 1;
  std::uint64_t column = cell & column_mask;
  std::uint64_t row = cell >> column_bits_;
  for (std::uint64_t round = 0; round < rounds_; round += 2) {
    column = (column + draw(key_, round, row, column_mask + 1)) & column_mask;
    row += draw(key_, round + 1, column, rows_);
    if (row >= rows_) row -= rows_;
  }
  return row << column_bits_ | column;
}

}  // namespace evenkeel
