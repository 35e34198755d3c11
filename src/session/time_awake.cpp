#include "session/time_awake.h"

#include <algorithm>

#include "transport/host_clock.h"

namespace evenkeel {

Duration TimeAwake::now() {
  const Instant now(HostClock::now().time_since_epoch());
  if (last_look_ != Instant()) awake_ += std::min(now - last_look_, most_between_looks);
  last_look_ = now;
  return awake_;
}

}  // namespace evenkeel
