// A run with a ledger, as tests make it: its jobs, and what the ledger then says.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "dataset/temporary_folder.h"
#include "evenkeel/error.h"
#include "ledger/ledger.h"

namespace evenkeel {

using Rows = std::vector<std::string>;

// The rows of a query, columns separated by "|".
Rows rows_of(const std::filesystem::path& path, const std::string& query);

Span span(std::int32_t epoch, std::int64_t begin, std::int64_t end, int rank = 1,
          std::uint64_t lease = 1);

// Epochs of a hundred samples, in lease mode; or batches of ten, in step mode.
JobDescription lease_job();
JobDescription step_job(std::int64_t first_step = 0);
BatchLine line_of(std::int64_t first_step = 0);

JobIdentity terms();

// Of so many workers.
JobFigures figures(std::size_t workers = 2);

CheckpointRecord checkpoint(std::string_view tag, DoneWork done);
CheckpointRecord checkpoint_at(std::string_view tag, std::int64_t step);

DoneWork done(std::int32_t whole_epochs, std::int32_t epoch, std::int64_t begin, std::int64_t end);

class LedgerTest {
 public:
  LedgerTest() : path(folder.path() / "run.db") {}

  Ledger open(const std::optional<std::string>& resume = std::nullopt, bool is_new = false) const {
    return {path.string(), terms(), resume, nullptr, is_new};
  }
  // Begun, with two workers.
  void begin(Ledger& ledger) const { ledger.begin(lease_job(), std::nullopt, {"a", "b"}); }
  void begin_steps(Ledger& ledger) const;
  // Leaves a ledger of a job in step mode, with so many plans.
  void leave_plans(std::int64_t count) const;

  Rows rows(const std::string& query) const { return rows_of(path, query); }
  void execute(const std::string& statement) const;  // makes the file, if it is not there
  void edit(const std::string& statement) const;     // as if a job had written that
  // "epoch|begin|end" of each.
  Rows spans() const { return rows("SELECT epoch, begin, end FROM spans ORDER BY epoch, begin"); }

  // What the work says that cannot be done, without the folder's name; empty: nothing is wrong.
  template <typename Work>
  std::string fault_in(Work work) const {
    try {
      work();
    } catch (const UserError& error) {
      const std::string text = error.what();
      const std::string prefix = folder.path().string() + "/";
      return text.starts_with(prefix) ? text.substr(prefix.size()) : text;
    }
    return "";
  }
  // What opening it says.
  std::string fault_of(const std::optional<std::string>& resume = std::nullopt) const {
    return fault_in([&] { open(resume); });
  }

  TemporaryFolder folder;
  std::filesystem::path path;
};

}  // namespace evenkeel
