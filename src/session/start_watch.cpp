#include "session/start_watch.h"

#include <fmt/format.h>
#include <pthread.h>
#include <signal.h>

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <string>
#include <vector>

#include "report/verdict.h"
#include "session/end_messages.h"
#include "session/finalize_rendezvous.h"
#include "session/job_end.h"
#include "session/launcher.h"
#include "session/machine_siblings.h"

namespace evenkeel {
namespace {

using std::chrono::seconds;

constexpr seconds between_looks{1};

// Most jobs have started by then, and nobody has looked.
constexpr seconds before_first_look{3};

constexpr seconds before_given_up{30};

// For the first rank of this machine to say so, and to end the job.
constexpr seconds before_others_end{10};

// For mpirun to end all ranks, this one too.
constexpr seconds longest_end{45};

std::atomic<int> watches{0};
std::atomic<std::uint32_t> stage{0};
std::atomic<Duration::rep> longest_stage{0};

std::vector<Rank> ranks_of(const std::vector<MachineSiblings::Process>& processes) {
  std::vector<Rank> ranks;
  for (const auto& one : processes) {
    if (std::find(ranks.begin(), ranks.end(), Rank(one.rank)) == ranks.end()) {
      ranks.emplace_back(one.rank);
    }
  }
  std::sort(ranks.begin(), ranks.end());
  return ranks;
}

std::string stopped_text(const MachineSiblings::Look& look) {
  const std::vector<Rank> ranks = ranks_of(look.stopped);
  return fmt::format("{} stopped by a signal (process {})",
                     ranks_text(ranks) + (ranks.size() == 1 ? " is" : " are"),
                     look.stopped.front().id);
}

std::string gone_text(const MachineSiblings& siblings) {
  std::vector<Rank> ranks;
  for (const int rank : siblings.missing_ranks()) ranks.emplace_back(rank);
  if (ranks.empty()) return "a rank of this machine has ended";
  return ranks_text(ranks) + (ranks.size() == 1 ? " has ended" : " have ended");
}

// mpirun ends all ranks, and returns 1. It would wake those that are stopped before it ends them.
[[noreturn]] void end_start(const MachineSiblings::Look& look) {
  const pid_t launcher = Launcher::process();
  if (launcher > 0) {
    limit_launcher();
    ::kill(launcher, SIGTERM);
  }
  for (const auto& one : look.stopped) ::kill(one.id, SIGKILL);
  if (launcher > 0) std::this_thread::sleep_for(longest_end);
  end_job(1);
}

}  // namespace

StartWatch::StartWatch() {
  if (watches.fetch_add(1) > 0) return;
  limit(until_all_met);
  if (!Launcher::of_this_process().exists()) return;
  sigset_t all;
  sigset_t before;
  ::sigfillset(&all);
  ::pthread_sigmask(SIG_SETMASK, &all, &before);  // signals are for the program's own threads
  thread_ = std::thread([this] { watch(); });
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

StartWatch::~StartWatch() {
  --watches;
  if (!thread_.joinable()) return;
  {
    const std::scoped_lock lock(mutex_);
    is_over_ = true;
  }
  wakes_.notify_one();
  thread_.join();
}

void StartWatch::limit(Duration longest) {
  longest_stage = longest.count();
  ++stage;
}

void StartWatch::watch() {
  std::unique_lock lock(mutex_);
  if (wakes_.wait_for(lock, before_first_look, [this] { return is_over_; })) return;
  const std::optional<MachineSiblings> siblings = MachineSiblings::of_this_process();
  TimeAwake time;
  Duration well_at = time.now();
  Duration stage_began = well_at;
  std::uint32_t stage_seen = stage;
  while (!wakes_.wait_for(lock, between_looks, [this] { return is_over_; })) {
    const Duration now = time.now();
    if (stage_seen != stage) {
      stage_seen = stage;
      stage_began = now;
    }
    MachineSiblings::Look look;
    if (siblings) look = siblings->look();
    if (look.stopped.empty() && !look.is_one_gone) well_at = now;
    const bool is_late = now - stage_began > Duration(longest_stage);
    if (now - well_at < before_given_up && !is_late) continue;
    const std::vector<int> at_work = siblings ? siblings->ranks_at_work() : std::vector<int>();
    const bool is_first = at_work.empty() || at_work.front() == siblings->own_rank();
    if (!is_first && wakes_.wait_for(lock, before_others_end, [this] { return is_over_; })) return;
    const std::string why = !look.stopped.empty() ? stopped_text(look)
                            : look.is_one_gone    ? gone_text(*siblings)
                                                  : "some ranks have not come, or are cut off";
    say(fmt::format("{}: the job cannot start, and is ended", why));
    end_start(look);
  }
}

}  // namespace evenkeel
