#include "simulation/draws.h"

#include <algorithm>
#include <cmath>

namespace evenkeel {

double log_uniform(Random& random, double least, double most) {
  return least * std::exp(random.uniform() * std::log(most / least));
}

std::int64_t whole(Random& random, std::int64_t least, std::int64_t most) {
  return least +
         static_cast<std::int64_t>(random.below(static_cast<std::uint64_t>(most - least + 1)));
}

std::int64_t log_whole(Random& random, std::int64_t least, std::int64_t most) {
  const double drawn =
      log_uniform(random, static_cast<double>(least), static_cast<double>(most) + 1);
  return std::min(most, static_cast<std::int64_t>(drawn));
}

bool chance(Random& random, double probability) { return random.uniform() < probability; }

Random stream(std::uint64_t seed, std::uint64_t part) { return Random(mix_pair(seed, part)); }

}  // namespace evenkeel
