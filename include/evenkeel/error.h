// The faults of the user or of the world: a bad manifest, a missing file, a wrong option.
#pragma once

#include <stdexcept>

namespace evenkeel {

// what() is one line that names the thing, the fault and the next step, for instance
// "shards.json:41: file 17 has 0 samples; a file needs at least one". Programs print it once, in
// main, and leave with status 2.
class UserError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

}  // namespace evenkeel
