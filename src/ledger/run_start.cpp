#include "ledger/run_start.h"

#include <SQLiteCpp/Statement.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string_view>

#include "core/checkpoint_tag.h"
#include "core/display_text.h"
#include "core/suggestion.h"
#include "evenkeel/error.h"
#include "ledger/done_spans.h"
#include "ledger/run_files.h"

namespace evenkeel {
namespace {

constexpr int lease_bits = 40;  // low bits of a lease's id; the others are its incarnation's number
constexpr std::size_t most_shown = CheckpointTag::most_bytes;  // columns

// A damaged ledger may contain any text.
std::string shown(std::string_view text) { return clip_middle(printable(text), most_shown); }

// The terms that the files of the dataset decide.
constexpr std::array<std::string_view, 4> terms_of_files{"files", "samples", "cost",
                                                         "dataset fingerprint"};

void check_identity(SQLite::Database& database, const std::string& path,
                    const JobIdentity& identity, const Dataset* dataset) {
  SQLite::Statement known(database, "SELECT value FROM term WHERE name = ?");
  for (const IdentityTerm& term : identity) {
    known.reset();
    known.bind(1, term.name);
    const std::string value = known.executeStep() ? known.getColumn(0).getString() : "unknown";
    if (value == term.value) continue;
    const bool is_of_files = std::ranges::find(terms_of_files, term.name) != terms_of_files.end();
    std::string changed;
    if (is_of_files && dataset != nullptr) changed = changed_file(database, *dataset);
    if (!changed.empty()) changed.insert(0, ": ");
    throw UserError(
        fmt::format("{}: the run has {} {}, and here it is {}{}; resume it with the same, or begin "
                    "another ledger",
                    path, term.name, shown(value), term.value, changed));
  }
}

std::int64_t checkpoint_named(SQLite::Database& database, const std::string& path,
                              const std::string& tag) {
  SQLite::Statement found(database,
                          "SELECT id FROM checkpoint WHERE tag = ? ORDER BY id DESC LIMIT 1");
  found.bind(1, tag);
  if (found.executeStep()) return found.getColumn(0).getInt64();
  SQLite::Statement others(database, "SELECT DISTINCT tag FROM checkpoint ORDER BY id DESC");
  std::vector<std::string> tags;
  while (others.executeStep()) tags.push_back(others.getColumn(0).getString());
  const auto nearest = nearest_name(tag, std::vector<std::string_view>(tags.begin(), tags.end()));
  std::string remedy = "it has none; give --resume alone";
  if (!tags.empty()) remedy = fmt::format("the newest is '{}'", shown(tags.front()));
  if (nearest) remedy = fmt::format("did you mean '{}'?", shown(*nearest));
  throw UserError(fmt::format("{}: has no checkpoint '{}'; {}", path, shown(tag), remedy));
}

// The newest checkpoint of the generation, or the one that it went back to.
std::optional<std::int64_t> newest_checkpoint(SQLite::Database& database, std::int64_t generation) {
  SQLite::Statement found(database,
                          "SELECT ifnull((SELECT max(id) FROM checkpoint WHERE generation = ?1), "
                          "(SELECT checkpoint FROM generation WHERE number = ?1))");
  found.bind(1, generation);
  if (!found.executeStep() || found.getColumn(0).isNull()) return std::nullopt;
  return found.getColumn(0).getInt64();
}

void go_back_to(std::int64_t checkpoint, SQLite::Database& database, const std::string& path,
                RunStart& start) {
  SQLite::Statement found(database,
                          "SELECT tag, generation, ifnull(step, 0) FROM checkpoint WHERE id = ?");
  found.bind(1, checkpoint);
  if (!found.executeStep())
    throw UserError(fmt::format("{}: is damaged: checkpoint {} is not there", path, checkpoint));
  start.tag = found.getColumn(0).getString();
  if (!CheckpointTag::from(start.tag)) {
    throw UserError(fmt::format("{}: is damaged: checkpoint {} has no tag", path, checkpoint));
  }
  start.parent = found.getColumn(1).getInt64();
  start.checkpoint = checkpoint;
  start.first_step = found.getColumn(2).getInt64();
  start.generation = database.execAndGet("SELECT max(number) + 1 FROM generation").getInt64();
  start.done = checkpoint_done(database, path, checkpoint);
}

void go_on(SQLite::Database& database, const std::string& path, RunStart& start) {
  SQLite::Statement found(database,
                          "SELECT max(first_step + steps), mode FROM incarnation "
                          "WHERE generation = ?");
  found.bind(1, start.generation);
  found.executeStep();
  if (found.getColumn(1).getString() == "step") {
    start.first_step = found.getColumn(0).getInt64();
  } else {
    start.done = done_in_spans(database, path);
  }
}

}  // namespace

LeaseId RunStart::last_lease() const {
  return LeaseId(static_cast<std::uint64_t>(incarnation) << lease_bits);
}

RunStart find_start(SQLite::Database& database, const std::string& path,
                    const JobIdentity& identity, const std::optional<std::string>& resume,
                    const Dataset* dataset) {
  RunStart start;
  SQLite::Statement last(
      database, "SELECT number, generation, state FROM incarnation ORDER BY number DESC LIMIT 1");
  if (!last.executeStep()) {
    if (!resume || resume->empty()) return start;
    throw UserError(fmt::format("{}: holds no run, and so no checkpoint '{}'; leave --resume out",
                                path, shown(*resume)));
  }
  if (!resume) {
    throw UserError(fmt::format(
        "{}: holds a run already, which is {}; give --resume to go on with it, or another ledger",
        path, last.getColumn(2).getString() == "complete" ? "complete" : "not complete"));
  }
  check_identity(database, path, identity, dataset);
  start.incarnation = last.getColumn(0).getInt64() + 1;
  start.generation = last.getColumn(1).getInt64();
  const std::optional<std::int64_t> checkpoint = resume->empty()
                                                     ? newest_checkpoint(database, start.generation)
                                                     : checkpoint_named(database, path, *resume);
  if (checkpoint) {
    go_back_to(*checkpoint, database, path, start);
  } else {
    go_on(database, path, start);
  }
  return start;
}

}  // namespace evenkeel
