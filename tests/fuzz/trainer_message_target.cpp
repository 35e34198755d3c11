// What a trainer says to its agent: one line.
#include "agent/trainer_message.h"

#include <algorithm>

#include "core/check.h"
#include "fuzz/refusal.h"
#include "fuzz/target.h"

namespace evenkeel {

bool accepts(std::string_view bytes) {
  try {
    const TrainerMessage message = parse_trainer_message(bytes);
    if (const auto* request = std::get_if<CheckpointRequest>(&message)) {
      const std::string answer = checkpoint_line(request->tag, 1, CheckpointState::pending);
      EVENKEEL_CHECK(std::ranges::count(answer, '\n') == 1 && answer.ends_with('\n'));
    }
    return true;
  } catch (const TrainerFault& fault) {
    check_refusal(fault.what(), "says ");
    return false;
  }
}

}  // namespace evenkeel
