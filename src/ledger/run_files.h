// What a ledger knows of files: those of the dataset, and those in its folder that are the run's.
#pragma once

#include <SQLiteCpp/Database.h>

#include <string>
#include <vector>

#include "dataset/dataset.h"

namespace evenkeel {

// What the jobs of the run have written, or may have: it is no data to those that go on with it.
// Relative to the dataset's directory.
void write_own_files(SQLite::Database& database, const std::vector<std::string>& own_files);

// None if there is no ledger yet. Throws UserError.
std::vector<std::string> read_own_files(const std::string& ledger);

void write_file_digests(SQLite::Database& database, const Dataset& dataset);

// As changed_file() for the run's dataset.
std::string changed_file(SQLite::Database& database, const Dataset& dataset);

}  // namespace evenkeel
