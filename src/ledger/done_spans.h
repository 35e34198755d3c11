// What is done, according to a ledger's rows.
#pragma once

#include <SQLiteCpp/Database.h>

#include <cstdint>
#include <string>
#include <vector>

#include "coordinator/outputs.h"
#include "core/batch_line.h"
#include "core/done_work.h"

namespace evenkeel {

// The spans that count, as done work. Throws UserError, which names the ledger by `path`, if a
// position occurs twice or is not in the dataset.
DoneWork done_in_spans(SQLite::Database& database, const std::string& path);

// The contents of a checkpoint. Throws UserError likewise.
DoneWork checkpoint_done(SQLite::Database& database, const std::string& path,
                         std::int64_t checkpoint);

// All steps before this one.
DoneWork done_in_steps(const BatchLine& line, std::int64_t step);

// Replaces all rows within the interval by one.
void replace_spans(SQLite::Database& database, std::int64_t generation, Pass pass,
                   Interval interval);

// Merges neighbouring spans of a generation, of whichever worker, except unfinished ones; returns
// the number of rows left.
std::int64_t merge_spans(SQLite::Database& database, std::int64_t generation,
                         const std::vector<Span>& open);

}  // namespace evenkeel
