// Sends the packed dataset from rank 0 to all others, once per machine.
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
  // Collective over `comm`. Groups as they are; or, for tests, ranks with the same part as if on
  // one machine.
  explicit Machines(const Communicator& comm);
  Machines(const Communicator& comm, int part);

  bool leads() const { return own_.rank() == Rank(0); }
  const Communicator& own() const { return own_; }          // the ranks of this machine
  const Communicator& leaders() const { return leaders_; }  // the first ranks of all machines

 private:
  Machines(const Communicator& comm, Communicator own);

  Communicator own_;
  Communicator leaders_;
};

// Collective: broadcasts rank 0's dataset, which lies in `memory`, to the leaders. The other ranks
// of a machine use their leader's memory. If one of them cannot, each gets its own copy.
void broadcast_dataset(const Machines& machines, const Dataset& dataset,
                       const SharedMemory& memory);

// The same on all other ranks, which know its size.
std::shared_ptr<const Dataset> receive_dataset(const Machines& machines, std::size_t bytes);

}  // namespace evenkeel
