#include "simulation/random_job.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <exception>
#include <map>
#include <set>
#include <utility>

#include "balance/policy_table.h"
#include "core/option_values.h"
#include "core/random.h"
#include "simulation/draws.h"
#include "simulation/latest_end.h"
#include "simulation/returned_workers.h"

namespace evenkeel {
namespace {

Shuffle random_shuffle(std::uint64_t seed) {
  Random random = stream(seed, 1);
  return static_cast<Shuffle>(random.below(4));
}

// Long jobs in which it may matter who does what file, and nobody says so.
bool hides_homes(std::uint64_t seed, std::int64_t samples) {
  Random random = stream(seed, 19);
  return chance(random, 0.15) && samples >= 1000;
}

std::string random_host(Random& random) { return fmt::format("h{}", random.below(6)); }

// Some files say which hosts hold them, in some datasets.
void add_hosts(std::uint64_t seed, std::int64_t samples, Manifest& manifest) {
  Random random = stream(seed, 16);
  if (chance(random, 0.4) || hides_homes(seed, samples)) return;
  const double share = random.uniform();
  for (std::int64_t file = 0; file < manifest.files.size(); ++file) {
    while (chance(random, share)) manifest.hosts.add(file, random_host(random));
  }
}

std::vector<std::string> random_hosts(std::uint64_t seed, std::int32_t workers) {
  Random random = stream(seed, 17);
  std::vector<std::string> hosts;
  hosts.reserve(static_cast<std::size_t>(workers));
  for (int i = 0; i < workers; ++i) hosts.push_back(random_host(random));
  return hosts;
}

// The manifest says nothing of them.
void add_untold_homes(const RandomJob& job, double away, ClusterProfile& cluster) {
  const CoordinatorOptions& options = job.options;
  const Homes homes =
      homes_to_learn(job.dataset, options.hosts, options.workers, options.first_worker);
  for (const WorkerIndex worker : homes.of_worker.indices()) {
    RankProfile& rank = cluster.ranks[static_cast<std::size_t>(worker.value())];
    for (std::int64_t file = 0; file < job.dataset.files(); ++file) {
      if (file % homes.count() != homes.of_worker[worker])
        rank.file_factors.push_back({file, away});
    }
  }
}

// Some files cost more or less than declared, and some do on the workers of other hosts.
void add_file_factors(std::uint64_t seed, const RandomJob& job, ClusterProfile& cluster) {
  Random random = stream(seed, 18);
  const Shuffle shuffle = job.options.order.shuffle;
  const bool walks = shuffle == Shuffle::block || shuffle == Shuffle::full;
  if (walks && job.dataset.samples() > 20'000) return;
  const bool learns = job.options.policy.kind == PolicyKind::adaptive;
  if (chance(random, learns ? 0.9 : 0.5)) {
    for (std::int64_t file = 0; file < job.dataset.files(); ++file) {
      if (chance(random, learns ? 0.25 : 0.1)) {
        cluster.file_factors.push_back(
            {file, log_uniform(random, 0.1, RandomJob::most_file_factor)});
      }
    }
  }
  const Homes& homes = job.options.homes;
  if (!chance(random, 0.7)) return;
  const double away = log_uniform(random, 1, RandomJob::most_away_factor);
  if (homes.empty() && job.options.deal == DealOrder::free) {
    add_untold_homes(job, away, cluster);
    return;
  }
  for (const WorkerIndex worker : homes.of_worker.indices()) {
    RankProfile& rank = cluster.ranks[static_cast<std::size_t>(worker.value())];
    for (const Homes::File& file : homes.files) {
      if (file.home != homes.of_worker[worker]) rank.file_factors.push_back({file.file, away});
    }
  }
}

Dataset random_dataset(std::uint64_t seed) {
  Random random = stream(seed, 2);
  const Shuffle shuffle = random_shuffle(seed);
  const bool equal_costs = chance(random, 0.5);
  // Unequal costs under a permutation are added up sample by sample.
  const bool walks = !equal_costs && (shuffle == Shuffle::block || shuffle == Shuffle::full);
  const auto samples = static_cast<std::int64_t>(log_uniform(random, 1, walks ? 2e4 : 3e6));
  const std::int64_t files =
      std::min(samples, static_cast<std::int64_t>(log_uniform(random, 1, 200)));
  Manifest manifest;
  manifest.name = "random";
  manifest.root = "/";
  std::int64_t left = samples;
  for (std::int64_t file = 0; file < files; ++file) {
    const std::int64_t most = left - (files - file - 1);
    const std::int64_t count = file == files - 1 ? left : whole(random, 1, most);
    left -= count;
    const double unit = equal_costs ? 1 : log_uniform(random, 0.1, 100);
    manifest.files.add(fmt::format("f{}", file), count, FileTable::unknown_bytes,
                       unit * static_cast<double>(count));
  }
  add_hosts(seed, samples, manifest);
  const double least_shard = std::max(1.0, static_cast<double>(samples) / 1e5);
  const auto shard = static_cast<std::int64_t>(log_uniform(random, least_shard, 1e6));
  return Dataset::cut(manifest, shard);
}

CoordinatorOptions random_options(std::uint64_t seed, const Dataset& dataset) {
  Random random = stream(seed, 3);
  CoordinatorOptions options;
  options.workers = static_cast<std::int32_t>(log_uniform(random, 1, 65));
  options.epochs = static_cast<std::int32_t>(whole(random, 1, 5));
  options.overlap = chance(random, 0.5) ? EpochOverlap::allowed : EpochOverlap::forbidden;
  const double any_steps = log_uniform(random, 1, 6000);
  const bool is_local = hides_homes(seed, dataset.samples());
  const double steps = is_local ? 6000 : any_steps;
  options.step_samples =
      1 + static_cast<std::int64_t>(static_cast<double>(dataset.samples()) / steps);
  options.order.shuffle = random_shuffle(seed);
  options.order.seed = seed;
  options.order.shuffle_block = static_cast<std::int64_t>(log_uniform(random, 1, 1e5));
  options.policy.kind = all_values<PolicyKind>()[random.below(all_values<PolicyKind>().size())];
  if (is_local) options.policy.kind = PolicyKind::adaptive;
  options.policy.seed = seed;
  if (entry_of(options.policy.kind).weights == WeightUse::rule && chance(random, 0.7)) {
    for (int i = 0; i < options.workers; ++i) {
      options.policy.weights.push_back(log_uniform(random, 0.1, 10));
    }
  }
  Random orders = stream(seed, 14);
  if (chance(orders, 0.4) || is_local) options.deal = DealOrder::free;
  if (options.deal == DealOrder::free && options.policy.kind == PolicyKind::adaptive) {
    options.hosts = random_hosts(seed, options.workers);
    options.homes = homes_of(dataset, options.hosts);
  }
  Random priors = stream(seed, 15);  // which may be right or wrong
  if (options.policy.kind == PolicyKind::adaptive && chance(priors, 0.4)) {
    for (int i = 0; i < options.workers; ++i) {
      options.policy.weights.push_back(log_uniform(priors, 0.01, 100));
    }
  }
  Random copies = stream(seed, 16);
  options.idempotent = options.policy.kind == PolicyKind::adaptive && chance(copies, 0.6);
  options.warmup_steps = static_cast<std::int32_t>(whole(random, 0, 3));
  if (chance(random, 0.3)) options.lease_deadline = from_seconds(log_uniform(random, 1e-3, 10));
  return options;
}

RankProfile random_rank(Random& random, double speed, double job_s, bool survives) {
  RankProfile rank;
  rank.speed = speed * log_uniform(random, 0.1, 1);
  rank.overhead = from_seconds(chance(random, 0.5) ? 0 : log_uniform(random, 1e-5, 1e-2));
  rank.noise = chance(random, 0.5) ? 0 : random.uniform() * 0.3;
  double at_s = 0;
  while (chance(random, 0.3)) {
    at_s += random.uniform() * job_s + 1e-6;
    rank.phases.push_back({instant_at(at_s), speed * log_uniform(random, 0.02, 2)});
  }
  at_s = 0;
  while (chance(random, 0.2)) {
    const double from_s = at_s + random.uniform() * job_s;
    at_s = from_s + log_uniform(random, 1e-3, 30);
    rank.hangs.push_back({instant_at(from_s), instant_at(at_s)});
    at_s += 1e-6;
  }
  if (!survives && chance(random, 0.15)) rank.dies_at = instant_at(random.uniform() * job_s);
  return rank;
}

bool has_file_factors(const ClusterProfile& cluster) {
  return !cluster.file_factors.empty() ||
         std::ranges::any_of(cluster.ranks,
                             [](const RankProfile& rank) { return !rank.file_factors.empty(); });
}

// Thrown into a simulation that would not end.
struct TooManyTurns {};

class Checker final : public SimulationObserver {
 public:
  Checker(const RandomJob& job, std::int64_t most_turns, std::vector<std::string>& faults)
      : job_(job),
        most_turns_(most_turns),
        faults_(faults),
        returned_(job.cluster),
        busy_until_(static_cast<std::size_t>(job.options.workers)) {}

  void on_step(Rank rank, Pass pass, Interval interval, Instant start, Instant end,
               bool failed) override {
    Instant& busy_until = busy_until_[static_cast<std::size_t>(rank.value() - 1)];
    if (start < busy_until) fault("rank {} works on two steps at once", rank.value());
    busy_until = end;
    check_start(rank, start);
    last_end_ = std::max(last_end_, end);
    const std::int64_t step = job_.options.step_samples;
    const bool whole_step =
        interval.samples() == step || interval.end == Position(job_.dataset.samples());
    if (interval.begin.value() % step != 0 || !whole_step) {
      fault("a step from {} to {} is off the grid", interval.begin.value(), interval.end.value());
    }
    last_failed_[rank] = failed;
    if (failed) {
      failures_[{pass, interval.begin}].push_back(rank);
      samples_failed_ += interval.samples();
    } else {
      ++steps_by_[{rank, pass, interval.begin}];
      returned_.on_step_done(rank, pass, interval, start);
      able_.insert(rank);
      samples_worked_ += interval.samples();
    }
  }

  void on_span(const Span& span) override { spans_[span.pass].push_back(span); }
  void on_set_aside(const SetAside& set_aside) override {
    set_aside_.push_back(set_aside);
    new_set_aside_.push_back(set_aside);
  }
  void on_event(const Event& event) override {
    returned_.on_event(event);
    if (event.kind == EventKind::lost) lost_.insert(event.rank);
    if (event.kind == EventKind::copied) {
      if (!job_.options.idempotent) fault("rank {} copies a step", event.rank.value());
      races_.emplace_back(event.rank, event.holder);
      ++copies_;
    }
    if (event.kind != EventKind::fenced) return;
    const RankProfile& rank = job_.cluster.ranks[static_cast<std::size_t>(event.rank.value() - 1)];
    if (!rank.cut_to_coordinator.empty() || !rank.cut_to_rank.empty()) ++back_from_a_cut_;
  }

  void on_coordinator(const LeaseCoordinator& coordinator) override {
    if (++turns_ % 61 == 0) coordinator.book().check_invariants();
    for (const SetAside& set_aside : new_set_aside_) check_set_aside(set_aside, coordinator);
    new_set_aside_.clear();
    std::erase_if(races_, [&](const auto& race) { return is_over(race, coordinator); });
    if (turns_ <= most_turns_) return;
    fault("no end after {} turns of the coordinator", most_turns_);
    throw TooManyTurns();
  }

  std::int64_t turns() const { return turns_; }

  // Luck beats the bound, and so does an overhead that falls into a slow time or into large steps.
  bool is_bounded() const {
    const bool even = job_.dataset.uniform_cost() && !has_file_factors(job_.cluster);
    return std::all_of(job_.cluster.ranks.begin(), job_.cluster.ranks.end(),
                       [&](const RankProfile& rank) {
                         const bool steady = even && rank.phases.empty();
                         return rank.noise == 0 && (steady || rank.overhead == Duration::zero());
                       });
  }

  void check(const SimulationResult& result) {
    only_failures_ = result.only_failures;
    if (result.complete != (set_aside_.empty() && !only_failures_)) {
      fault("complete: {}", result.complete);
    }
    const HeldUp& held_up = result.held_up;
    if (only_failures_ && held_up.by_standstills + held_up.to_coordinator == 0) check_given_up();
    const double latest_s = latest_end_s(job_, result);
    if (to_seconds(last_end_) > latest_s) {
      fault("still at work after {} s, beyond {} s", to_seconds(last_end_), latest_s);
    }
    if (is_plainly_suspended(result) && !lost_.empty()) fault("a rank is lost for a suspension");
    if (is_bounded() && !only_failures_ && result.makespan_s < result.bound_s * (1 - 1e-6) - 1e-6) {
      fault("{} s is less than the bound, {} s", result.makespan_s, result.bound_s);
    }
    std::int64_t done = 0;
    for (std::int32_t epoch = 0; epoch < job_.options.epochs; ++epoch) {
      done += check_pass(pass_of(epoch));
    }
    if (!only_failures_) check_the_returned();
    if (result.job.samples_done != done) fault("{} samples counted", result.job.samples_done);
    if (result.job.set_aside_samples != samples_set_aside_) {
      fault("{} samples counted as set aside", result.job.set_aside_samples);
    }
    if (samples_worked_ < done) fault("{} samples worked on", samples_worked_);
    if (lost_.empty() && copies_ == 0 && samples_worked_ != done) {
      fault("{} samples worked on, though nobody was lost", samples_worked_);
    }
    const std::int64_t begun = copies_ * job_.options.step_samples;  // and not ended, at most
    if (samples_worked_ + samples_failed_ + begun <
        done + result.job.wasted_samples + Attempts::most * samples_set_aside_) {
      fault("more counted than worked on");
    }
  }

  std::int64_t steps_done_after_a_failure() const { return steps_done_after_a_failure_; }
  // Nothing but that has happened, nor could anybody have been given up for a long step.
  bool is_plainly_suspended(const SimulationResult& result) const {
    return job_.suspension == Disturbances::Suspension::alone && !job_.options.lease_deadline &&
           job_.dataset.uniform_cost() && result.slowest_step_s < 0.5 &&
           result.held_up.by_standstills > 0;
  }
  std::int64_t back_from_a_cut() const { return back_from_a_cut_; }
  std::size_t late() const { return late_.size(); }
  std::size_t lost() const { return lost_.size(); }
  std::int64_t copies() const { return copies_; }
  std::int64_t copies_won() const { return copies_won_; }
  std::int64_t copies_lost() const { return copies_lost_; }
  std::int64_t set_aside_by_three() const { return set_aside_by_three_; }

 private:
  // Not before enough workers have come, unless some never will.
  void check_start(Rank rank, Instant start) {
    if (job_.options.start_with == 0) return;
    const auto has_come = [&](const RankProfile& one) {
      return one.hangs.empty() || one.hangs.front().from > Instant() ||
             one.hangs.front().to <= start;
    };
    const auto have_come = std::ranges::count_if(job_.cluster.ranks, has_come);
    if (have_come < job_.options.start_with && lost_.empty()) {
      fault("rank {} works when {} workers have come", rank.value(), have_come);
    }
    begun_at_ = std::min(begun_at_, start);
    const RankProfile& own = job_.cluster.ranks[static_cast<std::size_t>(rank.value() - 1)];
    if (!own.hangs.empty() && own.hangs.front().from == Instant() &&
        own.hangs.front().to > begun_at_) {
      late_.insert(rank);
    }
  }

  // A race of a copier with the holder of a step. It may also end without a loser.
  bool is_over(const std::pair<Rank, Rank>& race, const LeaseCoordinator& coordinator) {
    const auto is_outrun = [&](Rank rank) {
      return coordinator.attendance().of(index_of(rank, Rank(1))) == WorkerLife::outrun;
    };
    const auto [copier, holder] = race;
    copies_won_ += is_outrun(holder) ? 1 : 0;
    copies_lost_ += is_outrun(copier) ? 1 : 0;
    return is_outrun(holder) || is_outrun(copier) || lost_.contains(holder) ||
           lost_.contains(copier);
  }

  // A step, tried often enough, by as many workers as there were or might come back, one of which
  // had done others.
  void check_set_aside(const SetAside& set_aside, const LeaseCoordinator& coordinator) {
    spans_[set_aside.pass].push_back(
        {set_aside.pass, set_aside.interval, Rank(-1), LeaseId(), Instant(), Instant()});
    samples_set_aside_ += set_aside.interval.samples();
    const auto failures = failures_.find({set_aside.pass, set_aside.interval.begin});
    const std::size_t attempts = failures == failures_.end() ? 0 : failures->second.size();
    const std::int64_t begin = set_aside.interval.begin.value();
    if (attempts < Attempts::most || (lost_.empty() && attempts > most_attempts())) {
      fault("{} is set aside after {} attempts", begin, attempts);
      return;
    }
    const std::set<Rank> ranks(failures->second.begin(), failures->second.end());
    std::size_t might_try = 0;
    for (const WorkerIndex worker : WorkerRange(job_.options.workers)) {
      const WorkerLife life = coordinator.attendance().of(worker);
      if (is_here(life) || life == WorkerLife::lost) ++might_try;
    }
    if (ranks.size() < std::min<std::size_t>(Attempts::most, might_try)) {
      fault("{} is set aside after attempts of {} workers only", begin, ranks.size());
    }
    if (std::ranges::none_of(ranks, [&](Rank rank) { return able_.contains(rank); })) {
      fault("{} is set aside for workers that do nothing", begin);
    }
    if (ranks.size() >= Attempts::most) ++set_aside_by_three_;
  }

  // A step that was done, and did not have to be set aside.
  void check_done(const Span& span, Position at) {
    if (!steps_by_.contains({span.rank, span.pass, at})) {
      fault("rank {} never worked on {}", span.rank.value(), at.value());
    }
    const auto failures = failures_.find({span.pass, at});
    if (failures == failures_.end()) return;
    ++steps_done_after_a_failure_;
    if (lost_.empty() && failures->second.size() > most_attempts()) {
      fault("{} was tried {} times in vain", at.value(), failures->second.size());
    }
  }

  // Beyond the limit, only those try a step that are able, each once.
  std::size_t most_attempts() const { return Attempts::most_tries + busy_until_.size(); }

  // Whoever lived had failed its last step.
  void check_given_up() {
    for (const auto& [rank, failed] : last_failed_) {
      if (!failed && !lost_.contains(rank)) fault("given up, but rank {} works", rank.value());
    }
  }

  // Once spans are in order.
  void check_the_returned() {
    returned_.visit_steps([this](Rank rank, Pass pass, Position at) {
      const std::vector<Span>& spans = spans_[pass];
      const auto next = std::ranges::upper_bound(
          spans, at, {}, [](const Span& span) { return span.interval.begin; });
      if (next == spans.begin() || std::prev(next)->rank != rank) {
        fault("rank {} has come back, and does {} in vain", rank.value(), at.value());
      }
    });
  }

  // The spans, and what was set aside, which is of no rank.
  std::int64_t check_pass(Pass pass) {
    std::int64_t done = 0;
    std::vector<Span>& spans = spans_[pass];
    std::sort(spans.begin(), spans.end(),
              [](const Span& a, const Span& b) { return a.interval.begin < b.interval.begin; });
    Position reached;
    for (const Span& span : spans) {
      if (span.interval.begin != reached && !(only_failures_ && span.interval.begin > reached)) {
        fault("epoch {}: {} follows on {}", pass.epoch.value(), span.interval.begin.value(),
              reached.value());
      }
      reached = span.interval.end;
      if (span.rank == Rank(-1)) continue;
      done += span.interval.samples();
      const std::int64_t step = job_.options.step_samples;
      for (Position at = span.interval.begin; at < span.interval.end; at = at + step) {
        check_done(span, at);
      }
    }
    if (reached != Position(job_.dataset.samples()) && !only_failures_) {
      fault("epoch {} ends at {}", pass.epoch.value(), reached.value());
    }
    return done;
  }

  template <typename... Values>
  void fault(fmt::format_string<Values...> text, Values&&... values) {
    if (faults_.size() < 5) faults_.push_back(fmt::format(text, std::forward<Values>(values)...));
  }

  const RandomJob& job_;
  std::int64_t most_turns_;
  std::vector<std::string>& faults_;
  ReturnedWorkers returned_;
  std::vector<Instant> busy_until_;
  Instant last_end_{};  // of all steps
  Instant begun_at_ = Instant::max();
  std::set<Rank> late_;
  std::map<Pass, std::vector<Span>> spans_;
  std::map<std::tuple<Rank, Pass, Position>, int> steps_by_;
  std::map<std::pair<Pass, Position>, std::vector<Rank>> failures_;
  std::vector<SetAside> set_aside_;
  std::vector<SetAside> new_set_aside_;  // in this turn of the coordinator
  std::map<Rank, bool> last_failed_;     // of a rank's steps
  std::set<Rank> able_;                  // that have done a step
  bool only_failures_ = false;
  std::set<Rank> lost_;
  std::int64_t samples_worked_ = 0;
  std::int64_t samples_failed_ = 0;
  std::int64_t samples_set_aside_ = 0;
  std::int64_t steps_done_after_a_failure_ = 0;
  std::int64_t set_aside_by_three_ = 0;
  std::int64_t back_from_a_cut_ = 0;
  std::vector<std::pair<Rank, Rank>> races_;  // copiers and holders
  std::int64_t copies_ = 0;
  std::int64_t copies_won_ = 0;
  std::int64_t copies_lost_ = 0;
  std::int64_t turns_ = 0;
};

}  // namespace

ClusterProfile random_cluster(std::uint64_t seed, const Dataset& dataset,
                              const CoordinatorOptions& options) {
  Random random = stream(seed, 4);
  ClusterProfile cluster;
  cluster.latency = from_seconds(log_uniform(random, 1e-6, 0.1));
  const double job_s = log_uniform(random, 0.01, 100);
  const double speed = dataset.cost() * options.epochs / options.workers / job_s * 2;
  const std::int64_t survivor = whole(random, 0, options.workers - 1);
  for (int i = 0; i < options.workers; ++i) {
    cluster.ranks.push_back(random_rank(random, speed, job_s, i == survivor));
  }
  return cluster;
}

// Steps that fail by chance, on one worker or on all, and workers that leave early. Drawn apart
// from the rest, so that the jobs are otherwise what they would be without.
void add_failures(std::uint64_t seed, ClusterProfile& cluster) {
  Random random = stream(seed, 5);
  const auto survivor = std::ranges::find_if(
      cluster.ranks, [](const RankProfile& rank) { return !rank.dies_at.has_value(); });
  const double job_s = log_uniform(random, 0.01, 100);
  for (auto rank = cluster.ranks.begin(); rank != cluster.ranks.end(); ++rank) {
    if (chance(random, 0.2)) rank->fails = log_uniform(random, 1e-3, 0.7);
    if (chance(random, 0.03)) rank->fails = 1;
    if (rank != survivor && chance(random, 0.05)) {
      rank->leaves_at = instant_at(random.uniform() * job_s);
    }
  }
  cluster.poison_seed = seed;
  if (chance(random, 0.3)) cluster.poison = log_uniform(random, 1e-4, 0.3);
  if (chance(random, 0.02)) cluster.poison = 1;
}

// One rank fails every step at once, while all others are silent for a time: a pause of a file
// system, a partition.
bool add_black_hole(std::uint64_t seed, ClusterProfile& cluster) {
  Random random = stream(seed, 7);
  if (cluster.ranks.size() < 2 || !chance(random, 0.08)) return false;
  const double from_s = random.uniform() * 20;
  const double to_s = from_s + 5 + 25 * random.uniform();
  for (RankProfile& rank : cluster.ranks) {
    rank.fails = 0;
    rank.hangs = {{instant_at(from_s), instant_at(to_s)}};
    rank.dies_at.reset();
    rank.leaves_at.reset();
    rank.restarts.clear();
  }
  RankProfile& hole = cluster.ranks[random.below(cluster.ranks.size())];
  hole.hangs.clear();
  hole.fails = 1;
  hole.speed *= 400;
  cluster.poison = 0;
  return true;
}

// Trainers that die, and are started again.
void add_restarts(std::uint64_t seed, ClusterProfile& cluster) {
  Random random = stream(seed, 8);
  if (!chance(random, 0.2)) return;
  const double job_s = log_uniform(random, 0.01, 100);
  for (RankProfile& rank : cluster.ranks) {
    double from_s = random.uniform() * job_s;
    while (chance(random, 0.5)) {
      const double to_s = from_s + log_uniform(random, 1e-3, 10);
      rank.restarts.push_back({instant_at(from_s), instant_at(to_s)});
      from_s = to_s + random.uniform() * job_s;
    }
  }
}

RandomJob::RandomJob(std::uint64_t job_seed)
    : seed(job_seed),
      dataset(random_dataset(job_seed)),
      cluster(),
      options(random_options(job_seed, dataset)) {
  cluster = random_cluster(job_seed, dataset, options);
  add_file_factors(job_seed, *this, cluster);
  add_failures(job_seed, cluster);
  add_restarts(job_seed, cluster);
  has_black_hole = add_black_hole(job_seed, cluster);
  disturb();
  come_late();
  options.predictor =
      all_values<PredictorKind>()[stream(job_seed, 6).below(all_values<PredictorKind>().size())];
}

void count_disturbances(const RandomJob& job, const SimulationResult& result, Happened& happened) {
  const HeldUp& held_up = result.held_up;
  if (held_up.by_standstills > 0) {
    ++(job.suspension == Disturbances::Suspension::none ? happened.standstills
                                                        : happened.suspensions);
  }
  happened.cut_to_coordinator += held_up.to_coordinator;
  happened.cut_to_ranks += held_up.to_ranks;
  happened.cut_for_ever += held_up.for_ever > 0 ? 1 : 0;
  happened.lies += result.lies;
  happened.refusals += result.refusals;
  const std::array<std::int64_t, 7> ways{result.deaths,   result.departures, result.hangs,
                                         result.restarts, held_up.for_ever,  result.lies,
                                         result.failures};
  const auto seen = std::ranges::count_if(ways, [](std::int64_t times) { return times > 0; });
  if (job.has_victims && seen >= 3) ++happened.several_victims;
}

void RandomJob::disturb() {
  const auto lives = [](const RankProfile& rank) { return !rank.dies_at && !rank.leaves_at; };
  const auto survivor =
      static_cast<std::size_t>(std::ranges::find_if(cluster.ranks, lives) - cluster.ranks.begin());
  Random random = stream(seed, 9);
  const double job_s = log_uniform(random, 0.01, 100);
  const Disturbances disturbances(seed, job_s, 1000);
  has_victims = !has_black_hole && disturbances.add_victims(cluster, survivor);
  if (!has_black_hole) disturbances.add_lies(cluster, survivor);
  disturbances.add_standstill(cluster);
  disturbances.add_cuts(cluster, survivor);
  suspension = disturbances.add_suspension(cluster);
  if (suspension == Disturbances::Suspension::alone) has_black_hole = has_victims = false;
}

// It begins with some of its workers. Others come later, perhaps after the end, or die before.
void RandomJob::come_late() {
  Random random = stream(seed, 16);
  if (has_black_hole || suspension != Disturbances::Suspension::none) return;
  if (!chance(random, 0.25)) return;
  options.start_with = static_cast<std::int32_t>(whole(random, 1, options.workers));
  const double job_s = log_uniform(random, 0.01, 100);
  for (RankProfile& rank : cluster.ranks) {
    if (!chance(random, 0.4)) continue;
    const Instant start = instant_at(random.uniform() * job_s);
    std::vector<RankProfile::Hang> absences{{Instant(), start}};
    for (const RankProfile::Hang& hang : rank.hangs) {
      if (hang.from > start) absences.push_back(hang);
    }
    rank.hangs = std::move(absences);
  }
}

std::vector<std::string> check_job(const RandomJob& job, Happened& happened,
                                   std::int64_t most_turns) {
  std::vector<std::string> faults;
  Checker checker(job, most_turns, faults);
  SimulationResult result;
  try {
    result = simulate(job.dataset, job.cluster, job.options, job.seed, &checker);
  } catch (const TooManyTurns&) {
    return faults;
  } catch (const std::exception& error) {
    return {error.what()};
  }
  checker.check(result);
  happened.most_turns = std::max(happened.most_turns, checker.turns());

  ++happened.jobs;
  happened.hangs += result.hangs;
  happened.deaths += result.deaths;
  happened.failures += result.failures;
  happened.set_aside_samples += result.job.set_aside_samples;
  happened.only_failures += result.only_failures ? 1 : 0;
  const bool are_all_lost = checker.lost() + 1 == job.cluster.ranks.size();
  if (job.has_black_hole && are_all_lost && result.failures > 0) ++happened.black_holes;
  happened.set_aside_by_three += checker.set_aside_by_three();
  happened.done_after_a_failure += checker.steps_done_after_a_failure();
  happened.departures += result.departures;
  happened.restarts += result.restarts;
  count_disturbances(job, result, happened);
  happened.lone_suspensions += checker.is_plainly_suspended(result) ? 1 : 0;
  happened.back_from_a_cut += checker.back_from_a_cut();
  happened.late += static_cast<std::int64_t>(checker.late());
  happened.absent += std::ranges::count_if(result.workers, [](const WorkerRecord& worker) {
    return worker.state == WorkerState::absent;
  });
  happened.wasted_samples += result.job.wasted_samples;
  happened.redone_samples += result.job.redone_samples;
  happened.trims += result.job.trims;
  happened.copies_won += checker.copies_won();
  happened.copies_lost += checker.copies_lost();
  happened.copies_without_a_loser +=
      checker.copies() - checker.copies_won() - checker.copies_lost();
  happened.learned_files += result.learned.empty() ? 0 : 1;
  happened.homes += job.options.homes.empty() ? 0 : 1;
  happened.learned_homes += result.learned_homes.files.empty() ? 0 : 1;
  happened.held_to_the_bound += checker.is_bounded() ? 1 : 0;
  happened.fewer_samples_than_workers += job.dataset.samples() < job.options.workers ? 1 : 0;
  for (const Event& event : result.events.list()) {
    happened.lost += event.kind == EventKind::lost ? 1 : 0;
    happened.fenced += event.kind == EventKind::fenced ? 1 : 0;
    const bool change = event.kind == EventKind::slower || event.kind == EventKind::faster;
    happened.changes_of_speed += change ? 1 : 0;
  }
  return faults;
}

}  // namespace evenkeel
