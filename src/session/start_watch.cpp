#include "session/start_watch.h"

#include <fmt/format.h>
#include <pthread.h>
#include <signal.h>

#include <algorithm>
#include <string>
#include <system_error>
#include <vector>

#include "report/verdict.h"
#include "session/end_messages.h"
#include "session/job_end.h"
#include "session/launcher.h"
#include "session/machine_siblings.h"
#include "session/stalled_start.h"
#include "session/time_awake.h"

namespace evenkeel {
namespace {

using std::chrono::seconds;

constexpr seconds turn{1};

// Most jobs have started by then, and nobody has looked.
constexpr seconds before_first_look{3};

// For mpirun to end all ranks, this one too.
constexpr seconds longest_end{45};

struct Start {
  int watches = 0;
  StartStage stage;
};
std::mutex start_mutex;
Start start;  // of this process; guarded by start_mutex

StartStage current_stage() {
  const std::scoped_lock lock(start_mutex);
  return start.stage;
}

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
  {
    const std::scoped_lock lock(start_mutex);
    if (++start.watches > 1) return;
  }
  limit(until_all_met);
  if (!Launcher::of_this_process().exists()) return;
  sigset_t all;
  sigset_t before;
  ::sigfillset(&all);
  ::pthread_sigmask(SIG_SETMASK, &all, &before);  // signals are for the program's own threads
  try {
    thread_ = std::thread([this] { watch(); });
  } catch (const std::system_error&) {  // NOLINT(bugprone-empty-catch): the job can do without
  }
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

StartWatch::~StartWatch() {
  if (thread_.joinable()) {
    {
      const std::scoped_lock lock(mutex_);
      is_over_ = true;
    }
    wakes_.notify_one();
    thread_.join();
  }
  const std::scoped_lock lock(start_mutex);
  --start.watches;
}

void StartWatch::limit(Duration longest) {
  const std::scoped_lock lock(start_mutex);
  start.stage = {longest, start.stage.number + 1};
}

void StartWatch::watch() {
  std::unique_lock lock(mutex_);
  if (wakes_.wait_for(lock, before_first_look, [this] { return is_over_; })) return;
  const std::optional<MachineSiblings> siblings = MachineSiblings::of_this_process();
  TimeAwake time;
  StalledStart stalled(time.now(), current_stage());
  MachineSiblings::Look look;
  Duration next_look = time.now();
  while (!wakes_.wait_for(lock, turn, [this] { return is_over_; })) {
    const Duration now = time.now();
    const StartStage stage = current_stage();
    if (siblings && (now >= next_look || !look.all_are_well())) {
      look = siblings->look();
      next_look = now + siblings->between_looks();
    }
    const auto decision = stalled.decide(now, look.all_are_well(), stage);
    if (decision == StalledStart::Decision::wait) continue;
    if (decision == StalledStart::Decision::end_if_first && siblings &&
        !siblings->is_first_at_work()) {
      continue;
    }
    const std::string why = !look.stopped.empty() ? stopped_text(look)
                            : look.is_one_gone    ? gone_text(*siblings)
                                                  : "some ranks have not come, or are cut off";
    say(fmt::format("{}: the job cannot start, and is ended", why));
    end_start(look);
  }
}

}  // namespace evenkeel
