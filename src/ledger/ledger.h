// The durable record of a run (DESIGN §5): an SQLite database, whose tables schema.h describes.
//
// A run is a sequence of incarnations, one job each. The record is always true: a job that dies
// between two writes loses what it did after the first, and the next one repeats that.
#pragma once

#include <SQLiteCpp/Database.h>

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "coordinator/job_description.h"
#include "coordinator/outputs.h"
#include "coordinator/records.h"
#include "core/batch_line.h"
#include "ledger/job_figures.h"
#include "ledger/ledger_place.h"
#include "ledger/run_lock.h"
#include "ledger/run_start.h"
#include "ledger/seal.h"

namespace evenkeel {

class Ledger {
 public:
  // Above these limits, old spans are merged, every other row of progress is deleted, and so are
  // old plans and checkpoints.
  static constexpr std::int64_t most_spans = 500'000;
  static constexpr std::int64_t most_plans = 100'000;
  static constexpr std::int64_t most_checkpoints = 1'000;
  static constexpr std::int64_t most_progress = 200'000;

  // Limits of what waits while the ledger cannot be written: spans above the limit are merged.
  static constexpr std::size_t most_waiting = 100'000;

  // Opens or creates the ledger, and takes it over from whoever writes to it in spite of the lock.
  // Throws UserError as require_ledger, which gets `is_new`, open_ledger, RunLock and find_start,
  // which gets `resume`, and if it is damaged.
  Ledger(const std::string& path, const JobIdentity& identity,
         const std::optional<std::string>& resume, const Dataset* dataset = nullptr,
         bool is_new = false);

  const RunStart& start() const { return start_; }

  // The job begins; durable on return. `line`: in step mode. `hosts`: one per worker.
  // `own_files`: as write_own_files.
  void begin(const JobDescription& job, const std::optional<BatchLine>& line,
             const std::vector<std::string>& hosts, const std::vector<std::string>& own_files = {});

  // Kept until the next commit.
  void add(const Span& span);
  void add(const Event& event) { events_.push_back(event); }
  void add(const PlanRecord& plan);

  // Writes everything added, and the job's progress, in one transaction. Throws UserError, also
  // where the file is not in its place any more, and keeps what was added for the next commit. On
  // return it survives this process, but the machine only after the disk's next sync.
  void commit(const JobFigures& figures);

  // Writes a checkpoint too; durable on return. In step mode, further workers that call for the
  // same checkpoint cause no work.
  void commit(const JobFigures& figures, const CheckpointRecord& checkpoint);

  // The last commit; durable on return. `complete`: no work of the run is left.
  void end(const JobFigures& figures, bool complete);

  const std::string& path() const { return path_; }

  // Another run has taken it over, or another program has changed it: nothing can be written any
  // more.
  bool is_lost() const { return !lost_.empty(); }

 private:
  enum class Durability { process, machine };

  template <typename Work>
  void attach(Work work);
  void close();
  void detach();
  void require_in_place();
  void require_attached();
  void require_own();
  void empty_log();
  template <typename Work>
  void transact(Durability durability, Work work);
  void write(const JobFigures& figures, const char* state);
  void write_spans(const JobFigures& figures);
  void write_steps(std::int64_t steps_done);
  void write_plans();
  void write_events();
  void write_incarnation(const JobFigures& figures, const char* state);
  void write_workers(const JobFigures& figures);
  void write_progress(const JobFigures& figures);
  void write_checkpoint(const CheckpointRecord& checkpoint);
  void write_set_aside(const std::vector<SetAsideSamples>& set_aside);
  Rank rank_of(std::size_t worker) const;
  void forget_written(std::int64_t steps_done);

  struct PlanRow {
    std::int64_t first_step;
    std::int64_t end_step;
    std::string division;
  };

  std::string path_;
  RunLock lock_;
  std::optional<SQLite::Database> database_;  // none while the file is not in its place
  std::optional<Seal> seal_;                  // of the database
  Sealed sealed_;                             // at the last commit
  std::optional<LedgerPlace> place_;
  std::string lost_;  // the fault
  JobIdentity identity_;
  const Dataset* dataset_;  // null: its files are not recorded
  RunStart start_;
  JobDescription job_;
  std::optional<BatchLine> line_;
  std::optional<std::pair<CheckpointTag, std::int64_t>> recorded_;  // the last one of a step
  std::vector<std::string> hosts_;
  std::string started_at_;

  std::vector<Span> spans_;
  std::map<Pass, IntervalSet> merged_spans_;  // earlier ones, merged while they wait
  std::vector<Event> events_;
  std::vector<PlanRow> plans_;  // unwritten, except the first, which may have become longer
  std::int64_t steps_written_ = 0;
  std::int64_t span_rows_ = 0;  // upper bound
  std::int64_t plan_rows_ = 0;
  std::vector<Instant> progress_written_;  // per worker
  std::int64_t progress_rows_ = 0;
};

}  // namespace evenkeel
