// What kind of file system a ledger lies on.
#pragma once

#include <string>

namespace evenkeel {

// Whether the file, or the folder that it is to lie in, is on a disk of this machine: processes
// that share memory with it may then use SQLite's write-ahead log. A file system of a kind not
// known here counts as a network's.
bool is_on_local_disk(const std::string& path);

}  // namespace evenkeel
