// The identities of the protocol, each a type of its own: the compiler tells a rank from an epoch
// and a count from a position.
#pragma once

#include <compare>
#include <cstdint>

namespace evenkeel {

// A number that compares only with its own kind. Tag is never defined.
template <typename Tag, typename Value>
class Identity {
 public:
  using value_type = Value;

  constexpr Identity() = default;
  constexpr explicit Identity(Value value) : value_(value) {}
  constexpr Value value() const { return value_; }
  // NOLINTNEXTLINE(modernize-use-nullptr): clang-tidy 14 sees a pointer in (a <=> b) < 0
  friend constexpr auto operator<=>(const Identity&, const Identity&) = default;

 private:
  Value value_{};
};

// A process of the MPI job, 0 ≤ rank < size.
using Rank = Identity<struct RankTag, std::int32_t>;

// One of the job's datasets, in the order in which they are named, from 0.
using DatasetIndex = Identity<struct DatasetTag, std::int32_t>;

// Number of earlier passes over the dataset.
using Epoch = Identity<struct EpochTag, std::int32_t>;

// An epoch of a dataset: each has its own line of samples.
struct Pass {
  DatasetIndex dataset;
  Epoch epoch;

  // NOLINTNEXTLINE(modernize-use-nullptr): clang-tidy 14 sees a pointer in (a <=> b) < 0
  friend constexpr auto operator<=>(const Pass&, const Pass&) = default;
};

// Of the only dataset that a job can have so far.
constexpr Pass pass_of(std::int32_t epoch) { return {DatasetIndex(), Epoch(epoch)}; }

// Identifies a lease; ids are never reused within a ledger. 0: none.
using LeaseId = Identity<struct LeaseIdTag, std::uint64_t>;

// A place on the epoch line, 0 ≤ position ≤ N; differences count samples.
class Position {
 public:
  constexpr Position() = default;
  constexpr explicit Position(std::int64_t value) : value_(value) {}
  constexpr std::int64_t value() const { return value_; }

  friend constexpr Position operator+(Position p, std::int64_t samples) {
    return Position(p.value_ + samples);
  }
  friend constexpr Position operator-(Position p, std::int64_t samples) {
    return Position(p.value_ - samples);
  }
  friend constexpr std::int64_t operator-(Position a, Position b) { return a.value_ - b.value_; }
  // NOLINTNEXTLINE(modernize-use-nullptr): clang-tidy 14 sees a pointer in (a <=> b) < 0
  friend constexpr auto operator<=>(const Position&, const Position&) = default;

 private:
  std::int64_t value_ = 0;
};

}  // namespace evenkeel
