// One worker says what no worker says: in lease mode the others do the job without it; in step
// mode the job is given up, and its results are written.
#include <gtest/gtest.h>

#include <chrono>
#include <functional>
#include <limits>
#include <nlohmann/json.hpp>
#include <string>
#include <thread>
#include <utility>
#include <variant>
#include <vector>

#include "evenkeel/session.h"
#include "mpi/job.h"
#include "protocol/wire.h"
#include "session/job_comms.h"
#include "session/worker_link.h"
#include "transport/idle_wait.h"

namespace evenkeel {
namespace {

using namespace std::chrono_literals;

constexpr int rogue = 1;
constexpr auto year = 24h * 365;

using Bytes = std::vector<std::byte>;

Bytes bytes_of(const WireMessage& message) {
  return {message.view().begin(), message.view().end()};
}

// A worker that says anything.
template <typename Of>
class Rogue {
 public:
  explicit Rogue(MPI_Comm comm) : Rogue(JobComms::make(comm, "", /*answers=*/false)) {}

  void send(const Bytes& bytes) const {
    constexpr int to_coordinator_tag = Transport::last_free_tag + 1;
    MPI_Send(bytes.data(), static_cast<int>(bytes.size()), MPI_BYTE, 0, to_coordinator_tag,
             link_.transport().communicator().get());
  }
  template <typename Message>
  void say(const Message& message) const {
    send(bytes_of(encode(message)));
  }

  template <typename Message>
  Message await() {
    IdleWait wait(IdleWait::prompt);
    for (;;) {
      const auto received = link_.receive<typename Of::ToWorker>(link_.clock().now());
      if (received && std::holds_alternative<Message>(*received)) {
        return std::get<Message>(*received);
      }
      wait.pause();
    }
  }

 private:
  explicit Rogue(JobComms comms)
      : link_(std::move(comms.own), std::move(comms.workers), options()) {}

  static JobOptions options() {
    JobOptions options;
    options.mode = Of::mode;
    return options;
  }

  WorkerLink link_;
};

struct Nonsense {
  std::string what;
  Bytes bytes;
  std::string complaint;  // after "rank 1 "
};

std::vector<Nonsense> unreadable() {
  Bytes of_version_2 = bytes_of(encode(Pause{}));
  of_version_2[2] = std::byte{2};
  Bytes cut = bytes_of(encode(Pause{}));
  cut.pop_back();
  return {
      {"nothing", {}, "sent 0 bytes, too few for a message"},
      {"zeros", Bytes(80), "sent not an evenkeel message"},
      {"another version", of_version_2, "sent a message in version 2 of the format, here 1"},
      {"a coordinator's word", bytes_of(encode(Finish{})), "sent a message of type 68, unknown"},
      {"a cut message", cut, "sent a pause of 11 bytes; it has 12"},
      {"a long message", Bytes(3000, std::byte{'E'}), "sent not an evenkeel message"},
      {"a time before the job", bytes_of(encode(Pause{-1ns})), "sent a pause: expected is out of"},
  };
}

Report work(const Grant& grant, Duration busy) {
  Report report;
  report.lease = grant.lease;
  report.done = grant.interval;
  report.steps = 1;
  report.cost = static_cast<double>(grant.interval.samples());
  report.busy = busy;
  return report;
}

struct Lie {
  std::string what;
  std::function<LeaseMode::ToCoordinator(const Grant&)> tell;
  std::string complaint;  // after "rank 1 "
};

// What the holder of a lease may say of it.
std::vector<Lie> lies() {
  const auto changed = [](auto change) {
    return [change](const Grant& grant) -> LeaseMode::ToCoordinator {
      Report report = work(grant, 1ms);
      change(report);
      return report;
    };
  };
  return {
      {"a year", [](const Grant& grant) { return work(grant, year); },
       "reports 3.15e+07 s of work"},
      {"a lease of nobody", changed([](Report& r) { r.lease = LeaseId(1u << 30); }),
       "reports samples of lease 1073741824, which it never had"},
      {"more than it has", changed([](Report& r) { r.done.end = r.done.end + 1; }), "reports "},
      {"nothing", changed([](Report& r) { r.done.end = r.done.begin; }), "reports 0 samples"},
      {"no cost", changed([](Report& r) { r.cost = 0; }), "reports "},
      {"any cost", changed([](Report& r) { r.cost = 1e300; }), "reports "},
      {"many steps", changed([](Report& r) { r.steps = std::numeric_limits<int>::max(); }),
       "reports 2147483647 steps of"},
      {"an end that is not", [](const Grant&) { return Farewell{}; }, "leaves unbidden"},
      {"a failure of another's",
       [](const Grant& g) {
         return Failed{LeaseId(1u << 30), g.interval, {}};
       },
       "fails samples"},
  };
}

JobOptions options_for(const ScratchFolder& scratch, Mode mode) {
  JobOptions options;
  options.manifest = scratch.file("manifest.json");
  options.spans = scratch.file("spans.jsonl");
  options.reports = {scratch.file("report.json")};
  options.mode = mode;
  options.step_samples = 4;
  options.global_batch = 40;
  options.print_report = false;
  options.show_progress = false;
  write_manifest_of(options.manifest, {400});
  return options;
}

int rank_of_world() {
  int rank = 0;
  MPI_Comm_rank(MPI_COMM_WORLD, &rank);
  return rank;
}

// So that there is work for the rogue too.
void work_slowly(Session& session) {
  while (const auto step = session.next()) {
    std::this_thread::sleep_for(1ms);
    session.done(*step);
  }
}

// The job of the others: all of it is done, and rank 0 has said that.
void do_lease_job(const std::string& complaint) {
  const ScratchFolder scratch;
  const JobOptions options = options_for(scratch, Mode::lease);
  Session session(MPI_COMM_WORLD, options);
  if (!session.coordinates()) return work_slowly(session);
  testing::internal::CaptureStderr();
  const Outcome outcome = session.serve();
  EXPECT_EQ(testing::internal::GetCapturedStderr().find("evenkeel: rank 1 " + complaint), 0U);
  EXPECT_TRUE(outcome.complete);
  EXPECT_EQ(outcome.lost_ranks, std::vector<int>{rogue});
  expect_spans_tile(read_spans(options.spans), 1, 400);
}

template <typename Of>
void expect_end(Rogue<Of>& worker) {
  EXPECT_EQ(worker.template await<Finish>().end, JobEnd::given_up);
}

TEST(RogueWorker, IsLostWithMessagesThatCannotBeRead) {
  for (const Nonsense& nonsense : unreadable()) {
    SCOPED_TRACE(nonsense.what);
    if (rank_of_world() != rogue) {
      do_lease_job(nonsense.complaint);
    } else {
      Rogue<LeaseMode> worker(MPI_COMM_WORLD);
      worker.send(nonsense.bytes);
      expect_end(worker);
    }
    MPI_Barrier(MPI_COMM_WORLD);
  }
}

TEST(RogueWorker, IsLostWithWhatCannotBe) {
  for (const Lie& lie : lies()) {
    SCOPED_TRACE(lie.what);
    if (rank_of_world() != rogue) {
      do_lease_job(lie.complaint);
    } else {
      Rogue<LeaseMode> worker(MPI_COMM_WORLD);
      Report request;
      request.wants_lease = true;
      worker.say(request);
      const Grant grant = worker.await<Grant>();
      std::visit([&](const auto& message) { worker.say(message); }, lie.tell(grant));
      worker.say(Pause{});  // and what else it says is ignored
      expect_end(worker);
    }
    MPI_Barrier(MPI_COMM_WORLD);
  }
}

void give_up_step_job(const std::string& complaint) {
  const ScratchFolder scratch;
  JobOptions options = options_for(scratch, Mode::step);
  options.ledger = scratch.file("run.db");
  Session session(MPI_COMM_WORLD, options);
  if (!session.coordinates()) return work_slowly(session);
  testing::internal::CaptureStderr();
  EXPECT_THROW(session.serve(), JobGivenUp);
  const std::string said = testing::internal::GetCapturedStderr();
  EXPECT_EQ(said.find("evenkeel: rank 1 " + complaint), 0U) << said;
  EXPECT_NE(said.find("; the job is given up\n"), std::string::npos) << said;
  EXPECT_NE(said.find("run the same with --resume to go on"), std::string::npos) << said;
  EXPECT_EQ(nlohmann::json::parse(text_of(options.reports.front()))["complete"], false);
}

TEST(RogueWorker, EndsAJobInStepsWithItsResults) {
  std::vector<Nonsense> all = unreadable();
  StepReport report;
  report.first_step = 7;
  report.steps = 1;
  all.push_back({"a step of the future", bytes_of(encode(report)), "reports 1 steps from 7 on"});
  all.push_back({"an end that is not", bytes_of(encode(Farewell{})), "leaves unbidden"});
  all.push_back({"a report of lease mode", bytes_of(encode(Report{})), "sent a message of type 1"});
  for (const Nonsense& nonsense : all) {
    SCOPED_TRACE(nonsense.what);
    if (rank_of_world() != rogue) {
      give_up_step_job(nonsense.complaint);
    } else {
      Rogue<StepMode> worker(MPI_COMM_WORLD);
      worker.send(nonsense.bytes);
      expect_end(worker);
    }
    MPI_Barrier(MPI_COMM_WORLD);
  }
}

}  // namespace
}  // namespace evenkeel
