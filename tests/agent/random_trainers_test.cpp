// Random trainers under a supervisor, on a clock of their own: what it promises holds in whatever
// order things happen.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <deque>
#include <vector>

#include "core/random.h"
#include "supervised.h"

namespace evenkeel {
namespace {

using namespace std::chrono_literals;

// What has happened in all runs: what never happens proves nothing.
struct Tally {
  int steps_done = 0, steps_failed = 0, answers = 0, left = 0, given_up = 0, finished = 0;
  int crashes = 0, nonsense = 0, closings = 0, stops = 0, hangs = 0, told_to_end = 0;
  int restarts = 0, suspects = 0, fresh = 0;
  int ended_by_sigterm = 0, ended_by_sigkill = 0, killed_at_the_end = 0;
};

// A worker's host, as an agent uses it. At a random moment others have done the rest, or the job is
// given up.
class Host {
 public:
  static constexpr Duration longest = 40s;

  Host(Mode mode, Random& draw)
      : in_steps_(mode == Mode::step),
        steps_(static_cast<std::int64_t>(draw.below(15))),
        ends_at_(Duration(draw.below(longest.count()))),
        is_lost_(in_steps_ || draw.below(2) == 0) {}

  void look(Instant now) { is_ended_ |= now >= ends_at_; }
  bool has_step() const { return !over() && given_ < steps_; }
  std::int64_t take() { return given_++ + (in_steps_ ? 3 : 0); }
  void end_step() { ++ended_; }
  void leave() { has_left_ = true; }

  bool over() const {
    return has_left_ || is_ended_ || (given_ == steps_ && (in_steps_ || ended_ == steps_));
  }
  JobEnd end() const {
    const bool is_lost = has_left_ || (is_ended_ && is_lost_ && ended_ < steps_);
    return is_lost ? JobEnd::given_up : JobEnd::complete;
  }
  bool has_left() const { return has_left_; }
  std::int64_t in_work() const { return given_ - ended_; }
  std::int64_t next_to_end() const { return ended_ + (in_steps_ ? 3 : 0); }

 private:
  bool in_steps_;
  std::int64_t steps_;
  Instant ends_at_;
  bool is_lost_;
  std::int64_t given_ = 0;
  std::int64_t ended_ = 0;
  bool has_left_ = false;
  bool is_ended_ = false;
};

// The trainer's process and its guard. It does its steps, and ends once it has been told that there
// is no further one; but things happen to it.
class Process {
 public:
  static constexpr std::int64_t most_read_ahead = 4;

  Process(Random& draw, Tally& tally) : draw_(draw), tally_(tally), faults_(draw.below(3)) {}

  void live() {
    if (is_dead_) return;
    if (is_stopped_) {
      if (faults_ > 0 && one_in(40)) go_on();
      return;
    }
    if (faults_ > 0 && one_in(40)) happen();
    if (is_stopped_ || is_dead_) return;
    const bool is_out = hangs_ || is_closed_;
    if (is_out ? !(may_linger_ && steps_.empty()) : awaits_answer_) return;
    if (is_told_ && one_in(3)) return die({TrainerEventKind::exited, one_in(5) ? 1 : 0});
    if (is_out) return;
    work();
  }

  void hear(std::string_view line) {
    const bool is_finish = line.starts_with(R"({"finish")");
    is_told_ |= is_finish;
    may_linger_ |= is_finish && line.find("given up") == std::string_view::npos &&
                   line.find("replaced") == std::string_view::npos;
    if (line.starts_with(R"({"checkpoint")")) awaits_answer_ = false;
  }
  void take(std::int64_t step) { steps_.push_back(step); }

  void signal(int number) {
    if (is_dead_) return;
    if (number == SIGCONT) {
      if (is_stopped_) go_on();
    } else if (number == SIGKILL || (!hangs_ && !is_stopped_ && one_in(2))) {
      ++(number == SIGKILL ? tally_.ended_by_sigkill : tally_.ended_by_sigterm);
      die({TrainerEventKind::killed, number});
    }
  }

  bool is_closed() const { return is_closed_; }
  bool talks_nonsense() const { return talks_nonsense_; }

  std::deque<std::string> said;
  std::deque<TrainerEvent> events;

 private:
  bool one_in(std::uint64_t count) { return draw_.below(count) == 0; }

  void happen() {
    --faults_;
    switch (draw_.below(5)) {
      case 0:
        ++tally_.crashes;
        return die({one_in(2) ? TrainerEventKind::exited : TrainerEventKind::killed, SIGSEGV});
      case 1:
        ++tally_.nonsense;
        talks_nonsense_ = true;
        said.emplace_back(one_in(2) ? "nonsense" : R"({"done":999})");
        return;
      case 2:
        ++tally_.closings;
        is_closed_ = true;
        return;
      case 3:
        ++tally_.stops;
        is_stopped_ = true;
        return events.push_back({TrainerEventKind::stopped, SIGSTOP});
      default:
        ++tally_.hangs;
        hangs_ = true;
    }
  }

  void work() {
    if (one_in(12)) said.emplace_back(R"({"pause":1})");
    if (one_in(12))
      said.emplace_back(fmt::format(R"({{"read_ahead":{}}})", draw_.below(most_read_ahead + 1)));
    while (!steps_.empty() && !one_in(3)) {
      said.emplace_back(fmt::format(R"({{"reached":{}}})", steps_.front()));
      said.emplace_back(one_in(15)
                            ? fmt::format(R"({{"failed":{},"reason":"torn"}})", steps_.front())
                            : fmt::format(R"({{"done":{}}})", steps_.front()));
      steps_.pop_front();
    }
    if (!one_in(9)) return;
    said.emplace_back(R"({"checkpoint":"c"})");
    awaits_answer_ = true;
  }

  void go_on() {
    is_stopped_ = false;
    events.push_back({TrainerEventKind::continued, 0});
  }

  void die(const TrainerEvent& event) {
    is_dead_ = is_closed_ = true;
    events.push_back(event);
    events.push_back({TrainerEventKind::gone, 0});
  }

  Random& draw_;
  Tally& tally_;
  std::uint64_t faults_;  // that are still to come: the last is not made good
  std::deque<std::int64_t> steps_;
  bool is_told_ = false;     // that there is no further step
  bool may_linger_ = false;  // then: nobody ends it, unless others have done its steps
  bool awaits_answer_ = false;
  bool talks_nonsense_ = false;
  bool hangs_ = false;
  bool is_stopped_ = false;
  bool is_closed_ = false;
  bool is_dead_ = false;
};

// An agent with such a host and such a trainer, which checks what the supervisor puts out.
class RandomRun {
 public:
  RandomRun(std::uint64_t seed, Tally& tally)
      : draw_(seed),
        tally_(tally),
        mode_(draw_.below(2) == 0 ? Mode::step : Mode::lease),
        host_(mode_, draw_),
        trainer_(draw_, tally),
        restarts_(restarts_of(draw_)),
        supervisor_(terms_in(mode_), data_, "train", restarts_) {}

  void run() {
    // What is not killed in time would live on; a trainer that is told to finish ends by itself.
    using Supervisor = TrainerSupervisor;
    const Instant latest = now_ + Host::longest + Supervisor::before_closed_ends +
                           Supervisor::before_sigterm + Supervisor::before_sigkill + 60s;
    while (!supervisor_.is_gone() && now_ < latest) {
      now_ += std::chrono::milliseconds(draw_.below(2) == 0 ? draw_.below(30) : draw_.below(1500));
      trainer_.live();
      if (draw_.below(300) == 0) pass_on_end();
      turn();
    }
    EXPECT_TRUE(supervisor_.is_gone()) << "nothing has ended the trainer";
    pass_on_end();
    turn();
    EXPECT_TRUE(host_.over()) << "others wait for what this worker has in work";
    EXPECT_TRUE(mode_ == Mode::lease || host_.in_work() == 0 || host_.end() == JobEnd::given_up);
    tally_.left += host_.has_left();
    EXPECT_EQ(supervisor_.restart().has_value(), is_away_) << "the host waits, or does not";
    tally_.restarts += is_away_;
  }

  std::string story() const { return fmt::format("{}", fmt::join(story_, "\n")); }

 private:
  static Restarts restarts_of(Random& draw) {
    const auto most = static_cast<std::int32_t>(draw.below(3));
    return {most, static_cast<std::int32_t>(draw.below(static_cast<std::uint64_t>(most) + 1)), 0,
            static_cast<std::int32_t>(draw.below(6))};
  }

  void turn() {
    listen(/*is_last=*/false);
    follow_job();
    while (!trainer_.events.empty() && draw_.below(3) > 0) {
      const TrainerEvent event = trainer_.events.front();
      trainer_.events.pop_front();
      if (event.kind == TrainerEventKind::exited || event.kind == TrainerEventKind::killed) {
        listen(/*is_last=*/true);
        follow_job();
      }
      supervisor_.receive(event, now_);
      carry_out();
    }
    supervisor_.wake(now_);
    carry_out();
  }

  void listen(bool is_last) {
    std::deque<std::string>& said = trainer_.said;
    while (!said.empty() && supervisor_.hears() && (is_last || !supervisor_.awaits_answer())) {
      supervisor_.hear(said.front(), now_);
      said.pop_front();
      carry_out();
    }
    if (said.empty() && trainer_.is_closed()) supervisor_.end_stream(draw_.below(2) == 0, now_);
  }

  void follow_job() {
    host_.look(now_);
    while (supervisor_.awaits_answer() && (host_.over() || draw_.below(3) == 0)) {
      supervisor_.answer_checkpoint(CheckpointState::pending);
      carry_out();
    }
    bool has_asked = false;
    for (bool is_given = true; is_given;) {
      is_given = host_.has_step() && draw_.below(3) > 0;
      if (!supervisor_.wants_step(is_given)) break;
      has_asked = true;
      std::optional<HostedStep> step;
      if (is_given) step = take();
      supervisor_.give(step, now_);
      carry_out();
      EXPECT_TRUE(!is_given || host_.has_left() || is_sent_) << "a step is withheld";
    }
    if (has_asked) supervisor_.end_asking();
    if (host_.over()) supervisor_.end_job(host_.end(), now_);
    carry_out();
  }

  // In lease mode, often one that has failed: nobody else can try it.
  HostedStep take() {
    HostedStep step;
    step.number = last_taken_ = host_.take();
    std::int64_t begin = step.number;
    if (mode_ == Mode::lease && !failed_.empty() && draw_.below(2) == 0) begin = failed_.back();
    step.interval = {Position(begin), Position(begin + 1)};
    begins_.push_back(begin);
    is_sent_ = false;
    may_get_it_ = host_.in_work() > 1 || restarts_.most == 0 || is_told_to_end_ ||
                  std::ranges::find(failed_, begin) == failed_.end() ||
                  failed_in_a_row_ < restarts_.failures_before_successor();
    return step;
  }

  void pass_on_end() {
    ++tally_.told_to_end;
    is_told_to_end_ = true;
    supervisor_.pass_on(draw_.below(2) == 0 ? SIGINT : SIGTERM);
    carry_out();
  }

  void carry_out() {
    while (const auto output = supervisor_.next_output()) {
      story_.push_back(text_of(*output));
      EXPECT_FALSE(is_gone_) << story_.back() << " after the end";
      std::visit([this](const auto& o) { on(o); }, *output);
    }
    is_gone_ = supervisor_.is_gone();
  }

  void on(const SendLine& out) {
    const bool is_step = out.line.starts_with(R"({"step")");
    const bool is_finish = out.line.starts_with(R"({"finish")");
    EXPECT_FALSE(is_told_to_finish_ && (is_step || is_finish)) << "after the end of the job";
    if (is_step) {
      EXPECT_TRUE(may_get_it_) << "it has failed this step";
      is_sent_ = true;
      trainer_.take(last_taken_);
    }
    EXPECT_LE(host_.in_work(), 1 + Process::most_read_ahead) << "too far ahead";
    trainer_.hear(out.line);
    tally_.answers += !is_step && !is_finish;
    if (!is_finish) return;
    is_told_to_finish_ = true;
    const bool is_given_up = out.line.find("given up") != std::string::npos;
    const bool is_replaced = out.line == replaced_line;
    EXPECT_EQ(is_replaced, !may_get_it_ && !is_sent_) << "without a step that it has failed";
    if (is_replaced) return;
    ++(is_given_up ? tally_.given_up : tally_.finished);
    EXPECT_TRUE(is_given_up || mode_ == Mode::lease || host_.in_work() == 0);
  }
  void on(const SendSignal& out) { trainer_.signal(out.number); }
  void on(const Say& out) {
    tally_.killed_at_the_end += out.text.starts_with("the job is over");
    const bool blames =
        out.text.starts_with("the trainer") && !out.text.starts_with("the trainer is stopped") &&
        !out.text.starts_with("the trainer goes on") && !out.text.starts_with("the trainer took") &&
        !out.text.starts_with("the trainer fails");
    EXPECT_FALSE(is_told_to_end_ && blames) << out.text;
    EXPECT_TRUE(trainer_.talks_nonsense() || !out.text.starts_with("the trainer says"));
  }
  void on(const StepLoaded& out) { expect_first_in_work(out.step); }
  void on(const StepReached& out) { expect_first_in_work(out.step); }
  void on(const StepProgress& out) { expect_first_in_work(out.step); }
  void on(const TrainerPause& /*out*/) { EXPECT_FALSE(host_.has_left()); }
  void on(const EndPause& /*out*/) { EXPECT_FALSE(host_.has_left()); }
  void on(const CheckpointRequest& /*out*/) {
    if (host_.over()) supervisor_.answer_checkpoint(CheckpointState::unrecorded);
  }
  void on(const CompleteStep& out) {
    ++tally_.steps_done;
    failed_in_a_row_ = 0;
    begins_.pop_front();
    end_step(out.step.number);
  }
  void on(const FailStep& out) {
    ++tally_.steps_failed;
    ++failed_in_a_row_;
    failed_.push_back(begins_.front());
    begins_.pop_front();
    end_step(out.step.number);
  }
  void on(const LeaveJob& out) {
    EXPECT_TRUE(!host_.has_left() || (is_away_ && !out.leave.comes_back)) << "twice";
    EXPECT_LE(out.leave.suspects, host_.in_work());
    EXPECT_TRUE(host_.has_left() || !out.leave.has_begun || host_.in_work() > 0);
    tally_.suspects += out.leave.suspects > 0;
    tally_.fresh += !may_get_it_ && !is_sent_;
    is_away_ = out.leave.comes_back;
    host_.leave();
  }

  void expect_first_in_work(std::int64_t step) const {
    EXPECT_FALSE(host_.has_left()) << "step " << step << " has been given back";
    EXPECT_GT(host_.in_work(), 0);
    EXPECT_EQ(step, host_.next_to_end()) << "in the order given, and once";
  }
  void end_step(std::int64_t step) {
    expect_first_in_work(step);
    host_.end_step();
  }

  Random draw_;
  Tally& tally_;
  Mode mode_;
  Host host_;
  Process trainer_;
  Dataset data_ = two_files();
  Restarts restarts_;
  TrainerSupervisor supervisor_;
  Instant now_;
  Texts story_;
  std::int64_t last_taken_ = -1;
  std::deque<std::int64_t> begins_;  // of the steps in work
  std::vector<std::int64_t> failed_;
  std::int64_t failed_in_a_row_ = 0;
  bool may_get_it_ = true;  // the step last taken: it has not failed it, or gets no successor
  bool is_sent_ = true;
  bool is_told_to_finish_ = false;
  bool is_told_to_end_ = false;
  bool is_gone_ = false;
  bool is_away_ = false;  // the host has left, to come back
};

TEST(RandomTrainers, AreServedInOrderAndEndInTime) {
  Tally tally;
  for (std::uint64_t seed = 0; seed < 3000; ++seed) {
    RandomRun run(seed, tally);
    run.run();
    if (HasFailure()) FAIL() << "seed " << seed << ":\n" << run.story();
  }
  for (const int often :
       {tally.steps_done, tally.steps_failed, tally.answers, tally.left, tally.given_up,
        tally.finished, tally.crashes, tally.nonsense, tally.closings, tally.stops, tally.hangs,
        tally.told_to_end, tally.ended_by_sigterm, tally.ended_by_sigkill, tally.killed_at_the_end,
        tally.restarts, tally.fresh}) {
    EXPECT_GT(often, 20);
  }
  EXPECT_GT(tally.suspects, 2);
}

}  // namespace
}  // namespace evenkeel
