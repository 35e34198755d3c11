#include "session/coordinator_host.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <filesystem>
#include <iostream>
#include <sstream>
#include <system_error>
#include <utility>
#include <variant>

#include "coordinator/known_speeds.h"
#include "dataset/manifest.h"
#include "job/job_options.h"
#include "job/option_text.h"
#include "job/worker_weights.h"
#include "ledger/run_files.h"
#include "report/balance_report.h"
#include "report/prior_agreement.h"
#include "report/read_speeds.h"
#include "report/report_file.h"
#include "report/verdict.h"
#include "session/end_messages.h"
#include "session/launcher.h"
#include "session/launcher_recovery.h"
#include "session/start_watch.h"
#include "session/stop_signals.h"
#include "transport/host_clock.h"

namespace evenkeel {
namespace {

// Messages handled before deadlines are checked: more than workers can have sent, so that no worker
// looks silent because rank 0 was late.
constexpr std::size_t messages_a_turn_per_worker = 4;

// A signal to all ranks of a job reaches them within this time.
constexpr Duration signals_spread = std::chrono::seconds(2);

// Overload set for std::visit.
template <typename... Calls>
struct Overloaded : Calls... {
  using Calls::operator()...;
};
template <typename... Calls>
Overloaded(Calls...) -> Overloaded<Calls...>;

// "data/a.bin: ...": the first fault, and the number of faults.
void require_files(const Manifest& manifest, const std::string& path) {
  std::int64_t faults = 0;
  const std::vector<std::string> lines = check_files(manifest, 1, &faults);
  if (faults == 0) return;
  throw UserError(
      fmt::format("{}{}; 'evenkeel manifest check {}' lists all that is wrong", lines.front(),
                  faults > 1 ? fmt::format(" (and {} more)", faults - 1) : "", file_word(path)));
}

}  // namespace

CoordinatorHost::CoordinatorHost(Communicator comm, std::vector<std::string> hosts,
                                 const JobOptions& options, Rank first_worker,
                                 std::string_view reached_remedy)
    : options_(options),
      first_worker_(first_worker),
      reached_remedy_(reached_remedy),
      transport_(std::move(comm)),
      hosts_(std::move(hosts)) {
  const Communicator& own = transport_.communicator();
  if (options.start_with) {
    reception_.emplace(own, start_header(options));
  } else {
    hosts_ = meet(own.get(), start_header(options));
  }
  hosts_.erase(hosts_.begin(), hosts_.begin() + first_worker.value());
  StartWatch::limit(StartWatch::unlimited);  // while it reads
  try {
    prepare();
  } catch (...) {
    refuse_job();
    throw;
  }
  terms_ = terms_of(coordinator_->options(), ledger_ ? ledger_->resumed_tag() : "");
  if (reception_) {
    clock_ = JobClock::begin();
    reception_->open(terms_, dataset_, *memory_, *clock_);
  } else {
    announce(own, terms_, *dataset_, *memory_);
    memory_.reset();
    clock_ = JobClock::agree(own);
  }
}

void CoordinatorHost::refuse_job() {
  if (reception_) {
    reception_->refuse();
    transport_.abandon();
  } else {
    announce_refusal(transport_.communicator());
  }
}

void CoordinatorHost::read_dataset() {
  FileSelection selection = file_selection(options_);
  if (options_.resume && !options_.ledger.empty()) {
    for (const std::string& name : read_own_files(options_.ledger)) {
      selection.own_files.push_back(std::filesystem::path(options_.manifest) / name);
    }
  }
  const Manifest manifest = read_manifest(options_.manifest, selection);  // once: it may be a pipe
  for (const std::string& line : scan_lines(manifest)) say(line);
  if (options_.check_files) require_files(manifest, options_.manifest);
  dataset_ = std::make_shared<const Dataset>(
      Dataset::cut(manifest, options_.shard_samples,
                   [&](std::size_t bytes) { return memory_.emplace(bytes).memory(); }));
}

void CoordinatorHost::prepare() {
  check_survival(options_.mode);
  checked_options(options_, hosts_);  // before a large manifest is read
  for (const std::string& report : options_.reports) check_report_path(report);
  read_dataset();
  CoordinatorOptions job = checked_options(options_, hosts_, *dataset_);
  job.first_worker = first_worker_;
  if (job.deal == DealOrder::free) {
    const std::string text = homes_text(*dataset_, job.homes, job.order.shuffle);
    if (!text.empty()) say(fmt::format("{}: {}", options_.manifest, text));
  }
  if (const std::string text = weights_text(options_.weights, hosts_); !text.empty()) say(text);
  if (!options_.speeds.empty()) {
    SpeedMatch match = match_speeds(read_speeds(options_.speeds), hosts_);
    say(match_text(match, options_.speeds));
    job.policy.weights = std::move(match.weights);
  }
  if (!options_.replay.empty()) job.step->replay = read_plans(options_.replay, job, *dataset_);
  if (!options_.ledger.empty()) {
    ledger_.emplace(options_, job, *dataset_);
    ledger_->adapt(job, hosts_);
  }
  if (job.step) {
    emplace<StepCoordinator>(job);
  } else {
    emplace<LeaseCoordinator>(job);
  }
  observers_ = {&events_, &set_aside_};
  if (!options_.spans.empty()) observers_.push_back(&spans_.emplace(options_.spans));
  if (!options_.log.empty()) observers_.push_back(&log_.emplace(options_.log, job, *dataset_));
  // The last thing that can refuse the job.
  if (ledger_) {
    ledger_->begin(*coordinator_, *dataset_, events_, set_aside_, hosts_);
    observers_.push_back(&*ledger_);
  }
  if (options_.show_progress) progress_.emplace();
  if (const auto remedy = Launcher::of_this_process().grace_remedy(options_.grace_s)) {
    say(fmt::format("--grace {}: {}", options_.grace_s, *remedy));
  }
}

template <typename CoordinatorOf>
void CoordinatorHost::emplace(const CoordinatorOptions& job) {
  coordinator_ = &machine_.emplace<Machine<CoordinatorOf>>(*dataset_, job).coordinator;
}

CoordinatorHost::~CoordinatorHost() {
  if (over_) return;
  try {
    leave();
  } catch (...) {  // MPI has failed: nothing left to do
    transport_.abandon();
  }
}

Outcome CoordinatorHost::serve(const std::function<void()>& in_turn) {
  const StopSignals signals;
  asleep_ = Duration::zero();
  while (signals.received() != 0 ? !has_to_end(signals.received()) : !over()) {
    turn();
    in_turn();
    const Instant before = clock_->now();
    HostClock::sleep_for(nap_);
    if (nap_ > nap_.zero()) *asleep_ += clock_->now() - before;
  }
  return finish();
}

bool CoordinatorHost::has_to_end(int signal) {
  if (!grace_end_) begin_grace(signal);
  return clock_->now() >= *grace_end_ || over();
}

void CoordinatorHost::begin_grace(int signal) {
  Launcher::of_this_process().prepare_last_words();
  grace_end_ = clock_->now() + from_seconds(options_.grace_s);
  if (coordinator_->finished()) return;
  interrupted_at_ = clock_->now();
  const bool has_grace = options_.grace_s > 0;
  say(fmt::format("the job is ended by signal {} ({}){}{}", signal, ::strsignal(signal),
                  signal == SIGTERM ? ", which mpirun sends on Ctrl-C too" : "",
                  has_grace ? fmt::format("; trainers have {} s to save", options_.grace_s) : ""));
  if (!has_grace) return;  // all is written now
  coordinator_->begin_stop();
  if (ledger_) ledger_->save();
  try {
    const BalanceReport report = make_report(coordinator_->job(), worker_records());
    for (const std::string& path : options_.reports) write_report_file(report, path);
  } catch (const UserError& error) {  // again when the job ends
    say(error.what());
  }
}

// All work is done and every worker has closed or is lost, or no worker is left, or another run has
// the ledger.
bool CoordinatorHost::over() const {
  return (ledger_ && ledger_->is_lost()) || coordinator_->released() || coordinator_->given_up() ||
         stall_timer_.is_final(last_turn_);
}

Outcome CoordinatorHost::finish() {
  if (progress_) progress_->clear();
  leave();

  JobRecord job = coordinator_->job();
  const std::vector<WorkerRecord> workers = worker_records();
  Outcome outcome;
  outcome.complete = job.samples_done == job.samples;
  if (!outcome.complete) job.last_end = std::max(job.last_end, clock_->now());
  outcome.set_aside_samples = job.set_aside_samples;
  const std::exception_ptr ledger_fault = end_ledger(job, workers);
  publish(job, workers);
  if (ledger_fault) std::rethrow_exception(ledger_fault);
  if (coordinator_->only_failures()) say(only_failures_text());
  if (stalled()) say(stalled_text(*coordinator_, clock_->now()));
  if (ledger_ && !outcome.complete) say(resume_text(ledger_->path()));
  if (ledger_ && job.samples == 0) say(nothing_left_text(ledger_->path()));
  for (std::size_t i = 0; i < workers.size(); ++i) {
    if (workers[i].state != WorkerState::finished && workers[i].state != WorkerState::absent) {
      outcome.lost_ranks.push_back(rank_of(i).value());
    }
  }
  return outcome;
}

// First, as the rest can fail or be interrupted. Faults of the ledger are reported after the
// report.
std::exception_ptr CoordinatorHost::end_ledger(const JobRecord& job,
                                               const std::vector<WorkerRecord>& workers) {
  if (!ledger_) return nullptr;
  try {
    ledger_->end(job, workers);
    return nullptr;
  } catch (const UserError&) {
    return std::current_exception();
  }
}

void CoordinatorHost::turn() {
  bool heard = false;
  std::optional<Instant> next_wake;
  Instant now;
  const auto turn_machine = [&]<typename CoordinatorOf>(Machine<CoordinatorOf>& machine) {
    heard = receive_some(machine);
    if (reception_) heard |= receive_guests(machine);
    for (const Rank rank : transport_.take_failed()) part_with(machine, rank);
    now = clock_->now();
    next_wake = machine.coordinator.next_wake();
    if (!next_wake || *next_wake > now) return;
    machine.coordinator.wake(now, machine.outbox);
    carry_out(machine);
    next_wake = machine.coordinator.next_wake();
  };
  std::visit(Overloaded{turn_machine, [](std::monostate) {}}, machine_);
  if (progress_) progress_->show(now, *coordinator_);
  if (ledger_) ledger_->look(now);
  stall_timer_.look(coordinator_->deserted(), now);
  last_turn_ = now;
  if (has_sent_) idle_.stir();
  has_sent_ = false;
  nap_ = nap_.zero();
  if (!heard) nap_ = idle_.next_nap(next_wake ? *next_wake - now : Duration::max());
}

template <typename CoordinatorOf>
bool CoordinatorHost::receive_some(Machine<CoordinatorOf>& machine) {
  const std::size_t most = messages_a_turn_per_worker * hosts_.size();
  std::size_t count = 0;
  for (; count < most; ++count) {
    try {
      const auto received = transport_.receive<typename CoordinatorOf::JobMode::ToCoordinator>();
      if (!received) break;
      if (has_failed(received->from)) continue;
      take(machine, received->from, received->message);
    } catch (const UnreadableMessage& fault) {
      refuse(machine, fault.from(), fault.what());
    }
  }
  return count > 0;
}

template <typename CoordinatorOf>
bool CoordinatorHost::receive_guests(Machine<CoordinatorOf>& machine) {
  const bool is_busy = reception_->turn();
  for (const Reception::Arrival& arrival : reception_->take_arrivals()) {
    if (!arrival.fault.empty()) {
      say(fmt::format("rank {}: {}; others do its work, if any are left", arrival.rank.value(),
                      arrival.fault));
      part_with(machine, arrival.rank);
    } else if (arrival.rank >= first_worker_) {
      hosts_[static_cast<std::size_t>((arrival.rank.value() - first_worker_.value()))] =
          arrival.host;
    }
  }
  return is_busy;
}

template <typename CoordinatorOf>
void CoordinatorHost::take(Machine<CoordinatorOf>& machine, Rank from,
                           const typename CoordinatorOf::JobMode::ToCoordinator& message) {
  try {
    machine.coordinator.receive(from, message, clock_->now(), machine.outbox);
    carry_out(machine);
  } catch (const ProtocolError& fault) {
    refuse(machine, from, fault.what());
  }
}

// What a rank says makes no sense: the job does without it, or is given up.
template <typename CoordinatorOf>
void CoordinatorHost::refuse(Machine<CoordinatorOf>& machine, Rank rank, std::string_view fault) {
  if (has_failed(rank)) return;
  const bool in_steps = CoordinatorOf::JobMode::mode == Mode::step;
  say(fmt::format("{}; {}", fault,
                  in_steps ? "the job is given up" : "others do its work, if any are left"));
  part_with(machine, rank);
  transport_.send(rank, Finish{JobEnd::given_up});
}

// A rank that is dead or at fault has left. What else it has sent is ignored.
template <typename CoordinatorOf>
void CoordinatorHost::part_with(Machine<CoordinatorOf>& machine, Rank rank) {
  failed_.push_back(rank);
  if (rank >= first_worker_) {
    machine.coordinator.receive(rank, Leave{}, clock_->now(), machine.outbox);
  }
  carry_out(machine);
}

bool CoordinatorHost::has_failed(Rank rank) const {
  return std::find(failed_.begin(), failed_.end(), rank) != failed_.end();
}

template <typename CoordinatorOf>
void CoordinatorHost::carry_out(Machine<CoordinatorOf>& machine) {
  using JobMode = typename CoordinatorOf::JobMode;
  // Recorded before the trainer learns of it.
  const auto keep = [this](const CheckpointRecord& checkpoint) {
    tell(&JobObserver::on_checkpoint, checkpoint);
    const bool is_recorded = ledger_ && ledger_->record(checkpoint);
    if (!checkpoint.waiting) return;
    const auto state = is_recorded ? CheckpointState::complete : CheckpointState::unrecorded;
    on(Send<JobMode>{*checkpoint.waiting, CheckpointAnswer{checkpoint.tag, state}});
  };
  for (const auto& output : machine.outbox) {
    std::visit(Overloaded{keep, [this](const auto& o) { this->on(o); }}, output);
  }
  machine.outbox.clear();
}

template <typename Of>
void CoordinatorHost::on(const Send<Of>& send) {
  transport_.send(send.to, send.message);
  has_sent_ = true;
}

void CoordinatorHost::on(const UntoldWork& untold) {
  say(untold_text(untold, hosts_.size(), reached_remedy_));
}

void CoordinatorHost::on(const ImpossibleTime& time) {
  if (std::exchange(has_doubted_, true)) return;
  say(fmt::format("rank {} reports a step of {:.3g} s, which cannot be; {:.3g} s count, and so on",
                  time.rank.value(), time.reported_s, time.counted_s));
}

std::vector<WorkerRecord> CoordinatorHost::worker_records() const {
  std::vector<WorkerRecord> records;
  for (std::size_t i = 0; i < hosts_.size(); ++i) {
    records.push_back(coordinator_->worker(rank_of(i)));
    if (is_interrupted(rank_of(i), records.back().state)) {
      records.back().state = WorkerState::interrupted;
    }
  }
  return records;
}

// The signal may have ended its trainer before rank 0 got it.
bool CoordinatorHost::is_interrupted(Rank rank, WorkerState state) const {
  if (!interrupted_at_) return false;
  const auto has_just_left = [&](const Event& event) {
    return event.rank == rank && event.kind == EventKind::lost &&
           event.time >= *interrupted_at_ - signals_spread;
  };
  return state == WorkerState::working ||
         (state == WorkerState::left && std::ranges::any_of(events_.list(), has_just_left));
}

// Finally, tells workers that the coordinator has not released, which would wait for ever when they
// wake up. Does not wait for them.
void CoordinatorHost::leave() {
  over_ = true;
  bool all_gone = true;
  const std::vector<WorkerRecord> workers = worker_records();
  const JobRecord job = coordinator_->job();
  const JobEnd end = !coordinator_->finished()   ? JobEnd::given_up
                     : job.set_aside_samples > 0 ? JobEnd::incomplete
                                                 : JobEnd::complete;
  if (reception_) reception_->close(end);
  for (std::size_t i = 0; i < workers.size(); ++i) {
    if (reception_ && reception_->awaits(rank_of(i))) {
      all_gone = false;
      continue;
    }
    const bool is_closing = coordinator_->is_closing(rank_of(i));
    all_gone &= workers[i].state == WorkerState::finished && !is_closing;
    const bool told = coordinator_->finished() && !is_lost(workers[i].state) &&
                      workers[i].state != WorkerState::absent;
    if (!told) transport_.send(rank_of(i), Finish{end});
    if (is_closing || workers[i].state != WorkerState::finished) {
      transport_.send(rank_of(i), Closed{});
    }
  }
  if (!all_gone || !transport_.idle()) transport_.abandon();
}

BalanceReport CoordinatorHost::make_report(const JobRecord& job,
                                           const std::vector<WorkerRecord>& workers) const {
  BalanceReport report = make_balance_report(
      describe(*dataset_, coordinator_->options()), job, workers, hosts_, events_, job.bound_s,
      coordinator_->steps(), set_aside_samples(*dataset_, coordinator_->options(), set_aside_));
  report.learned = learned_files(*dataset_, coordinator_->learned_costs());
  report.prior = prior_agreement(coordinator_->options().policy, workers);
  report.learned_homes = learned_homes(*dataset_, coordinator_->learned_homes());
  if (asleep_) {
    const Duration run = clock_->now().time_since_epoch();
    report.coordinator_busy = to_seconds(run - *asleep_) / to_seconds(run);
  }
  return report;
}

void CoordinatorHost::publish(const JobRecord& job, const std::vector<WorkerRecord>& workers) {
  const BalanceReport report = make_report(job, workers);
  verdict_ = evenkeel::verdict(report);
  if (options_.print_report) {
    std::ostringstream table;  // in one piece, as others write to the same place
    write_table(report, table);
    std::cout << table.str() << std::flush;
  }
  for (JobObserver* const observer : observers_) observer->close();
  const bool is_empty = job.samples == 0 && ledger_ && ledger_->was_complete();
  for (const std::string& path : options_.reports) {
    std::error_code unknown;
    if (is_empty && std::filesystem::exists(path, unknown)) continue;  // it is better
    write_report_file(report, path);
  }
  if (report.job.set_aside_samples > 0) say(set_aside_text(report));
}

Rank CoordinatorHost::rank_of(std::size_t worker) const {
  return Rank(first_worker_.value() + static_cast<std::int32_t>(worker));
}

std::vector<Rank> CoordinatorHost::ranks_in(WorkerState state) const {
  std::vector<Rank> ranks;
  const std::vector<WorkerRecord> workers = worker_records();
  for (std::size_t i = 0; i < workers.size(); ++i) {
    if (workers[i].state == state) ranks.push_back(rank_of(i));
  }
  return ranks;
}

void CoordinatorHost::say_verdict() const {
  if (deaths_are_survived()) say(verdict_);
}

}  // namespace evenkeel
