#include "session/stalled_start.h"

namespace evenkeel {

StalledStart::Decision StalledStart::decide(Duration now, bool all_are_well,
                                            const StartStage& stage) {
  if (stage.number != stage_) {
    stage_ = stage.number;
    stage_began_ = now;
  }
  if (all_are_well) all_well_at_ = now;
  const bool is_late = now - stage_began_ > stage.longest;
  if (!is_late && now - all_well_at_ < before_given_up) {
    stalled_at_.reset();
    return Decision::wait;
  }
  if (!stalled_at_) stalled_at_ = now;
  return now - *stalled_at_ < before_others_end ? Decision::end_if_first : Decision::end;
}

}  // namespace evenkeel
