// The lines of JSON between an agent and its trainer, over one stream socket whose descriptor is in
// EVENKEEL_FD. The agent describes the job, gives steps (as many in advance as the trainer wants),
// and announces the end. The trainer reports the progress of its steps, in the order in which they
// came. The guide on formats describes each line.
#pragma once

#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <variant>

#include "agent/trainer_place.h"
#include "core/checkpoint_tag.h"
#include "core/time.h"
#include "dataset/dataset.h"
#include "evenkeel/checkpoint.h"
#include "job/job_terms.h"
#include "session/worker_host.h"

namespace evenkeel {

struct StepDone {
  std::int64_t step = 0;
  MeasuredStep measured;
};
struct StepLoaded {
  static constexpr const char* verb = "loaded";
  std::int64_t step = 0;
};
struct StepReached {
  static constexpr const char* verb = "reached";
  std::int64_t step = 0;
};
struct StepProgress {
  static constexpr const char* verb = "progress";
  std::int64_t step = 0;
};
struct StepFailed {
  std::int64_t step = 0;
  std::string reason;
};
struct TrainerPause {
  Duration expected{};
};
struct ReadAhead {
  std::int64_t steps = 0;
};
struct CheckpointRequest {
  CheckpointTag tag;
};

using TrainerMessage = std::variant<StepDone, StepLoaded, StepReached, StepProgress, StepFailed,
                                    TrainerPause, ReadAhead, CheckpointRequest>;

// The trainer violates the protocol; what() continues "the trainer …".
class TrainerFault : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

constexpr std::int64_t most_read_ahead = 1000;

// Throws TrainerFault.
TrainerMessage parse_trainer_message(std::string_view line);

// The agent's lines, each with its newline.
std::string job_line(const JobTerms& terms, const Dataset& dataset, const TrainerPlace& place,
                     std::int32_t incarnation);
std::string step_line(const HostedStep& step, const Dataset& dataset);
std::string finish_line(JobEnd end);
constexpr std::string_view replaced_line = "{\"finish\":\"replaced\"}\n";
std::string checkpoint_line(const CheckpointTag& tag, std::int64_t step, CheckpointState state);

}  // namespace evenkeel
