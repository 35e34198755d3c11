// The start of a job that does not wait for all its ranks: rank 0 takes in each one when it comes.
// All messages are between the two.
#pragma once

#include <mpi.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/time.h"
#include "dataset/dataset.h"
#include "job/job_terms.h"
#include "protocol/messages.h"
#include "protocol/start_header.h"
#include "session/job_clock.h"
#include "session/job_start.h"
#include "transport/communicator.h"
#include "transport/host_clock.h"
#include "transport/shared_memory.h"

namespace evenkeel {

// Rank 0's part. What it sends to a rank that has not come, which may be dead, is a few short
// messages that MPI keeps for it.
class Reception {
 public:
  // `own`: what all ranks have to have in common. The communicator must outlive the reception.
  Reception(const Communicator& comm, StartHeader own);
  ~Reception();
  Reception(const Reception&) = delete;
  Reception& operator=(const Reception&) = delete;

  // Once, one of the two: the job is refused to all; or whoever comes is taken in. Ranks of this
  // machine map the dataset's memory while `memory` lives.
  void refuse();
  void open(const JobTerms& terms, std::shared_ptr<const Dataset> dataset,
            const SharedMemory& memory, const JobClock& clock);

  // Looks who has come, and goes on with those who are being taken in. Returns whether something
  // has happened, or will in a moment.
  bool turn();

  // Who has come since the last call.
  struct Arrival {
    Rank rank;
    std::string host;
    std::string fault;  // it cannot take part, and is told so; empty: it can
  };
  std::vector<Arrival> take_arrivals();

  // Nothing was heard of it.
  bool awaits(Rank rank) const;

  // The job is over: completes what it has begun, unless that takes longer than a few seconds, or
  // the job is given up; whoever comes later learns how the job has ended.
  void close(JobEnd end);

 private:
  struct Guest;

  void post(Guest& guest, void* to, int bytes, int tag) const;
  void go_on(Guest& guest);
  void take_in(Guest& guest);
  void supply(Guest& guest) const;
  void answer_ping(Guest& guest) const;
  bool is_anyone_in_progress() const;

  const Communicator& comm_;
  StartHeader own_;
  std::vector<std::unique_ptr<Guest>> guests_;  // ranks 1 and up
  std::vector<std::int64_t> terms_;
  std::shared_ptr<const Dataset> dataset_;
  SharedMemory::Address address_;
  std::optional<JobClock> clock_;
  std::vector<Arrival> arrivals_;
  HostClock::time_point next_look_{};  // at those who have not come
};

// Another rank's part, once meet() has told it to start on its own: waits for rank 0, napping.
// Throws SessionRefused.
struct Welcome {
  AnnouncedJob job;  // with a dataset of nothing, if the job is over
  JobClock clock;
  std::optional<JobEnd> end;  // the job is over: nobody answers any more
};
Welcome await_welcome(const Communicator& comm);

}  // namespace evenkeel
