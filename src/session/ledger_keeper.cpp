#include "session/ledger_keeper.h"

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <system_error>
#include <utility>

#include "coordinator/job_description.h"
#include "coordinator/job_identity.h"
#include "coordinator/known_speeds.h"
#include "coordinator/set_aside_samples.h"
#include "evenkeel/error.h"
#include "job/job_options.h"
#include "job/option_text.h"
#include "ledger/recorded_run.h"
#include "session/end_messages.h"

namespace evenkeel {
namespace {

// The greatest age of what is recorded. With very many workers, writing their figures still takes
// only a small part of the time.
constexpr Duration between_commits = std::chrono::seconds(1);
constexpr Duration between_commits_per_worker = std::chrono::milliseconds(1);

// Relative to the directory that is the dataset, so that a run can be moved with it.
std::vector<std::string> own_files(const JobOptions& options) {
  namespace fs = std::filesystem;
  std::error_code unknown;
  std::vector<std::string> names;
  if (!fs::is_directory(options.manifest, unknown)) return names;
  const fs::path root = fs::weakly_canonical(options.manifest, unknown);
  for (const fs::path& file : file_selection(options).own_files) {
    const fs::path folder = fs::weakly_canonical(fs::absolute(file).parent_path(), unknown);
    names.push_back((folder / file.filename()).lexically_relative(root).string());
  }
  return names;
}

}  // namespace

LedgerKeeper::LedgerKeeper(const JobOptions& options, const CoordinatorOptions& job,
                           const Dataset& dataset)
    : ledger_(options.ledger, job_identity(dataset, job), options.resume, &dataset,
              options.new_run),
      was_complete_(ledger_.start().incarnation > 1 && read_run(path()).state == "complete"),
      options_(option_text(options)),
      own_files_(own_files(options)) {}

// A run with fewer epochs now than are done has nothing left to do.
void LedgerKeeper::adapt(CoordinatorOptions& job, const std::vector<std::string>& hosts) const {
  const RunStart& start = ledger_.start();
  job.keeps_checkpoints = true;
  job.last_lease = start.last_lease();
  job.done = start.done;
  bool is_done = start.done.whole_epochs >= job.epochs;
  if (job.step) {
    BatchLine& line = job.step->line;
    line.first_step = std::min(start.first_step, line.steps);
    is_done = line.first_step == line.steps;
  }
  if (start.incarnation > 1 && !is_done) take_speeds(job.policy, hosts);
}

void LedgerKeeper::take_speeds(PolicyOptions& policy, const std::vector<std::string>& hosts) const {
  if (!has_prior(policy.kind) || !policy.weights.empty()) return;
  SpeedMatch match = match_speeds(read_known_speeds(path()), hosts);
  if (match.known == 0) return;
  say(match_text(match, path()));
  policy.weights = std::move(match.weights);
}

void LedgerKeeper::begin(const JobCoordinator& coordinator, const Dataset& dataset,
                         const KeptEvents& events, const KeptSetAside& set_aside,
                         const std::vector<std::string>& hosts) {
  coordinator_ = &coordinator;
  dataset_ = &dataset;
  events_ = &events;
  set_aside_ = &set_aside;
  const CoordinatorOptions& job = coordinator.options();
  JobDescription description = describe(dataset, job);
  description.options = options_;
  ledger_.begin(description, job.line(), hosts, own_files_);
}

void LedgerKeeper::look(Instant now) {
  if (now < next_commit_) return;
  next_commit_ =
      now + std::max(between_commits, between_commits_per_worker * coordinator_->options().workers);
  save();
}

void LedgerKeeper::save() {
  try_to([&](const JobFigures& figures) { ledger_.commit(figures); });
}

bool LedgerKeeper::record(const CheckpointRecord& checkpoint) {
  return try_to([&](const JobFigures& figures) { ledger_.commit(figures, checkpoint); });
}

void LedgerKeeper::end(const JobRecord& job, const std::vector<WorkerRecord>& workers) {
  commit([&](JobFigures figures) {
    figures.job = job;
    figures.workers = workers;
    ledger_.end(figures, job.samples_done == job.samples);
  });
}

// Listing what was set aside, file by file, takes long: only if there is more of it.
JobFigures LedgerKeeper::figures() const {
  JobFigures figures = figures_of(*coordinator_, events_->left_out());
  if (figures.job.set_aside_samples != set_aside_written_) {
    figures.set_aside = set_aside_samples(*dataset_, coordinator_->options(), *set_aside_);
  }
  return figures;
}

template <typename Write>
void LedgerKeeper::commit(Write write) {
  const std::vector<Event>& events = events_->list();
  for (; events_added_ < events.size(); ++events_added_) ledger_.add(events[events_added_]);
  const JobFigures now = figures();
  write(now);
  set_aside_written_ = now.job.set_aside_samples;
}

template <typename Write>
bool LedgerKeeper::try_to(Write write) {
  try {
    commit(write);
  } catch (const UserError& error) {
    if (!fails_ && !is_lost()) {
      say(error.what());
      say("work done from now on is not recorded; trying again every second");
    }
    fails_ = true;
    return false;
  }
  if (fails_) say(path() + ": everything is recorded again");
  fails_ = false;
  return true;
}

}  // namespace evenkeel
