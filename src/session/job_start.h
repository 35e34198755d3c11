// The collective start of a job: every rank tells its host; rank 0 then refuses the job, or tells
// the workers everything they need to know.
#pragma once

#include <mpi.h>

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "dataset/dataset.h"
#include "evenkeel/options.h"
#include "job/job_terms.h"
#include "protocol/start_header.h"
#include "transport/communicator.h"
#include "transport/shared_memory.h"

namespace evenkeel {

// What any program of this build has to have in common on all ranks.
StartHeader start_header();

// As a rank takes part in a session.
StartHeader start_header(const JobOptions& options);

// How long ranks that have not come are waited for: programs may have much to do first.
struct StartPatience {
  std::chrono::nanoseconds before_hint = std::chrono::seconds(30);
  std::chrono::nanoseconds longest = std::chrono::hours(1);
};

// The tag of the header on the communicator of a start.
inline constexpr int header_tag = 2;

// Collective over `comm`, before anything else on it: rank 0 compares the headers of all. If one
// differs from its own, or has a fault, throws UserError on rank 0, which names it, and
// SessionRefused on the others. Returns the hosts of all ranks in order on rank 0, nothing
// elsewhere. Throws JobError if ranks do not come.
std::vector<std::string> meet(MPI_Comm comm, const StartHeader& own, const StartPatience& = {});

// The part of a rank other than 0, which may have told it, in advance, to start on its own: see
// Reception.
enum class StartKind : std::uint8_t { together, alone };
StartKind meet_rank_0(MPI_Comm comm, const StartHeader& own, const StartPatience& = {});
void let_start_alone(const Communicator& comm, Rank rank);

// Rank 0 calls exactly one of the two. The dataset lies in `memory`, which other ranks of this
// machine also use if they can; it may be released once this returns.
void announce_refusal(const Communicator& comm);
void announce(const Communicator& comm, const JobTerms& terms, const Dataset& dataset,
              const SharedMemory& memory);

struct AnnouncedJob {
  JobTerms terms;
  std::shared_ptr<const Dataset> dataset;
};

// Workers: waits for the announcement, napping to leave the processor to rank 0. Throws
// SessionRefused.
AnnouncedJob await_announcement(const Communicator& comm);

}  // namespace evenkeel
