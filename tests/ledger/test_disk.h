// A disk as tests need it: it counts what SQLite does on it, and kills the process in one of its
// writes.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>

namespace evenkeel {

enum class DiskKind : std::uint8_t {
  local,
  network,  // no memory is shared on it: SQLite has to use a rollback journal
};

// What is opened from now on lies on such a disk, of which nothing has been asked yet.
void use_test_disk(DiskKind kind);

struct DiskUse {
  std::int64_t writes = 0;  // and syncs, truncations and removals
  std::int64_t syncs = 0;
  std::chrono::microseconds waited{};  // for locks that others hold
};

DiskUse disk_use();

// In the `number`th write from now on, from 1, the process is killed: every other time half-way
// through.
void kill_in_write(std::int64_t number);

// Done when SQLite waits for a lock, once.
void when_sqlite_waits(std::function<void()> work);

}  // namespace evenkeel
