#include "evenkeel/session.h"

#include <fmt/core.h>

#include <algorithm>
#include <chrono>
#include <stdexcept>
#include <string_view>
#include <utility>
#include <variant>

#include "evenkeel/error.h"
#include "session/end_messages.h"
#include "session/failure_lines.h"
#include "session/job_comms.h"
#include "session/job_rank.h"
#include "session/stop_signals.h"
#include "transport/host_clock.h"
#include "transport/mpi_error.h"

namespace evenkeel {
namespace {

// A year: far below where sums of durations overflow.
constexpr std::chrono::nanoseconds longest_work = std::chrono::hours(365 * 24);

// Time for rank 0 to end a step-mode job that a worker has given up.
constexpr std::chrono::seconds before_abort{10};

constexpr std::string_view reached_remedy = "call session.reached(*step)";

bool is_rank_zero(MPI_Comm comm) {
  int rank = 0;
  mpi_check(MPI_Comm_rank(comm, &rank), "MPI_Comm_rank");
  return rank == 0;
}

}  // namespace

class Session::Role {
 public:
  Role(MPI_Comm comm, const JobOptions& options)
      : delayed_end_(delayed_end(comm, options)),
        rank_(JobComms::make(comm, options.host, false), options, Rank(1), reached_remedy) {}
  Role(JobComms comms, const JobOptions& options)
      : delayed_end_(delayed_end(comms.own.get(), options)),
        rank_(std::move(comms), options, Rank(1), reached_remedy) {}

  bool coordinates() const { return rank_.coordinator() != nullptr; }

  CoordinatorHost& coordinator() const {
    if (rank_.coordinator() == nullptr) {
      throw std::logic_error("evenkeel: only rank 0 coordinates");
    }
    return *rank_.coordinator();
  }
  WorkerHost& worker() const {
    if (rank_.worker() == nullptr) throw std::logic_error("evenkeel: rank 0 is not a worker");
    return *rank_.worker();
  }
  const JobRank& rank() const { return rank_; }

  void say_failed(const Step& step, std::string_view reason) {
    const auto line = failure_lines_.next(
        fmt::format("rank {}: {} fail: {}{}", rank_.transport().communicator().rank().value(),
                    samples_text(step.extents(), rank_.dataset()), reason_text(reason),
                    in_steps() ? "; the job is given up" : ""));
    if (line) say(*line);
  }

  bool in_steps() const { return rank_.terms().mode() == Mode::step; }

 private:
  static std::unique_ptr<DelayedEnd> delayed_end(MPI_Comm comm, const JobOptions& options) {
    return is_rank_zero(comm) ? nullptr : std::make_unique<DelayedEnd>(options.grace_s);
  }

  std::unique_ptr<DelayedEnd> delayed_end_;  // on workers
  JobRank rank_;
  FailureLines failure_lines_;
};

JobComm::JobComm(MPI_Comm comm)
    : comms_(std::make_unique<JobComms>(JobComms::make(comm, "", false))) {}

// Without a session; others may still come to it.
JobComm::~JobComm() {
  if (!comms_) return;
  comms_->own.leave_to_finalize();
  comms_->workers.leave_to_finalize();
}

JobComm::JobComm(JobComm&& other) noexcept = default;

JobComm& JobComm::operator=(JobComm&& other) noexcept {
  std::swap(comms_, other.comms_);
  return *this;
}

Session::Session(MPI_Comm comm, const JobOptions& options)
    : role_(std::make_unique<Role>(comm, options)) {}

Session::Session(JobComm comm, const JobOptions& options)
    : role_(std::make_unique<Role>(std::move(*std::exchange(comm.comms_, nullptr)), options)) {}

Session::~Session() = default;

bool Session::coordinates() const { return role_->coordinates(); }

Outcome Session::serve() {
  CoordinatorHost& host = role_->coordinator();
  const JobRank& rank = role_->rank();
  Outcome outcome = host.serve([&rank] { rank.answer(); });
  rank.tell_outcome(outcome);
  host.say_verdict();
  if (host.left_in_steps()) throw JobGivenUp("the job was given up before its last step");
  return outcome;
}

std::optional<Step> Session::next() {
  std::optional<HostedStep> hosted = role_->worker().next();
  if (!hosted) return std::nullopt;
  Step step;
  step.extents_ = std::move(hosted->extents);
  step.cost_ = hosted->cost;
  step.dataset_ = hosted->pass.dataset.value();
  step.epoch_ = hosted->pass.epoch.value();
  step.begin_ = hosted->interval.begin.value();
  step.end_ = hosted->interval.end.value();
  step.samples_ = hosted->samples;
  step.global_samples_ = hosted->global_samples;
  step.number_ = hosted->number;
  step.lease_ = hosted->lease.value();
  step.received_ = hosted->taken_at.time_since_epoch();
  return step;
}

// What a host needs to identify its step.
HostedStep Session::hosted(const Step& step) {
  HostedStep result;
  result.number = step.number_;
  result.lease = LeaseId(step.lease_);
  result.pass = {DatasetIndex(step.dataset_), Epoch(step.epoch_)};
  result.interval = {Position(step.begin_), Position(step.end_)};
  result.taken_at = Instant(step.received_);
  result.cost = step.cost_;
  return result;
}

void Session::loaded(const Step& step) { role_->worker().loaded(step.number_); }

void Session::reached(const Step& step) { role_->worker().reached(step.number_); }

void Session::stand_in(const Step& step, std::int32_t samples) {
  if (step.samples() > 0 || samples < 0) {
    throw std::logic_error(
        fmt::format("evenkeel: stand_in(step {}, {}), but the step has {} samples here; tell of a "
                    "stand-in only where it took the place of an empty part",
                    step.number(), samples, step.samples()));
  }
  role_->worker().stand_in(step.number_, samples);
}

void Session::done(const Step& step) { role_->worker().done(hosted(step), {}); }

void Session::done(const Step& step, std::chrono::nanoseconds local_work) {
  if (local_work > longest_work) {
    throw std::logic_error(
        fmt::format("evenkeel: done(step, {} s), but no step takes longer than a year; check the "
                    "unit of its local work",
                    std::chrono::duration_cast<std::chrono::seconds>(local_work).count()));
  }
  MeasuredStep measured;
  measured.local = std::max(local_work, std::chrono::nanoseconds::zero());
  role_->worker().done(hosted(step), measured);
}

void Session::failed(const Step& step, std::string_view reason) {
  WorkerHost& worker = role_->worker();
  if (!reason.empty()) role_->say_failed(step, reason);
  worker.failed(hosted(step));
  // mpirun may hang if a job is aborted while one of its ranks is in MPI_Finalize or has ended.
  if (role_->in_steps()) HostClock::sleep_for(before_abort);
}

bool Session::is_over() {
  if (role_->in_steps()) return false;
  WorkerHost& worker = role_->worker();
  worker.has_step();  // receives messages
  return worker.over();
}

void Session::pause(std::chrono::nanoseconds expected) { role_->worker().pause(expected); }

CheckpointState Session::checkpoint(std::string_view tag) {
  const std::optional<CheckpointTag> checked = CheckpointTag::from(tag);
  if (!checked) {
    throw std::logic_error(fmt::format("evenkeel: checkpoint('{}'): a tag has 1 to {} bytes", tag,
                                       CheckpointTag::most_bytes));
  }
  return role_->worker().checkpoint(*checked);
}

const std::string& Session::resumed_tag() const { return role_->rank().terms().resumed_tag; }

std::int64_t Session::first_step() const {
  const std::optional<BatchLine>& line = role_->rank().terms().line;
  return line ? line->first_step : 0;
}

MPI_Comm Session::workers() const { return role_->rank().workers(); }

std::filesystem::path Session::path(std::int64_t file) const {
  return role_->rank().dataset().path(file);
}

std::int64_t Session::files() const {
  return role_->rank().came_after_the_end() ? 0 : role_->rank().dataset().files();
}

std::int64_t Session::file_samples(std::int64_t file) const {
  return role_->rank().dataset().file_samples(file);
}

std::optional<std::int64_t> Session::file_bytes(std::int64_t file) const {
  const std::int64_t bytes = role_->rank().dataset().file_bytes(file);
  if (bytes == FileTable::unknown_bytes) return std::nullopt;
  return bytes;
}

std::int64_t Session::samples() const {
  return role_->rank().came_after_the_end() ? 0 : role_->rank().dataset().samples();
}

double Session::cost() const {
  return role_->rank().came_after_the_end() ? 0 : role_->rank().dataset().cost();
}

std::chrono::nanoseconds Session::elapsed() const {
  return role_->rank().clock().now().time_since_epoch();
}

}  // namespace evenkeel
