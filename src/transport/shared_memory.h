// Memory that the processes of a machine share.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>

namespace evenkeel {

// One process makes and fills it, others map it to read. It is an anonymous file (memfd_create)
// that others open by way of its maker's descriptor in /proc. So it needs no room in /dev/shm, of
// which a container often has 64 MB, leaves nothing behind, and stays for those who have mapped it,
// however its maker ends. MPI's windows of shared memory give none of that: Open MPI 4.1 makes them
// in /dev/shm, waits for ever in the other ranks if the first finds no room there, and frees them
// only when all ranks, also the dead, have called.
class SharedMemory {
 public:
  // By which others on the same machine find it. All numbers, to be sent as they are.
  struct Address {
    std::int64_t process = 0;
    std::int64_t descriptor = 0;
    std::int64_t device = 0;
    std::int64_t inode = 0;
    std::int64_t bytes = 0;
  };

  // Where the system gives no memory to be shared, memory that is not shared.
  explicit SharedMemory(std::size_t bytes);

  // Nobody can map it after that; those who have keep it.
  ~SharedMemory();
  SharedMemory(const SharedMemory&) = delete;
  SharedMemory& operator=(const SharedMemory&) = delete;

  // To be filled. All of it is there: it cannot turn out later that there is no room.
  const std::shared_ptr<std::byte[]>& memory() const { return memory_; }

  // None: it is not shared.
  const std::optional<Address>& address() const { return address_; }

  // Another process's memory, while its maker keeps it open. Null if it is not to be had: the other
  // is on another machine or in a container of its own, or may not be looked at.
  static std::shared_ptr<const std::byte[]> open(const Address& address);

 private:
  bool make(std::size_t bytes);

  int file_ = -1;
  std::shared_ptr<std::byte[]> memory_;
  std::optional<Address> address_;
};

}  // namespace evenkeel
