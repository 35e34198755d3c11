// What is done, as a ledger's rows tell.
#pragma once

#include <SQLiteCpp/Database.h>

#include <cstdint>
#include <string>
#include <vector>

#include "coordinator/outputs.h"
#include "core/batch_line.h"
#include "core/done_work.h"

namespace evenkeel {

// What counts of all spans. Throws UserError, which names the ledger by `path`, if a position is
// there twice or is none of the dataset's.
DoneWork done_in_spans(SQLite::Database& database, const std::string& path);

// What is in a checkpoint. Throws UserError likewise.
DoneWork checkpoint_done(SQLite::Database& database, const std::string& path,
                         std::int64_t checkpoint);

// All steps before this one.
DoneWork done_in_steps(const BatchLine& line, std::int64_t step);

// Puts one row in the place of all that lie in the interval.
void replace_spans(SQLite::Database& database, std::int64_t generation, Pass pass,
                   Interval interval);

// Merges neighbouring spans of a generation, whoever did them, but for those that are not over;
// returns how many rows are left in all.
std::int64_t merge_spans(SQLite::Database& database, std::int64_t generation,
                         const std::vector<Span>& open);

}  // namespace evenkeel
