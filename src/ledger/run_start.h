// Where a job with a ledger begins: a new run, or the continuation of one.
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

class Dataset;

struct RunStart {
  std::int64_t incarnation = 1;
  std::int64_t generation = 1;
  std::int64_t parent = 0;      // of a generation that begins here; 0: none
  std::int64_t checkpoint = 0;  // the checkpoint to go back to; 0: continue from what is done
  std::string tag;              // of that checkpoint
  DoneWork done;
  std::int64_t first_step = 0;  // step mode

  LeaseId last_lease() const;  // the highest id of earlier incarnations
};

// `resume`: the tag to resume the run from; empty: the newest checkpoint that counts, or what is
// done if there is none. Throws UserError if a term differs, if there is no such tag, or if the
// ledger holds a run that is not to be resumed. `dataset`: to name a file in which it differs; may
// be null.
RunStart find_start(SQLite::Database& database, const std::string& path,
                    const JobIdentity& identity, const std::optional<std::string>& resume,
                    const Dataset* dataset);

}  // namespace evenkeel
