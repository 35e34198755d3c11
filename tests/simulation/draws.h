// What random jobs are drawn with: the same with every compiler.
#pragma once

#include <cstdint>

#include "core/random.h"

namespace evenkeel {

// In [least, most), each order of magnitude alike. 0 < least ≤ most.
double log_uniform(Random& random, double least, double most);

// In [least, most].
std::int64_t whole(Random& random, std::int64_t least, std::int64_t most);

// In [least, most], smaller numbers more often. 1 ≤ least ≤ most.
std::int64_t log_whole(Random& random, std::int64_t least, std::int64_t most);

bool chance(Random& random, double probability);

// Each part of a job is drawn from a stream of its own, so that more draws in one part leave the
// others as they were.
Random stream(std::uint64_t seed, std::uint64_t part);

}  // namespace evenkeel
