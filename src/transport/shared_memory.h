// Memory shared by processes of one machine.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>

namespace evenkeel {

// One process creates and fills it, others map it for reading. It is an anonymous file
// (memfd_create) that others open through its creator's descriptor in /proc. So it needs no room in
// /dev/shm, of which a container often has 64 MB, leaves nothing behind, and stays mapped however
// its creator ends. MPI's shared-memory windows do none of that: Open MPI 4.1 puts them into
// /dev/shm, hangs in the other ranks if the first finds no room there, and frees them only when all
// ranks have called, dead ones included.
class SharedMemory {
 public:
  // How others on the same machine find it; all numbers, to be sent as they are.
  struct Address {
    std::int64_t process = 0;
    std::int64_t descriptor = 0;
    std::int64_t device = 0;
    std::int64_t inode = 0;
    std::int64_t bytes = 0;
  };

  // Falls back to private memory if the system has no shared memory.
  explicit SharedMemory(std::size_t bytes);

  // Nobody can map it afterwards; existing mappings stay.
  ~SharedMemory();
  SharedMemory(const SharedMemory&) = delete;
  SharedMemory& operator=(const SharedMemory&) = delete;

  // To be filled. All of it is allocated, so filling cannot run out of room.
  const std::shared_ptr<std::byte[]>& memory() const { return memory_; }

  // None: it is not shared.
  const std::optional<Address>& address() const { return address_; }

  // Maps another process's memory while its creator keeps it open. Null if that is impossible: the
  // other is on another machine or in another container, or access is forbidden.
  static std::shared_ptr<const std::byte[]> open(const Address& address);

 private:
  bool make(std::size_t bytes);

  int file_ = -1;
  std::shared_ptr<std::byte[]> memory_;
  std::optional<Address> address_;
};

}  // namespace evenkeel
