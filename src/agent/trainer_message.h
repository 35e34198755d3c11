// What an agent and its trainer say to each other: lines of JSON over one stream socket, whose
// descriptor the trainer finds in EVENKEEL_FD.
//
// The agent says, in this order (null is written where a value does not apply in the mode):
//   {"evenkeel":1,"mode":"step","rank":2,"workers":8,"dataset":{…},"epochs":3,"steps":600, …}
//   {"step":17,"epoch":0,"begin":4352,"end":4384,"samples":32,"global_samples":256,
//    "files":[{"path":"/data/a.tar","offset":0}],"extents":[[0,17,32]]}          time and again
//   {"finish":"complete"}    or "incomplete" (what failed time and again was set aside), or "given
//                            up": there is no further step
// An extent is [index in this line's files, first sample in the file, count]; `offset` is the
// number of samples in the files before. Steps are sent ahead: as many as `read_ahead` beyond the
// one in work.
//
// The trainer says, of the steps in the order in which it was given them:
//   {"done":17}         finished; "local_s", "data_s", "all_reduce_s" beside it override the times
//                       that the agent has measured
//   {"loaded":17}       its samples have been loaded
//   {"reached":17}      local work ends here, and the all-reduce follows
//   {"progress":17}     a sign of life in a long step
//   {"failed":17,"reason":"…"}   cannot be done here; in step mode the trainer leaves the job
// and of itself:
//   {"pause":30}        what follows is neither work nor waiting, and may take so many seconds
//   {"read_ahead":8}    steps that it takes beyond the one in work
//   {"checkpoint":"TAG"}   answered by {"checkpoint":"TAG","step":18}: the steps that are done
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
  std::int64_t step = 0;
};
struct StepReached {
  std::int64_t step = 0;
};
struct StepProgress {
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

// The trainer does what no correct trainer does; what() continues "the trainer …".
class TrainerFault : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

constexpr std::int64_t most_read_ahead = 1000;

// Throws TrainerFault.
TrainerMessage parse_trainer_message(std::string_view line);

// The agent's lines, each with its newline.
std::string job_line(const JobTerms& terms, const Dataset& dataset, const TrainerPlace& place);
std::string step_line(const HostedStep& step, const Dataset& dataset);
std::string finish_line(JobEnd end);
std::string checkpoint_line(const CheckpointTag& tag, std::int64_t step, CheckpointState state);

}  // namespace evenkeel
