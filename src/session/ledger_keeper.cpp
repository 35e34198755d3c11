#include "session/ledger_keeper.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdio>

#include "coordinator/job_description.h"
#include "coordinator/set_aside_samples.h"
#include "core/option_values.h"
#include "evenkeel/error.h"

namespace evenkeel {
namespace {

// What is on record is at most so old; where there are very many workers, writing their figures
// takes no more than a small part of the time.
constexpr Duration between_commits = std::chrono::seconds(1);
constexpr Duration between_commits_per_worker = std::chrono::milliseconds(1);

// What decides which samples a position means, and which steps there are; the dataset comes last:
// it tells that something differs, and not what.
std::vector<RunTerm> run_terms(const CoordinatorOptions& job, const Dataset& dataset) {
  std::vector<RunTerm> terms{{"mode", std::string(name_of(job.step ? Mode::step : Mode::lease))},
                             {"files", std::to_string(dataset.files())},
                             {"samples", std::to_string(dataset.samples())},
                             {"shard-samples", std::to_string(job.shard_samples)},
                             {"shuffle", std::string(name_of(job.order.shuffle))},
                             {"seed", std::to_string(job.order.seed)}};
  if (job.order.shuffle == Shuffle::block) {
    terms.push_back({"shuffle-block", std::to_string(job.order.shuffle_block)});
  }
  if (job.step) {
    terms.push_back({"global-batch", std::to_string(job.step->line.global_batch)});
    terms.push_back({"last", job.step->line.keeps_last ? "partial" : "drop"});
  } else {
    terms.push_back({"step-samples", std::to_string(job.step_samples)});
  }
  terms.push_back({"dataset fingerprint", fmt::format("{:016x}", dataset.fingerprint())});
  return terms;
}

}  // namespace

LedgerKeeper::LedgerKeeper(const JobOptions& options, const CoordinatorOptions& job,
                           const Dataset& dataset)
    : ledger_(options.ledger, run_terms(job, dataset), options.resume) {}

// A run that has fewer epochs now than are done has nothing left to do.
void LedgerKeeper::adapt(CoordinatorOptions& job) const {
  const RunStart& start = ledger_.start();
  job.keeps_checkpoints = true;
  job.last_lease = start.last_lease();
  job.done = start.done;
  if (!job.step) return;
  BatchLine& line = job.step->line;
  line.first_step = std::min(start.first_step, line.steps);
}

void LedgerKeeper::begin(const JobCoordinator& coordinator, const Dataset& dataset,
                         const KeptEvents& events, const KeptSetAside& set_aside,
                         const std::vector<std::string>& hosts) {
  coordinator_ = &coordinator;
  dataset_ = &dataset;
  events_ = &events;
  set_aside_ = &set_aside;
  const CoordinatorOptions& job = coordinator.options();
  std::optional<BatchLine> line;
  if (job.step) line = job.step->line;
  ledger_.begin(describe(dataset, job), line, hosts);
}

void LedgerKeeper::look(Instant now) {
  if (now < next_commit_) return;
  next_commit_ =
      now + std::max(between_commits, between_commits_per_worker * coordinator_->options().workers);
  try_to([&](const JobFigures& figures) { ledger_.commit(figures); });
}

bool LedgerKeeper::record(const CheckpointRecord& checkpoint) {
  return try_to([&](const JobFigures& figures) { ledger_.commit(figures, checkpoint); });
}

void LedgerKeeper::end() {
  commit([&](const JobFigures& figures) {
    ledger_.end(figures, figures.job.samples_done == figures.job.samples);
  });
}

// What was set aside is listed by file, which takes its time: only if there is more of it.
JobFigures LedgerKeeper::figures() const {
  JobFigures figures = figures_of(*coordinator_, events_->left_out());
  if (figures.job.set_aside_samples != set_aside_written_) {
    figures.set_aside = set_aside_samples(*dataset_, coordinator_->options(), *set_aside_);
  }
  return figures;
}

template <typename Write>
void LedgerKeeper::commit(Write write) {
  const JobFigures now = figures();
  write(now);
  set_aside_written_ = now.job.set_aside_samples;
}

template <typename Write>
bool LedgerKeeper::try_to(Write write) {
  try {
    commit(write);
  } catch (const UserError& error) {
    if (!fails_) {
      fmt::print(stderr,
                 "evenkeel: {}\nevenkeel: what is done from now on is not on record; this is tried "
                 "again every second\n",
                 error.what());
    }
    fails_ = true;
    return false;
  }
  if (fails_) fmt::print(stderr, "evenkeel: {}: all is on record again\n", path());
  fails_ = false;
  return true;
}

}  // namespace evenkeel
