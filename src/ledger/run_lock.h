// Only one run at a time may write to a ledger.
#pragma once

#include <string>

namespace evenkeel {

// Locks the file `<ledger>.lock` while it lives; the kernel unlocks it when the process ends in any
// way. On a network file system without locks between machines, it protects only against processes
// of the same machine.
class RunLock {
 public:
  // Throws UserError if another process holds the lock, or the file cannot be created.
  explicit RunLock(const std::string& ledger);
  ~RunLock();
  RunLock(const RunLock&) = delete;
  RunLock& operator=(const RunLock&) = delete;

  // Notes in the file that a run has begun; without its ledger, it then tells of a run that is
  // gone.
  void mark() const;
  bool is_marked() const;

 private:
  int descriptor_ = -1;
};

bool is_locked(const std::string& ledger);

}  // namespace evenkeel
