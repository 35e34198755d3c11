// How much longer or shorter one policy takes than another, over runs with the same seeds.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "policy_table.h"

namespace evenkeel {

inline constexpr std::int32_t least_compared_runs = 5;

enum class Standing : std::uint8_t { unknown, like, better, worse };

struct PolicyComparison {
  double ratio = 0;  // geometric mean of the makespans over those of the other policy
  Standing standing = Standing::unknown;  // unknown: some run of either is not complete
};

// Better or worse is more than 0.5 %, and significant: a paired t test on the logarithms of the
// makespans, two-sided, at 5 %. Precondition: as many runs of both, with the same seeds.
PolicyComparison compare(const PolicyRuns& policy, const PolicyRuns& other);

std::string_view name_of(Standing standing);

// All runs, and how each policy compares with the one of that name, as JSON.
std::string comparison_json(std::span<const PolicyRuns> policies, const PolicyRuns& other,
                            std::uint64_t first_seed);

}  // namespace evenkeel
