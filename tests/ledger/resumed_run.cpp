#include "ledger/resumed_run.h"

#include <fmt/core.h>

#include <algorithm>
#include <fstream>
#include <map>
#include <set>
#include <sstream>

#include "core/random.h"
#include "evenkeel/error.h"
#include "ledger/done_spans.h"
#include "ledger/ledger_database.h"
#include "simulation/draws.h"

namespace evenkeel {
namespace {

// Thrown into a simulation that is cut off.
struct CutOff {};

// Writes the ledger as a host does, and knows what workers had done when they called for
// checkpoints.
class Recorder final : public SimulationObserver {
 public:
  Recorder(Ledger& ledger, const JobCourse& course, std::uint64_t seed, JobOutcome& end)
      : ledger_(ledger),
        course_(course),
        random_(stream(seed, 77)),
        troubles_(stream(seed, 78)),
        end_(end) {}

  void on_span(const Span& span) override { ledger_.add(span); }
  void on_event(const Event& event) override {
    ledger_.add(event);
    if (event.kind == EventKind::voided) voided_.emplace(event.tag.text());
  }
  void on_checkpoint(const CheckpointRecord& record) override { checkpoints_.push_back(record); }

  void on_step(Rank rank, Pass pass, Interval interval, Instant /*start*/, Instant /*end*/,
               bool failed) override {
    if (failed) return;
    done_by_[rank].push_back({pass, interval});
    done_.emplace(pass, interval.begin);
  }

  std::optional<CheckpointTag> checkpoint_of(Rank rank, Instant /*now*/) override {
    if (course_.checkpoints == 0) return std::nullopt;
    if (called_.empty() || chance(random_, course_.checkpoints)) {
      called_.push_back({fmt::format("t{}", called_.size()), {}, done_.size()});
    }
    Call& call = called_.back();
    if (call.done_before.contains(rank)) return std::nullopt;
    call.done_before[rank] = done_by_[rank].size();
    return CheckpointTag::from(call.tag);
  }

  void on_coordinator(const LeaseCoordinator& coordinator) override {
    for (const CheckpointRecord& record : checkpoints_) {
      check(record, coordinator);
      if (try_to([&] { ledger_.commit(figures_of(coordinator, 0), record); })) {
        end_.tags.emplace_back(record.tag.text());
      }
    }
    checkpoints_.clear();
    if (chance(random_, course_.commits)) {
      static_cast<void>(try_to([&] { ledger_.commit(figures_of(coordinator, 0)); }));
    }
    if (++turns_ == course_.turns) throw CutOff();
  }

 private:
  // While somebody has the file elsewhere, gives it a second name, removes its log or touches it.
  // The first two are refused, the others made good. Whether it was written.
  template <typename Work>
  bool try_to(Work work) {
    if (!chance(troubles_, course_.troubles)) {
      work();
      return true;
    }
    const std::filesystem::path path = ledger_.path();
    const std::filesystem::path other = path.string() + ".other";
    const std::uint64_t trouble = troubles_.below(4);
    if (trouble == 0) std::filesystem::rename(path, other);
    if (trouble == 1) std::filesystem::create_hard_link(path, other);
    if (trouble == 2) std::filesystem::remove(path.string() + "-wal");
    if (trouble == 3) std::filesystem::last_write_time(path, {});
    bool is_refused = false;
    try {
      work();
    } catch (const UserError&) {
      is_refused = true;
    }
    if (trouble == 0) std::filesystem::rename(other, path);
    if (trouble == 1) std::filesystem::remove(other);
    if (is_refused != (trouble < 2)) {
      end_.faults.push_back(fmt::format("trouble {} was not met as it should be", trouble));
    }
    end_.refused += is_refused ? 1 : 0;
    return !is_refused;
  }

  struct Call {
    std::string tag;
    std::map<Rank, std::size_t> done_before;  // steps of each that has called
    std::size_t steps_done = 0;               // by all, before the first call
  };
  struct DoneStep {
    Pass pass;
    Interval interval;
  };

  // No step that a worker did after its call is in the checkpoint, unless somebody else did it.
  void check(const CheckpointRecord& record, const LeaseCoordinator& coordinator) {
    const auto call = std::ranges::find(called_, record.tag.text(), &Call::tag);
    if (call == called_.end()) {
      end_.faults.push_back(fmt::format("nobody has called for {}", record.tag.text()));
      return;
    }
    std::set<std::pair<Pass, Position>> before;
    std::set<std::pair<Pass, Position>> after;
    for (const auto& [rank, steps] : done_by_) {
      const auto calls = call->done_before.find(rank);
      const WorkerState state = coordinator.worker(rank).state;
      // If it was voided, it may have begun anew then.
      const bool is_after_end = call->steps_done == done_.size() || voided_.contains(call->tag);
      const bool has_closed =
          is_after_end && state == WorkerState::finished && !coordinator.is_closing(rank);
      const bool has_not_come = state == WorkerState::absent;
      const bool lost = is_lost(state) || has_closed || has_not_come;
      // What a lost worker has reported counts; a call of its own is void. One that has closed has
      // done nothing after its call, if there was one.
      const bool counts_all = lost || calls == call->done_before.end();
      const std::size_t count = counts_all ? steps.size() : calls->second;
      if (calls == call->done_before.end() && !lost) {
        end_.faults.push_back(fmt::format("rank {} has not called for {}, and lives", rank.value(),
                                          record.tag.text()));
      }
      for (std::size_t i = 0; i < steps.size(); ++i) {
        (i < count ? before : after).emplace(steps[i].pass, steps[i].interval.begin);
      }
    }
    for (const auto& [pass, begin] : after) {
      if (before.contains({pass, begin})) continue;
      const auto part = record.done.parts.find(pass);
      const bool is_in =
          pass < pass_of(record.done.whole_epochs) ||
          (part != record.done.parts.end() && part->second.gaps({begin, begin + 1}).empty());
      if (is_in) {
        end_.faults.push_back(fmt::format("{} of epoch {} came after the call for {}, and is in it",
                                          begin.value(), pass.epoch.value(), record.tag.text()));
      }
    }
  }

  Ledger& ledger_;
  JobCourse course_;
  Random random_;
  Random troubles_;
  JobOutcome& end_;
  std::vector<CheckpointRecord> checkpoints_;
  std::vector<Call> called_;
  std::set<std::pair<Pass, Position>> done_;  // each once, though a lost worker may do it again
  std::set<std::string> voided_;              // tags
  std::map<Rank, std::vector<DoneStep>> done_by_;
  std::int64_t turns_ = 0;
};

}  // namespace

JobOutcome run_job(const std::filesystem::path& ledger_path, const Dataset& dataset,
                   const ClusterProfile& cluster, const CoordinatorOptions& options,
                   const JobCourse& course, std::uint64_t seed) {
  JobOutcome end;
  Ledger ledger(ledger_path.string(), {{"seed", std::to_string(options.order.seed)}},
                course.resume);
  CoordinatorOptions job = options;
  job.done = ledger.start().done;
  job.last_lease = ledger.start().last_lease();
  job.keeps_checkpoints = true;
  ledger.begin(describe(dataset, job), std::nullopt,
               std::vector<std::string>(static_cast<std::size_t>(job.workers), "host"));
  {
    SQLite::Database reader = open_ledger_to_read(ledger_path.string());
    if (done_in_spans(reader, ledger_path.string()) != job.done) {
      end.faults.emplace_back("the spans that count are not what the job begins with");
    }
  }
  Recorder recorder(ledger, course, seed, end);
  try {
    const SimulationResult result = simulate(dataset, cluster, job, seed, &recorder);
    const LeaseCoordinator nothing_done(dataset, job);
    JobFigures last = figures_of(nothing_done, 0);
    last.job = result.job;
    last.workers = result.workers;
    last.open.clear();
    ledger.end(last, result.complete);
    end.is_over = result.complete;
    const bool has_gone_wrong =
        result.job.set_aside_samples > 0 || result.departures > 0 || result.only_failures;
    if (!result.complete && !has_gone_wrong) {
      end.faults.emplace_back("the job did not end complete");
    }
    end.set_aside_samples = result.job.set_aside_samples;
  } catch (const CutOff&) {
  }
  return end;
}

std::int64_t refused_flips(const std::filesystem::path& ledger, const JobIdentity& identity,
                           const std::string& resume, std::uint64_t seed,
                           std::vector<std::string>& faults) {
  const RunStart intact = Ledger(ledger.string(), identity, resume).start();
  std::ostringstream read;
  read << std::ifstream(ledger, std::ios::binary).rdbuf();
  const std::string whole = std::move(read).str();
  const auto write = [&](const std::string& bytes) {
    std::ofstream(ledger, std::ios::binary | std::ios::trunc) << bytes;
  };
  constexpr int flips = 20;
  std::int64_t refused = 0;
  Random random = stream(seed, 79);
  for (int flip = 0; flip < flips; ++flip) {
    std::string bytes = whole;
    const std::size_t place = bytes.find_first_not_of('\0', random.below(bytes.size()));
    if (place == std::string::npos) continue;  // most of it is empty
    bytes[place] = static_cast<char>(bytes[place] ^ (1 << random.below(8)));
    write(bytes);
    try {
      const RunStart start = Ledger(ledger.string(), identity, resume).start();
      if (start.done != intact.done || start.generation != intact.generation ||
          start.incarnation != intact.incarnation || start.checkpoint != intact.checkpoint) {
        faults.push_back(fmt::format("a flipped bit of byte {} went unnoticed", place));
      }
    } catch (const UserError&) {
      ++refused;
    }
  }
  write(whole);
  return refused;
}

std::vector<std::string> faults_of_spans(const std::filesystem::path& ledger,
                                         const Dataset& dataset, std::int32_t epochs) {
  SQLite::Database reader = open_ledger_to_read(ledger.string());
  const DoneWork done = done_in_spans(reader, ledger.string());
  if (done.whole_epochs == epochs && done.parts.empty()) return {};
  return {fmt::format("{} of {} epochs of {} samples are whole, and of {} there are parts",
                      done.whole_epochs, epochs, dataset.samples(), done.parts.size())};
}

}  // namespace evenkeel
