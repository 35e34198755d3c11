// Where a job begins that a ledger records: a new run, or one that goes on.
#pragma once

#include <SQLiteCpp/Database.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "coordinator/job_identity.h"
#include "core/done_work.h"
#include "core/types.h"

namespace evenkeel {

struct RunStart {
  std::int64_t incarnation = 1;
  std::int64_t generation = 1;
  std::int64_t parent = 0;      // of a generation that begins here; 0: none does
  std::int64_t checkpoint = 0;  // that it goes back to; 0: it goes on from what is done
  std::string tag;              // of that checkpoint
  DoneWork done;
  std::int64_t first_step = 0;  // step mode

  LeaseId last_lease() const;  // no earlier incarnation has given a higher id
};

// `resume`: go on with the run that the ledger holds, from that tag; empty: from the newest
// checkpoint that counts, or else what is done. Throws UserError: a term is not the same; there is
// no such tag; or it holds a run, and is not to be resumed.
RunStart find_start(SQLite::Database& database, const std::string& path,
                    const JobIdentity& identity, const std::optional<std::string>& resume);

}  // namespace evenkeel
