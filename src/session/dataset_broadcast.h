// The packed dataset, from rank 0 to all others: once a machine.
#pragma once

#include <cstddef>
#include <memory>

#include "dataset/dataset.h"
#include "transport/communicator.h"
#include "transport/shared_memory.h"

namespace evenkeel {

// The ranks in groups that share memory, each led by its first.
class Machines {
 public:
  // Collective over `comm`: as they are; or, for tests, those of the same part as if they were.
  explicit Machines(const Communicator& comm);
  Machines(const Communicator& comm, int part);

  bool leads() const { return own_.rank() == Rank(0); }
  const Communicator& own() const { return own_; }          // the ranks of this one's machine
  const Communicator& leaders() const { return leaders_; }  // on those that lead

 private:
  Machines(const Communicator& comm, Communicator own);

  Communicator own_;
  Communicator leaders_;
};

// Collective: rank 0's dataset, which lies in `memory`. Only those that lead take part in the
// broadcast; the others of a machine use the memory of theirs. If one of them cannot, each of them
// gets a copy of its own.
void broadcast_dataset(const Machines& machines, const Dataset& dataset,
                       const SharedMemory& memory);

// The same on all other ranks, which know how many bytes it has.
std::shared_ptr<const Dataset> receive_dataset(const Machines& machines, std::size_t bytes);

}  // namespace evenkeel
