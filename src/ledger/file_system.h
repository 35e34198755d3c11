// The kind of file system that a ledger is on.
#pragma once

#include <string>

namespace evenkeel {

// Whether the file, or its future folder, is on a local disk. Processes of one machine may then use
// SQLite's write-ahead log. Unknown kinds of file systems count as network file systems.
bool is_on_local_disk(const std::string& path);

}  // namespace evenkeel
