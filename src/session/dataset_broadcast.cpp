#include "session/dataset_broadcast.h"

#include <mpi.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <span>
#include <stdexcept>
#include <utility>

#include "transport/mpi_error.h"
#include "transport/wait_napping.h"

namespace evenkeel {
namespace {

using Bytes = std::shared_ptr<const std::byte[]>;

// From the first rank to all. Naps while waiting, as others may still work.
template <typename Value>
void broadcast(const Communicator& comm, Value& value) {
  if (comm.size() == 1) return;  // nobody to send to: SMPI would never finish
  MPI_Request request = MPI_REQUEST_NULL;
  mpi_check(MPI_Ibcast(&value, static_cast<int>(sizeof value), MPI_BYTE, 0, comm.get(), &request),
            "MPI_Ibcast");
  wait_napping(request, std::chrono::milliseconds(1));
}

void broadcast_bytes(const Communicator& comm, std::span<std::byte> bytes) {
  constexpr std::size_t chunk_bytes = std::size_t{1} << 28;  // far below INT_MAX
  while (!bytes.empty()) {
    const std::size_t size = std::min(bytes.size(), chunk_bytes);
    mpi_check(MPI_Bcast(bytes.data(), static_cast<int>(size), MPI_BYTE, 0, comm.get()),
              "MPI_Bcast");
    bytes = bytes.subspan(size);
  }
}

bool all_have(const Communicator& machine, bool has) {
  int all = has ? 1 : 0;
  mpi_check(MPI_Allreduce(MPI_IN_PLACE, &all, 1, MPI_INT, MPI_MIN, machine.get()), "MPI_Allreduce");
  return all != 0;
}

// On the leading rank: whether all others have mapped its memory, as they report with accept().
bool offer(const Communicator& machine, const SharedMemory& memory) {
  SharedMemory::Address address = memory.address().value_or(SharedMemory::Address());
  broadcast(machine, address);
  return all_have(machine, memory.address().has_value());
}

// Null if one of them has not.
Bytes accept(const Communicator& machine) {
  SharedMemory::Address address;
  broadcast(machine, address);
  Bytes bytes = address.bytes > 0 ? SharedMemory::open(address) : nullptr;
  if (!all_have(machine, bytes != nullptr)) bytes.reset();
  return bytes;
}

// The leader's confirmation that the memory holds a dataset; if not, all throw.
void say_ready(const Communicator& machine, bool is_ready) {
  int ready = is_ready ? 1 : 0;
  broadcast(machine, ready);
}

void await_ready(const Communicator& machine) {
  int ready = 0;
  broadcast(machine, ready);
  if (ready == 0) throw std::runtime_error("packed dataset: refused by another rank");
}

std::shared_ptr<const Dataset> unpack(const Bytes& bytes, std::size_t size) {
  return std::make_shared<const Dataset>(Dataset::unpack({bytes.get(), size}, bytes));
}

std::shared_ptr<const Dataset> receive_for_machine(const Machines& machines, std::size_t size) {
  const SharedMemory memory(size);
  const std::span<std::byte> bytes(memory.memory().get(), size);
  const bool is_shared = offer(machines.own(), memory);
  broadcast_bytes(machines.leaders(), bytes);
  if (!is_shared) {
    broadcast_bytes(machines.own(), bytes);
    return unpack(memory.memory(), size);
  }
  try {
    auto dataset = unpack(memory.memory(), size);
    say_ready(machines.own(), true);
    return dataset;
  } catch (...) {
    say_ready(machines.own(), false);
    throw;
  }
}

std::shared_ptr<const Dataset> receive_from_leader(const Machines& machines, std::size_t size) {
  if (const Bytes shared = accept(machines.own())) {
    await_ready(machines.own());
    return std::make_shared<const Dataset>(Dataset::attach({shared.get(), size}, shared));
  }
  const std::shared_ptr<std::byte[]> memory = Dataset::heap(size);
  broadcast_bytes(machines.own(), {memory.get(), size});
  return unpack(memory, size);
}

}  // namespace

Machines::Machines(const Communicator& comm) : Machines(comm, Communicator::of_machine(comm)) {}

Machines::Machines(const Communicator& comm, int part)
    : Machines(comm, Communicator::of_part(comm, part)) {}

Machines::Machines(const Communicator& comm, Communicator own)
    : own_(std::move(own)),
      leaders_(Communicator::of_part(comm, leads() ? 0 : Communicator::no_part)) {}

void broadcast_dataset(const Machines& machines, const Dataset& dataset,
                       const SharedMemory& memory) {
  const std::span<std::byte> bytes(memory.memory().get(), dataset.packed().size());
  const bool is_shared = offer(machines.own(), memory);
  broadcast_bytes(machines.leaders(), bytes);
  if (is_shared) {
    say_ready(machines.own(), true);
  } else {
    broadcast_bytes(machines.own(), bytes);
  }
}

std::shared_ptr<const Dataset> receive_dataset(const Machines& machines, std::size_t bytes) {
  return machines.leads() ? receive_for_machine(machines, bytes)
                          : receive_from_leader(machines, bytes);
}

}  // namespace evenkeel
