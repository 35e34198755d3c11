// What is decided about a trainer, without one.
#include "agent/trainer_supervisor.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cerrno>
#include <utility>

#include "supervised.h"

namespace evenkeel {
namespace {

using namespace std::chrono_literals;

constexpr TrainerEvent ended(int status) { return {TrainerEventKind::exited, status}; }
constexpr TrainerEvent killed(int signal) { return {TrainerEventKind::killed, signal}; }
constexpr TrainerEvent gone{TrainerEventKind::gone, 0};

// The outputs of what was last called, and of nothing before.
class Supervised {
 public:
  explicit Supervised(Mode mode, const Restarts& restarts = {})
      : Supervised(terms_in(mode), restarts) {}
  explicit Supervised(const JobTerms& terms, const Restarts& restarts = {})
      : in_steps_(terms.mode() == Mode::step), machine_(terms, data_, "train", restarts) {}

  Texts hear(std::string_view line) {
    machine_.hear(line, now_);
    return outputs_of(machine_);
  }
  Texts receive(const TrainerEvent& event) {
    machine_.receive(event, now_);
    return outputs_of(machine_);
  }
  Texts refuse() {
    machine_.refuse("sends a line of more than 9 bytes", now_);
    return outputs_of(machine_);
  }
  Texts end_job(JobEnd end) {
    machine_.end_job(end, now_);
    return outputs_of(machine_);
  }
  Texts pass_on(int signal) {
    machine_.pass_on(signal);
    return outputs_of(machine_);
  }
  Texts answer(CheckpointState state) {
    machine_.answer_checkpoint(state);
    return outputs_of(machine_);
  }
  void close(bool left_unread = false) { machine_.end_stream(left_unread, now_); }
  Texts after(Duration time) {
    now_ += time;
    machine_.wake(now_);
    return outputs_of(machine_);
  }

  // Gives as many steps as are wanted; how many those were.
  int give_steps(std::int64_t samples = 0) {
    int given = 0;
    while (machine_.wants_step(/*is_there=*/true)) {
      HostedStep step;
      step.number = in_steps_ ? 3 + given_ : -1;
      step.samples = samples;
      step.extents = {{0, 5, 2}};
      step.interval = {Position(10 * given_), Position(10 * given_ + 10)};
      machine_.give(step, now_);
      ++given_;
      ++given;
    }
    outputs_of(machine_);
    return given;
  }

  // Gives a step of lease mode that begins there.
  Texts give(std::int64_t begin, bool is_retry = false) {
    EXPECT_TRUE(machine_.wants_step(/*is_there=*/true));
    HostedStep step;
    step.is_retry = is_retry;
    step.extents = {{0, 5, 2}};
    step.interval = {Position(begin), Position(begin + 10)};
    machine_.give(step, now_);
    return outputs_of(machine_);
  }

  TrainerSupervisor& machine() { return machine_; }
  Instant now() const { return now_; }

 private:
  bool in_steps_;
  Dataset data_ = two_files();
  TrainerSupervisor machine_;
  Instant now_ = Instant(1h);
  std::int64_t given_ = 0;
};

const char* const given_up = R"(line {"finish":"given up"})";

TEST(TrainerSupervisor, GivesOneStepAhead) {
  Supervised trainer(Mode::lease);
  EXPECT_EQ(trainer.give_steps(), 2);
  trainer.hear(R"({"read_ahead":3})");
  EXPECT_EQ(trainer.give_steps(), 2);
  trainer.hear(R"({"done":0})");
  EXPECT_EQ(trainer.give_steps(), 1);
  EXPECT_EQ(trainer.hear(R"({"done":1})"), Texts{"done 1"});
}

TEST(TrainerSupervisor, AsksForAStepThatIsNotThereOnlyIfTheTrainerHasNone) {
  Supervised trainer(Mode::lease);
  EXPECT_TRUE(trainer.machine().wants_step(/*is_there=*/false));
  trainer.give_steps();
  trainer.hear(R"({"done":0})");
  EXPECT_FALSE(trainer.machine().wants_step(/*is_there=*/false));
  EXPECT_TRUE(trainer.machine().wants_step(/*is_there=*/true));
}

TEST(TrainerSupervisor, TellsTheHostWhatTheTrainerSaysOfItsSteps) {
  Supervised trainer(Mode::step);
  trainer.give_steps();
  EXPECT_EQ(trainer.hear(R"({"loaded":3})"), Texts{"loaded 3"});
  EXPECT_EQ(trainer.hear(R"({"progress":3})"), Texts{"progress 3"});
  EXPECT_EQ(trainer.hear(R"({"reached":3})"), Texts{"reached 3"});
  EXPECT_EQ(trainer.hear(R"({"done":3})"), Texts{"done 3"});
  EXPECT_EQ(trainer.hear(R"({"reached":4})"), Texts{"reached 4"});
}

TEST(TrainerSupervisor, EndsAPauseWithTheNextLine) {
  Supervised trainer(Mode::lease);
  trainer.give_steps();
  EXPECT_EQ(trainer.hear(R"({"pause":7})"), Texts{"pause 7"});
  EXPECT_EQ(trainer.hear(R"({"done":0})"), (Texts{"resume", "done 0"}));
  EXPECT_EQ(trainer.hear(R"({"done":1})"), Texts{"done 1"});
}

TEST(TrainerSupervisor, TellsTheHostOfNoPauseAfterItHasLeft) {
  Supervised trainer(Mode::step);
  trainer.give_steps();
  trainer.hear(R"({"pause":7})");
  trainer.close();
  trainer.after(TrainerSupervisor::before_end_is_told);
  EXPECT_EQ(trainer.hear(R"({"checkpoint":"a"})"), Texts{"checkpoint a"});
}

TEST(TrainerSupervisor, AsksOnceInAPauseAndGoesOnPausing) {
  Supervised trainer(Mode::lease);
  trainer.hear(R"({"pause":7})");
  trainer.machine().give(std::nullopt, trainer.now());
  trainer.machine().end_asking();
  EXPECT_EQ(outputs_of(trainer.machine()), Texts{"pause 7"});
  EXPECT_FALSE(trainer.machine().wants_step(/*is_there=*/false));
  trainer.hear(R"({"pause":7})");
  EXPECT_TRUE(trainer.machine().wants_step(/*is_there=*/false));
}

TEST(TrainerSupervisor, LeavesFailedStepsToOthersInLeaseMode) {
  Supervised trainer(Mode::lease);
  trainer.give_steps();
  EXPECT_EQ(trainer.hear(R"({"failed":0,"reason":"torn"})"),
            (Texts{R"(say the trainer fails step 0 (samples 5-6 of /data/a "b".tar): torn)",
                   "failed 0"}));
  EXPECT_EQ(trainer.hear(R"({"done":1})"), Texts{"done 1"});
}

TEST(TrainerSupervisor, GivesTheJobUpForAStepThatFailsInStepMode) {
  Supervised trainer(Mode::step);
  trainer.give_steps();
  EXPECT_EQ(trainer.hear(R"({"failed":3,"reason":"torn"})"),
            (Texts{R"(say the trainer fails step 3 (samples 5-6 of /data/a "b".tar): torn; )"
                   "the job is given up",
                   "leave", given_up}));
  EXPECT_EQ(trainer.hear(R"({"done":4})"), Texts());
  EXPECT_EQ(trainer.end_job(JobEnd::given_up), Texts());
  EXPECT_EQ(trainer.after(5s), (Texts{"signal 15", "signal 18"}));
  EXPECT_EQ(trainer.after(5s), Texts{"signal 9"});
}

TEST(TrainerSupervisor, TakesAStandInInPlaceOfAnEmptyPartOnly) {
  Supervised empty(Mode::step);
  empty.give_steps(0);
  EXPECT_EQ(empty.hear(R"({"done":3,"stand_in":8})"), Texts{"done 3"});
  Supervised full(Mode::step);
  full.give_steps(2);
  EXPECT_EQ(full.hear(R"({"done":3,"stand_in":8})").front(),
            "say the trainer says that a stand-in of 8 samples took the place of step 3, which has "
            "2 samples here; an empty part may have one; the job is given up");
}

TEST(TrainerSupervisor, RefusesStepsOutOfTurnAndHearsNoMore) {
  Supervised trainer(Mode::lease);
  trainer.give_steps();
  EXPECT_EQ(trainer.hear(R"({"done":1})"),
            (Texts{R"(say the trainer says {"done":1}, but step 0 comes first and is not done; )"
                   "steps are done in the order given; others do its work, if any are left",
                   "leave", "signal 15", "signal 18"}));
  EXPECT_FALSE(trainer.machine().hears());
  EXPECT_EQ(trainer.hear(R"({"done":0})"), Texts());
  EXPECT_EQ(trainer.after(4999ms), Texts());
  EXPECT_EQ(trainer.after(1ms), Texts{"signal 9"});
  EXPECT_EQ(trainer.receive(killed(SIGKILL)), Texts());
}

TEST(TrainerSupervisor, RefusesStepsThatAreDoneTwice) {
  Supervised trainer(Mode::lease);
  trainer.give_steps();
  trainer.hear(R"({"done":0})");
  trainer.hear(R"({"done":1})");
  EXPECT_EQ(trainer.hear(R"({"done":1})").front(),
            R"(say the trainer says {"done":1}, but all steps that it was given are done; )"
            "others do its work, if any are left");
}

TEST(TrainerSupervisor, TreatsInvalidLinesAfterTheEndAsAFailure) {
  Supervised trainer(Mode::lease);
  trainer.end_job(JobEnd::complete);
  EXPECT_EQ(trainer.refuse(),
            (Texts{"say the trainer sends a line of more than 9 bytes after its last step",
                   "signal 15", "signal 18"}));
  EXPECT_TRUE(trainer.machine().failed_at_the_end());
}

TEST(TrainerSupervisor, AnswersCheckpoints) {
  Supervised trainer(Mode::step);
  trainer.give_steps();
  trainer.hear(R"({"done":3})");
  EXPECT_EQ(trainer.hear(R"({"checkpoint":"a"})"), Texts{"checkpoint a"});
  EXPECT_TRUE(trainer.machine().awaits_answer());
  EXPECT_EQ(trainer.hear(R"({"checkpoint":"x"})"), Texts());  // it has ended, and does not wait
  EXPECT_EQ(trainer.answer(CheckpointState::complete),
            Texts{R"(line {"checkpoint":"a","step":4,"state":"complete"})"});
  EXPECT_FALSE(trainer.machine().awaits_answer());
  EXPECT_EQ(trainer.hear(R"({"checkpoint":"b"})"), Texts{"checkpoint b"});
  EXPECT_EQ(trainer.answer(CheckpointState::pending),
            Texts{R"(line {"checkpoint":"b","step":4,"state":"pending"})"});
  EXPECT_FALSE(trainer.machine().awaits_answer());
}

TEST(TrainerSupervisor, DoesNotAnswerAnEndedTrainer) {
  Supervised trainer(Mode::lease);
  trainer.hear(R"({"checkpoint":"a"})");
  trainer.receive(ended(0));
  EXPECT_FALSE(trainer.machine().awaits_answer());
  Supervised broken(Mode::lease);
  broken.hear(R"({"checkpoint":"a"})");
  broken.refuse();
  EXPECT_FALSE(broken.machine().awaits_answer());
}

TEST(TrainerSupervisor, StillAnswersCheckpointsWhenTheJobIsGivenUp) {
  Supervised trainer(Mode::step);
  trainer.end_job(JobEnd::given_up);
  EXPECT_EQ(trainer.hear(R"({"checkpoint":"a"})"), Texts{"checkpoint a"});
  EXPECT_EQ(trainer.answer(CheckpointState::unrecorded).size(), 1U);
}

TEST(TrainerSupervisor, TellsTheTrainerOnceThatThereIsNoFurtherStep) {
  Supervised trainer(Mode::lease);
  EXPECT_EQ(trainer.end_job(JobEnd::incomplete), Texts{R"(line {"finish":"incomplete"})"});
  EXPECT_EQ(trainer.end_job(JobEnd::incomplete), Texts());
  EXPECT_FALSE(trainer.machine().wants_step(/*is_there=*/true));
  EXPECT_EQ(trainer.after(24h), Texts());  // it may save its model
  EXPECT_EQ(trainer.receive(ended(0)), Texts());
  EXPECT_FALSE(trainer.machine().failed_at_the_end());
}

TEST(TrainerSupervisor, EndsAJobInStepModeAfterTheLastStepOnly) {
  Supervised trainer(Mode::step);
  trainer.give_steps();
  EXPECT_EQ(trainer.end_job(JobEnd::complete), Texts());
  EXPECT_EQ(trainer.after(1h), Texts());
  trainer.hear(R"({"done":3})");
  EXPECT_EQ(trainer.end_job(JobEnd::complete), Texts());
  trainer.hear(R"({"done":4})");
  EXPECT_EQ(trainer.end_job(JobEnd::complete), Texts{R"(line {"finish":"complete"})"});
}

TEST(TrainerSupervisor, LeavesAStoppedTrainerTimeInTheLastStepsOfStepMode) {
  Supervised trainer(Mode::step);
  trainer.give_steps();
  trainer.end_job(JobEnd::complete);  // all steps are taken
  trainer.receive({TrainerEventKind::stopped, SIGSTOP});
  EXPECT_EQ(trainer.after(50s), Texts());
  EXPECT_EQ(trainer.receive({TrainerEventKind::continued, 0}), Texts{"say the trainer goes on"});
  EXPECT_EQ(trainer.hear(R"({"done":3})"), Texts{"done 3"});
}

TEST(TrainerSupervisor, EndsATrainerWhoseJobIsGivenUp) {
  for (const Mode mode : {Mode::lease, Mode::step}) {
    Supervised trainer(mode);
    trainer.give_steps();
    EXPECT_EQ(trainer.end_job(JobEnd::given_up), Texts{given_up});
    EXPECT_EQ(trainer.after(4999ms), Texts());
    EXPECT_EQ(trainer.after(1ms), (Texts{"signal 15", "signal 18"}));
    EXPECT_EQ(trainer.after(4999ms), Texts());
    EXPECT_EQ(trainer.after(1ms), Texts{"signal 9"});
    EXPECT_EQ(trainer.after(5s), Texts{"signal 9"});
  }
}

TEST(TrainerSupervisor, EndsATrainerThatHasFinishedIfOthersGiveTheJobUp) {
  Supervised trainer(Mode::step);
  trainer.end_job(JobEnd::complete);
  EXPECT_EQ(trainer.end_job(JobEnd::given_up), Texts());
  EXPECT_EQ(trainer.after(5s), (Texts{"signal 15", "signal 18"}));
}

TEST(TrainerSupervisor, KillsATrainerThatIsStillStoppedWhenTheJobIsOver) {
  Supervised trainer(Mode::lease);
  EXPECT_EQ(trainer.receive({TrainerEventKind::stopped, SIGSTOP}),
            Texts{"say the trainer is stopped by signal 19 (Stopped (signal))"});
  trainer.end_job(JobEnd::complete);
  EXPECT_EQ(trainer.after(5s), Texts());
  EXPECT_EQ(
      trainer.after(1ms),
      (Texts{"say the job is over, and the trainer is still stopped: it is killed", "signal 9"}));
  EXPECT_EQ(trainer.receive(killed(SIGKILL)), Texts());
}

TEST(TrainerSupervisor, DoesNotKillATrainerThatWasStoppedBefore) {
  Supervised trainer(Mode::lease);
  trainer.receive({TrainerEventKind::stopped, SIGSTOP});
  trainer.receive({TrainerEventKind::continued, 0});
  trainer.end_job(JobEnd::complete);
  EXPECT_EQ(trainer.after(1h), Texts());
}

TEST(TrainerSupervisor, KillsASilentTrainerWhenOthersHaveDoneItsWork) {
  Supervised trainer(Mode::lease);
  trainer.give_steps();
  trainer.hear(R"({"done":0})");
  trainer.hear(R"({"pause":8})");
  trainer.end_job(JobEnd::complete);
  EXPECT_EQ(trainer.after(8s), Texts());  // as it has foreseen
  EXPECT_EQ(trainer.after(1ms),
            (Texts{"say the job is over, and the trainer has not been heard of: it is killed",
                   "signal 9"}));
}

TEST(TrainerSupervisor, EndsATrainerThatLivesInAStepThatOthersHaveDone) {
  JobTerms terms = terms_in(Mode::lease);
  terms.idempotent = true;
  Supervised trainer(terms);
  trainer.give_steps();
  trainer.end_job(JobEnd::complete);
  EXPECT_EQ(trainer.after(4s), Texts());
  trainer.hear(R"({"progress":0})");
  EXPECT_EQ(trainer.after(1s), Texts());
  EXPECT_EQ(trainer.after(1ms), (Texts{"say the job is over, and the trainer is still in a step "
                                       "that others have done: it is told to end",
                                       "signal 15", "signal 18"}));
  EXPECT_EQ(trainer.after(5s), Texts{"signal 9"});
  trainer.receive(killed(SIGKILL));
  EXPECT_FALSE(trainer.machine().failed_at_the_end());
}

TEST(TrainerSupervisor, LetsATrainerEndThatHasDoneItsStepInTime) {
  JobTerms terms = terms_in(Mode::lease);
  terms.idempotent = true;
  Supervised trainer(terms);
  const int given = trainer.give_steps();
  trainer.end_job(JobEnd::complete);
  for (int step = 0; step < given; ++step) trainer.hear(fmt::format(R"({{"done":{}}})", step));
  EXPECT_EQ(trainer.after(1h), Texts());
}

// The trainers of a job that does not wait for all of them.
JobTerms terms_of_late_ones() {
  JobTerms terms = terms_in(Mode::lease);
  terms.start_with = 1;
  return terms;
}

TEST(LateTrainer, IsToldToEndIfItStillLoadsWhenTheJobIsOver) {
  Supervised trainer(terms_of_late_ones());
  trainer.end_job(JobEnd::complete);
  EXPECT_EQ(trainer.after(5s), Texts());  // it may be about to come
  EXPECT_EQ(trainer.after(1ms),
            (Texts{"say the job is over, and the trainer is still loading: it is told to end",
                   "signal 15", "signal 18"}));
  EXPECT_EQ(trainer.after(5s), Texts{"signal 9"});
  EXPECT_EQ(trainer.receive(killed(SIGKILL)), Texts());
  EXPECT_FALSE(trainer.machine().failed_at_the_end());
}

TEST(LateTrainer, IsNotEndedOnceItHasCome) {
  Supervised trainer(terms_of_late_ones());
  trainer.end_job(JobEnd::complete);
  trainer.after(4s);
  trainer.machine().come();
  EXPECT_EQ(trainer.after(1h), Texts());
}

TEST(LateTrainer, MayFailWhereTheJobWasDoneWithoutIt) {
  for (const bool comes : {false, true}) {
    Supervised trainer(terms_of_late_ones());
    trainer.end_job(JobEnd::complete);
    if (comes) trainer.machine().come();
    EXPECT_EQ(trainer.receive(ended(1)),
              Texts{"say the trainer ended with status 1 after the job was over, and took no step; "
                    "its error message, if any, is above"});
    EXPECT_FALSE(trainer.machine().failed_at_the_end());
  }
}

TEST(LateTrainer, MayNotFailOnceItHasAsked) {
  Supervised trainer(terms_of_late_ones());
  trainer.machine().come();
  trainer.machine().give(std::nullopt, trainer.now());
  trainer.end_job(JobEnd::complete);
  trainer.receive(ended(1));
  EXPECT_TRUE(trainer.machine().failed_at_the_end());
}

TEST(LateTrainer, HasAsManyRightsAsTheOneBeforeIt) {
  for (const bool comes : {false, true}) {
    Supervised first(terms_of_late_ones(), Restarts{3});
    if (comes) first.give_steps();
    first.receive(ended(1));
    first.receive(gone);
    Supervised next(terms_of_late_ones(), first.machine().restart().value());
    next.end_job(JobEnd::complete);
    EXPECT_EQ(next.after(1h).empty(), comes);
  }
}

TEST(TrainerSupervisor, TreatsAClosedDescriptorAsItsEndAtFirst) {
  Supervised trainer(Mode::lease);
  trainer.close();
  EXPECT_EQ(trainer.after(TrainerSupervisor::before_end_is_told - 1ms), Texts());
  trainer.close();  // told time and again
  EXPECT_FALSE(trainer.machine().wants_step(/*is_there=*/true));
  EXPECT_EQ(trainer.after(1ms),
            (Texts{"say the trainer closes its descriptor before the job is over, and has 60 s to "
                   "end; others do its work, if any are left",
                   "leave", given_up}));
  EXPECT_EQ(trainer.after(59999ms), Texts());
  EXPECT_EQ(trainer.after(1ms), (Texts{"signal 15", "signal 18"}));
  EXPECT_EQ(trainer.after(5s), Texts{"signal 9"});
}

TEST(TrainerSupervisor, EndsATrainerOfStepModeThatClosesItsDescriptor) {
  Supervised trainer(Mode::step);
  trainer.close();
  EXPECT_EQ(trainer.after(TrainerSupervisor::before_end_is_told),
            (Texts{"say the trainer closes its descriptor before the job is over; the job is given "
                   "up",
                   "leave", "signal 15", "signal 18"}));
  EXPECT_EQ(trainer.after(5s), Texts{"signal 9"});
}

TEST(TrainerSupervisor, LeavesATrainerTimeThatHasClosedAndHearsThatTheJobIsGivenUp) {
  Supervised trainer(Mode::lease);
  trainer.close();
  trainer.end_job(JobEnd::given_up);
  EXPECT_EQ(trainer.after(59s), Texts());
  EXPECT_EQ(trainer.after(1s).front(), "signal 15");
}

TEST(TrainerSupervisor, AcceptsAClosedDescriptorAtTheEnd) {
  Supervised trainer(Mode::lease);
  trainer.end_job(JobEnd::complete);
  trainer.close();
  EXPECT_EQ(trainer.after(1h), Texts());
}

TEST(TrainerSupervisor, IsOverWhenNothingIsLeft) {
  Supervised trainer(Mode::lease);
  trainer.receive(ended(0));
  EXPECT_FALSE(trainer.machine().is_gone());
  EXPECT_EQ(trainer.receive({TrainerEventKind::gone, 0}), Texts());
  EXPECT_TRUE(trainer.machine().is_gone());
  EXPECT_EQ(trainer.pass_on(SIGTERM), Texts());
}

TEST(TrainerSupervisor, TreatsTheGuardsEndAsTheTrainersEnd) {
  Supervised trainer(Mode::lease);
  EXPECT_EQ(
      trainer.receive({TrainerEventKind::gone, 0}),
      (Texts{"say the trainer was killed by signal 9 (Killed) before the job is over, after 0 "
             "steps; others do its work, if any are left",
             "leave"}));
}

TEST(TrainerSupervisor, FailsTheStepInWorkWhenTheTrainerDies) {
  for (const TrainerEvent event : {ended(1), killed(SIGSEGV), killed(SIGKILL)}) {
    Supervised trainer(Mode::lease);
    trainer.give_steps();
    trainer.hear(R"({"done":0})");
    trainer.give_steps();
    const Texts texts = trainer.receive(event);
    ASSERT_EQ(texts.size(), 3U);
    EXPECT_EQ(texts.front(), "failed 1");
    EXPECT_EQ(texts.back(), "leave");
  }
}

TEST(TrainerSupervisor, BlamesNoStepIfTheTrainerMayNotHaveDiedOfIt) {
  Supervised ahead(Mode::lease);
  ahead.hear(R"({"read_ahead":2})");
  ASSERT_EQ(ahead.give_steps(), 3);
  EXPECT_EQ(ahead.receive(killed(SIGSEGV)).back(), "leave with 3 suspects");
  Supervised well(Mode::lease);
  well.give_steps();
  EXPECT_EQ(well.receive(ended(0)).size(), 2U);
  Supervised stopped(Mode::lease);
  stopped.give_steps();
  stopped.pass_on(SIGTERM);
  EXPECT_EQ(stopped.receive(killed(SIGTERM)), Texts{"leave"});
}

class TrainerThatLeaves : public testing::Test {
 protected:
  bool has_begun() {
    while (const auto output = trainer.machine().next_output()) {
      if (const auto* const leave = std::get_if<LeaveJob>(&*output)) return leave->leave.has_begun;
    }
    ADD_FAILURE() << "it has not left";
    return false;
  }
  bool has_begun_at(const TrainerEvent& event) {
    trainer.machine().receive(event, trainer.now());
    return has_begun();
  }

  Supervised trainer{Mode::lease};
};

TEST_F(TrainerThatLeaves, HasBegunNothingIfItHasReadNothing) {
  trainer.give_steps();
  trainer.close(/*left_unread=*/true);
  EXPECT_FALSE(has_begun_at(ended(0)));
}

TEST_F(TrainerThatLeaves, HasBegunNothingIfItHasFailedTheStepInWork) {
  trainer.give_steps();
  trainer.close();
  EXPECT_FALSE(has_begun_at(ended(1)));
}

TEST_F(TrainerThatLeaves, HasBegunNothingIfItHasDoneAllItsSteps) {
  trainer.hear(R"({"read_ahead":0})");
  trainer.give_steps();
  trainer.hear(R"({"done":0})");
  EXPECT_FALSE(has_begun_at(killed(SIGKILL)));
}

TEST_F(TrainerThatLeaves, HasBegunNothingIfItCannotBeStarted) {
  trainer.give_steps();
  EXPECT_FALSE(has_begun_at({TrainerEventKind::cannot_start, ENOENT}));
}

TEST_F(TrainerThatLeaves, HasBegunTheStepInWorkIfThatIsNotWhatHasEndedIt) {
  trainer.give_steps();
  EXPECT_TRUE(has_begun_at(gone));  // its guard died
}

TEST_F(TrainerThatLeaves, HasBegunTheStepInWorkIfItEndsWell) {
  trainer.give_steps();
  EXPECT_TRUE(has_begun_at(ended(0)));
}

TEST_F(TrainerThatLeaves, HasBegunTheStepInWorkIfItSaysWhatCannotBe) {
  trainer.give_steps();
  trainer.machine().hear("nonsense", trainer.now());
  EXPECT_TRUE(has_begun());
}

TEST_F(TrainerThatLeaves, HasBegunTheSuspects) {
  trainer.hear(R"({"read_ahead":2})");
  trainer.give_steps();
  EXPECT_TRUE(has_begun_at(ended(1)));
}

// ---- restarts

TEST(TrainerThatDies, IsStartedAgain) {
  Supervised trainer(Mode::lease, {3, 0, 0});
  trainer.give_steps();
  EXPECT_EQ(trainer.receive(ended(1)),
            (Texts{"failed 0",
                   "say the trainer ended with status 1 before the job is over, after 0 steps; its "
                   "error message, if any, is above; it is started again in 1 s (1 of 3)",
                   "leave, to come back"}));
  EXPECT_TRUE(trainer.machine().is_away());
  EXPECT_EQ(trainer.receive(gone), Texts());
  const Restarts restart = trainer.machine().restart().value();
  EXPECT_EQ(restart.in_a_row, 1);
  EXPECT_EQ(restart.incarnation, 1);
}

TEST(TrainerThatDies, IsStartedAgainMoreOftenIfItHasDoneSteps) {
  Supervised last(Mode::lease, {3, 3, 5});
  last.give_steps();
  const Texts texts = last.receive(killed(SIGKILL));
  EXPECT_TRUE(texts.at(1).ends_with(
      "; none of its restarts has done a step: others do its work, if any are left"));
  EXPECT_EQ(texts.back(), "leave");
  EXPECT_FALSE(last.machine().restart());

  Supervised other(Mode::lease, {3, 3, 5});
  other.give_steps();
  other.hear(R"({"done":0})");
  EXPECT_EQ(other.receive(killed(SIGKILL)).back(), "leave, to come back");
  EXPECT_EQ(other.machine().restart()->in_a_row, 1);
  EXPECT_EQ(other.machine().restart()->incarnation, 6);
}

TEST(TrainerThatDies, HasFailedNoStepThatItHasNotRead) {
  Supervised trainer(Mode::lease, {3, 0, 0});
  trainer.give_steps();
  trainer.close(/*left_unread=*/true);
  const Texts texts = trainer.receive(ended(1));
  EXPECT_EQ(texts.size(), 2U);
  EXPECT_EQ(texts.back(), "leave, to come back");
}

TEST(TrainerThatDies, IsStartedAgainEverLater) {
  for (const auto& [in_a_row, delay] : {std::pair(1, 1s), {2, 2s}, {3, 4s}, {20, 64s}}) {
    EXPECT_EQ((Restarts{100, in_a_row, 0}.delay()), delay);
  }
}

TEST(TrainerThatDies, IsNotStartedAgainIfThatWouldBeInVain) {
  Supervised well(Mode::lease, {3, 0, 0});
  EXPECT_EQ(well.receive(ended(0)).back(), "leave");
  Supervised missing(Mode::lease, {3, 0, 0});
  EXPECT_EQ(missing.receive({TrainerEventKind::cannot_start, ENOENT}).back(), "leave");
  Supervised told(Mode::lease, {3, 0, 0});
  told.pass_on(SIGTERM);
  EXPECT_EQ(told.receive(ended(1)).back(), "leave");
  Supervised in_steps(Mode::step, {3, 0, 0});
  EXPECT_EQ(in_steps.receive(ended(1)).back(), "leave");
  Supervised talks_nonsense(Mode::lease, {3, 0, 0});
  talks_nonsense.hear("nonsense");
  EXPECT_EQ(talks_nonsense.receive(ended(1)), Texts());
  EXPECT_FALSE(talks_nonsense.machine().restart());
}

TEST(TrainerThatDies, IsStartedAgainIfItsGuardDies) {
  Supervised trainer(Mode::lease, {3, 0, 0});
  trainer.give_steps();
  EXPECT_EQ(trainer.receive(gone).back(), "leave, to come back");
  EXPECT_TRUE(trainer.machine().restart());
}

TEST(TrainerThatDies, IsNotBlamedForRestartsInVainIfItEndsWell) {
  Supervised trainer(Mode::lease, {3, 3, 3});
  trainer.give_steps();
  EXPECT_TRUE(trainer.receive(ended(0)).front().ends_with("; others do its work, if any are left"));
}

TEST(TrainerSupervisor, GoesOnPausingWhenTheJobIsOver) {
  Supervised trainer(Mode::lease);
  trainer.hear(R"({"pause":60})");
  EXPECT_EQ(trainer.end_job(JobEnd::complete),
            (Texts{R"(line {"finish":"complete"})", "pause 60"}));
}

TEST(TrainerSupervisor, WaitsForTheStatusOfATrainerThatClosesAfterItsLastStep) {
  Supervised trainer(Mode::lease);
  trainer.end_job(JobEnd::complete);
  trainer.close();
  EXPECT_FALSE(trainer.machine().has_closed(trainer.now()));
  trainer.receive(killed(SIGSEGV));
  EXPECT_TRUE(trainer.machine().has_closed(trainer.now()));
  EXPECT_TRUE(trainer.machine().failed_at_the_end());
}

class TrainerThatCloses : public testing::Test {
 protected:
  TrainerThatCloses() {
    trainer.close();
    EXPECT_EQ(trainer.after(TrainerSupervisor::before_end_is_told).at(1), "leave, to come back");
  }

  Supervised trainer{Mode::lease, {3, 0, 0}};
};

TEST_F(TrainerThatCloses, IsStartedAgainIfItDies) {
  EXPECT_EQ(trainer.receive(ended(1)),
            Texts{"say the trainer ended with status 1 before the job is over, after 0 steps; "
                  "its error message, if any, is above; it is started again in 1 s (1 of 3)"});
  EXPECT_TRUE(trainer.machine().restart());
}

TEST_F(TrainerThatCloses, IsNotStartedAgainIfItEndsWell) {
  EXPECT_EQ(trainer.receive(ended(0)), Texts{"leave"});
  EXPECT_EQ(trainer.receive(gone), Texts());
  EXPECT_FALSE(trainer.machine().restart());
}

TEST_F(TrainerThatCloses, IsNotStartedAgainIfItHasToBeKilled) {
  trainer.after(60s);
  EXPECT_EQ(trainer.receive(killed(SIGTERM)), Texts{"leave"});
  EXPECT_FALSE(trainer.machine().restart());
}

TEST_F(TrainerThatCloses, IsNotStartedAgainWhenTheJobIsOver) {
  trainer.end_job(JobEnd::complete);
  EXPECT_EQ(trainer.receive(ended(1)), Texts{"leave"});
}

// ---- fresh trainers

const Texts made_way{"say the trainer has failed 3 steps in a row: a fresh one takes its place",
                     "leave, to come back", R"(line {"finish":"replaced"})"};
const Texts replaced{R"(say a fresh trainer tries samples 5-6 of /data/a "b".tar again)",
                     "leave, to come back", R"(line {"finish":"replaced"})"};

class TrainerThatHasFailed : public testing::Test {
 protected:
  static Supervised failing(const Restarts& restarts, int steps = 1, Mode mode = Mode::lease) {
    Supervised trainer(mode, restarts);
    trainer.hear(R"({"read_ahead":0})");
    for (int step = 0; step < steps; ++step) {
      trainer.give_steps();
      trainer.hear(fmt::format(R"({{"failed":{},"reason":"torn"}})", step));
    }
    return trainer;
  }
};

TEST_F(TrainerThatHasFailed, IsReplacedBeforeItGetsTheStepAgain) {
  Supervised trainer = failing({3, 2, 5});
  EXPECT_EQ(trainer.give(0), replaced);
  EXPECT_TRUE(trainer.machine().is_away());
  EXPECT_FALSE(trainer.machine().wants_step(/*is_there=*/true));
  EXPECT_EQ(trainer.after(59999ms), Texts());  // it may save its model
  EXPECT_EQ(trainer.after(1ms), (Texts{"signal 15", "signal 18"}));
  EXPECT_EQ(trainer.receive(killed(SIGTERM)), Texts());
  EXPECT_EQ(trainer.receive(gone), Texts());
  const Restarts restart = trainer.machine().restart().value();
  EXPECT_EQ(restart.in_a_row, 2);  // nothing has died
  EXPECT_EQ(restart.incarnation, 6);
  EXPECT_EQ(restart.in_vain, 1);
  EXPECT_EQ(restart.delay(), 0s);
}

TEST_F(TrainerThatHasFailed, IsReplacedHoweverItEnds) {
  for (const TrainerEvent event : {ended(0), ended(1), killed(SIGSEGV), killed(SIGKILL)}) {
    Supervised trainer = failing({1, 1, 0});
    trainer.give(0);
    EXPECT_EQ(trainer.receive(event), Texts());
    EXPECT_EQ(trainer.receive(gone), Texts());
    EXPECT_TRUE(trainer.machine().restart());
  }
}

TEST_F(TrainerThatHasFailed, GoesOnWithOtherSteps) {
  Supervised trainer = failing({3, 0, 0});
  EXPECT_EQ(trainer.give(10).size(), 1U);
  trainer.hear(R"({"done":1})");
  EXPECT_EQ(trainer.give(0), replaced);
}

// If it fails that, too, it may be because it is broken: that would count against the step.
TEST_F(TrainerThatHasFailed, IsReplacedBeforeItTriesWhatOthersHaveFailed) {
  Supervised trainer = failing({3, 0, 0});
  EXPECT_EQ(trainer.give(50, /*is_retry=*/true).back(), replaced.back());
  Supervised able = failing({3, 0, 0});
  able.give(10);
  able.hear(R"({"done":1})");
  EXPECT_EQ(able.give(50, /*is_retry=*/true).size(), 1U);
  Supervised lasting = failing({0, 0, 0});
  EXPECT_EQ(lasting.give(50, /*is_retry=*/true).size(), 1U);
}

TEST_F(TrainerThatHasFailed, IsReplacedAfterThreeInARow) {
  Supervised trainer(Mode::lease, {3, 2, 5});
  trainer.hear(R"({"read_ahead":0})");
  trainer.give(100);
  trainer.hear(R"({"done":0})");
  for (const std::int64_t step : {1, 2, 3}) {
    EXPECT_EQ(trainer.give(10 * step).size(), 1U);
    trainer.hear(fmt::format(R"({{"failed":{},"reason":"torn"}})", step));
  }
  EXPECT_EQ(trainer.give(90), made_way);
  EXPECT_EQ(trainer.receive(ended(0)), Texts());
  EXPECT_EQ(trainer.receive(gone), Texts());
  const Restarts restart = trainer.machine().restart().value();
  EXPECT_EQ(restart.in_vain, 1);
  EXPECT_EQ(restart.delay(), 0s);
  // Whatever step the fresh one does shows that it has helped.
  Supervised fresh(Mode::lease, restart);
  fresh.give(90);
  fresh.hear(R"({"done":0})");
  fresh.give(10);
  fresh.hear(R"({"failed":1,"reason":"torn"})");
  fresh.give(10);
  EXPECT_EQ(fresh.machine().restart()->in_vain, 1);
}

TEST_F(TrainerThatHasFailed, IsNotTakenForBrokenIfNoneBeforeItHasDoneAStep) {
  Supervised trainer = failing({3, 0, 0}, 5);
  EXPECT_EQ(trainer.give(90).size(), 1U);
  Supervised fresh = failing({3, 0, 1, 1}, 3);  // one before it had
  EXPECT_EQ(fresh.give(90), made_way);
}

TEST_F(TrainerThatHasFailed, IsNotReplacedIfItMayNotBeStartedAgain) {
  Supervised trainer = failing({0, 0, 0});
  EXPECT_EQ(trainer.give(0).size(), 1U);
  Supervised told = failing({3, 0, 0});
  told.pass_on(SIGTERM);
  EXPECT_EQ(told.give(0).size(), 1U);
}

TEST_F(TrainerThatHasFailed, IsNotReplacedWhenTheJobIsOver) {
  Supervised trainer = failing({3, 0, 0});
  trainer.give(0);
  trainer.end_job(JobEnd::complete);
  EXPECT_EQ(trainer.receive(ended(0)), Texts{"leave"});
  EXPECT_FALSE(trainer.machine().restart());
}

TEST_F(TrainerThatHasFailed, HasItsCheckpointAnsweredBeforeItIsReplaced) {
  Supervised trainer = failing({3, 0, 0});
  trainer.hear(R"({"checkpoint":"a"})");
  EXPECT_FALSE(trainer.machine().wants_step(/*is_there=*/true));
  EXPECT_FALSE(trainer.machine().wants_step(/*is_there=*/false));
  EXPECT_EQ(trainer.answer(CheckpointState::complete),
            Texts{R"(line {"checkpoint":"a","step":0,"state":"complete"})"});
  EXPECT_EQ(trainer.give(0), replaced);
}

TEST_F(TrainerThatHasFailed, GetsOtherStepsWhileItsCheckpointAwaitsAnAnswer) {
  Supervised ahead = failing({3, 0, 0});
  ahead.hear(R"({"read_ahead":1})");
  ahead.give(10);
  ahead.hear(R"({"checkpoint":"a"})");
  EXPECT_TRUE(ahead.machine().wants_step(/*is_there=*/true));
  Supervised lasting = failing({0, 0, 0});  // no successor
  lasting.hear(R"({"checkpoint":"a"})");
  EXPECT_TRUE(lasting.machine().wants_step(/*is_there=*/true));
}

TEST_F(TrainerThatHasFailed, HasThePauseThatItHasAnnounced) {
  for (const auto& [pause, due] : {std::pair(5, 60s), {600, 600s}}) {
    Supervised trainer = failing({3, 0, 0});
    trainer.hear(fmt::format(R"({{"pause":{}}})", pause));
    EXPECT_EQ(trainer.give(0), replaced);
    EXPECT_EQ(trainer.after(due - 1ms), Texts());
    EXPECT_EQ(trainer.after(1ms), (Texts{"signal 15", "signal 18"}));
  }
}

TEST_F(TrainerThatHasFailed, CountsFreshTrainersInVainUntilOneDoesItsStep) {
  const Restarts fresh{3, 0, 2, 2, std::pair(Pass(), Position(0))};
  Supervised again = failing(fresh);
  again.give(0);
  EXPECT_EQ(again.machine().restart()->in_vain, 3);
  Supervised other(Mode::lease, fresh);
  other.give(20);
  other.hear(R"({"done":0})");
  other.give(10);
  other.hear(R"({"failed":1,"reason":"torn"})");
  other.give(10);
  EXPECT_EQ(other.machine().restart()->in_vain, 3);
  Supervised helped(Mode::lease, fresh);
  helped.give(0);
  helped.hear(R"({"done":0})");
  helped.give(10);
  helped.hear(R"({"failed":1,"reason":"torn"})");
  helped.give(10);
  EXPECT_EQ(helped.machine().restart()->in_vain, 1);
}

TEST_F(TrainerThatHasFailed, IsReplacedLaterIfFreshTrainersWereInVain) {
  for (const auto& [in_vain, failures] : {std::pair(4, 2), {5, 4}, {6, 8}, {20, 200'000}}) {
    Supervised before = failing({3, 0, 9, in_vain}, std::min(failures, 100) - 1);
    EXPECT_EQ(before.give(0).size(), 1U);
    if (failures > 100) continue;
    Supervised trainer = failing({3, 0, 9, in_vain}, failures);
    EXPECT_EQ(trainer.give(0), replaced);
  }
}

TEST_F(TrainerThatHasFailed, PassesOnHowManyWereInVainWhenItDies) {
  Supervised trainer = failing({3, 0, 9, 4});
  trainer.receive(killed(SIGSEGV));
  EXPECT_EQ(trainer.machine().restart()->in_vain, 4);
  EXPECT_EQ(trainer.machine().restart()->delay(), 1s);
}

// ---- the words about an end

class EndWords : public testing::Test {
 protected:
  std::string said_of(const TrainerEvent& event) {
    const Texts texts = trainer.receive(event);
    return texts.empty() ? "" : texts.front();
  }

  Supervised trainer{Mode::lease};
};

TEST_F(EndWords, PointAtTheErrorOfACrash) {
  EXPECT_EQ(said_of(ended(1)),
            "say the trainer ended with status 1 before the job is over, after 0 steps; its "
            "error message, if any, is above; others do its work, if any are left");
}

TEST_F(EndWords, CountTheStepsThatAreDone) {
  trainer.give_steps();
  trainer.hear(R"({"done":0})");
  EXPECT_EQ(said_of(ended(0)),
            "say the trainer ended with status 0 before the job is over, after 1 step; others do "
            "its work, if any are left");
}

TEST_F(EndWords, PointASilentProgramToItsSteps) {
  trainer.give_steps();
  EXPECT_EQ(said_of(ended(0)),
            "say the trainer ended with status 0 before the job is over, and took no step; it has "
            "to take its steps from the descriptor in EVENKEEL_FD (in Python: evenkeel.Session()); "
            "others do its work, if any are left");
}

TEST_F(EndWords, ExplainDoneToAProgramThatNeverSaysIt) {
  trainer.hear(R"({"read_ahead":105})");
  trainer.give_steps();
  EXPECT_EQ(said_of(ended(0)),
            "say the trainer ended with status 0 before the job is over; it took 106 steps and "
            R"(said done of none: after each it has to write {"done":N} (in Python: call )"
            "done(step)); others do its work, if any are left");
}

TEST_F(EndWords, HintOnceAtMissingDone) {
  trainer.give_steps();
  EXPECT_EQ(trainer.after(60s), Texts());
  trainer.hear(R"({"progress":0})");
  EXPECT_EQ(trainer.after(60s), Texts());
  EXPECT_EQ(
      trainer.after(1ms),
      Texts{"say silent for 60 s, the trainer may be waiting: it took 2 steps and said done "
            R"(of none: after each it has to write {"done":N} (in Python: call done(step)))"});
  EXPECT_EQ(trainer.after(1h), Texts());
}

TEST_F(EndWords, DoNotHintAfterDoneOrPause) {
  Supervised pausing(Mode::lease);
  pausing.give_steps();
  pausing.hear(R"({"pause":600})");
  EXPECT_EQ(pausing.after(600s), Texts());
  trainer.give_steps();
  trainer.hear(R"({"done":0})");
  EXPECT_EQ(trainer.after(1h), Texts());
  Supervised in_steps(Mode::step);  // where the coordinator gives the job up
  in_steps.give_steps();
  EXPECT_EQ(in_steps.after(1h), Texts());
}

TEST_F(EndWords, NameTheSignalThatKills) {
  EXPECT_EQ(said_of(killed(SIGSEGV)),
            "say the trainer was killed by signal 11 (Segmentation fault) before the job is over, "
            "after 0 steps; others do its work, if any are left");
}

TEST_F(EndWords, NameTheProgramThatCannotBeStarted) {
  EXPECT_EQ(
      said_of({TrainerEventKind::cannot_start, EACCES}),
      "say cannot start the trainer train: Permission denied; others do its work, if any are left");
}

TEST_F(EndWords, TellOfAFailureAfterTheLastStep) {
  trainer.end_job(JobEnd::complete);
  EXPECT_EQ(said_of(ended(5)),
            "say the trainer ended with status 5 after its last step; its error message, if any, "
            "is above");
  EXPECT_TRUE(trainer.machine().failed_at_the_end());
}

TEST_F(EndWords, BlameNobodyForTheEndOfTheJob) {
  for (const int signal : {SIGTERM, SIGINT}) {
    for (const TrainerEvent event : {killed(signal), ended(1), ended(143)}) {
      for (const bool is_finishing : {false, true}) {
        Supervised ending(Mode::lease);
        if (is_finishing) ending.end_job(JobEnd::complete);
        EXPECT_EQ(ending.pass_on(signal), Texts{fmt::format("signal {}", signal)});
        EXPECT_EQ(ending.receive(event), is_finishing ? Texts() : Texts{"leave"});
        EXPECT_EQ(ending.machine().failed_at_the_end(), is_finishing);
      }
    }
  }
  Supervised closing(Mode::step);
  closing.pass_on(SIGINT);
  closing.close();
  EXPECT_EQ(closing.after(TrainerSupervisor::before_end_is_told).front(), "leave");
  Supervised broken(Mode::step);
  broken.pass_on(SIGINT);
  EXPECT_EQ(broken.refuse().front(), "leave");
}

TEST_F(EndWords, NameASignalThatWasOnlyPassedOn) {
  EXPECT_EQ(trainer.pass_on(SIGUSR1), Texts{"signal 10"});
  EXPECT_EQ(said_of(killed(SIGUSR1)),
            "say the trainer was ended by signal 10 (User defined signal 1), which its rank was "
            "sent, before the job is over, after 0 steps; others do its work, if any are left");
}

}  // namespace
}  // namespace evenkeel
