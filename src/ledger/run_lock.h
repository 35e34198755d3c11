// One run at a time may write to a ledger.
#pragma once

#include <string>

namespace evenkeel {

// Holds the file `<ledger>.lock` locked while it lives; the kernel lets go of it when the process
// ends, however it ends. Where a network file system has no locks between machines, it holds among
// the processes of one.
class RunLock {
 public:
  // Throws UserError if another process holds it, or the file cannot be made.
  explicit RunLock(const std::string& ledger);
  ~RunLock();
  RunLock(const RunLock&) = delete;
  RunLock& operator=(const RunLock&) = delete;

 private:
  int descriptor_ = -1;
};

// Whether a run is writing to this ledger now.
bool is_locked(const std::string& ledger);

}  // namespace evenkeel
