// What a ledger waits for: the disk, those who hold it locked, and other runs.
#include <SQLiteCpp/Database.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <spawn.h>
#include <sys/file.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <csignal>

#include "ledger/file_system.h"
#include "ledger/ledger_database.h"
#include "ledger/recorded_job.h"
#include "ledger/run_lock.h"
#include "ledger/test_disk.h"

namespace evenkeel {
namespace {

using namespace std::chrono_literals;

constexpr const char* held =
    "run.db: another program holds it locked; end that, or give another ledger";

// ---- the disk

class DurableLedger : public LedgerTest, public testing::Test {
 protected:
  DurableLedger() { use_test_disk(DiskKind::local); }

  template <typename Work>
  static std::int64_t syncs_of(Work work) {
    const std::int64_t before = disk_use().syncs;
    work();
    return disk_use().syncs - before;
  }
};

TEST_F(DurableLedger, WaitsForTheDiskWhereNothingMayBeLost) {
  if (!is_on_local_disk(folder.path().string())) GTEST_SKIP() << "of a write-ahead log";
  Ledger ledger = open();
  EXPECT_GT(syncs_of([&] { begin(ledger); }), 0);
  ledger.commit(figures());  // the log begins
  ledger.add(span(0, 0, 50));
  EXPECT_EQ(syncs_of([&] { ledger.commit(figures()); }), 0);
  EXPECT_GT(syncs_of([&] { ledger.commit(figures(), checkpoint("a", done(0, 0, 0, 50))); }), 0);
  ledger.commit(figures());  // the log begins anew, as it is emptied with each checkpoint
  ledger.add(span(0, 50, 60));
  EXPECT_EQ(syncs_of([&] { ledger.commit(figures()); }), 0);
  EXPECT_GT(syncs_of([&] { ledger.end(figures(), false); }), 0);
}

// ---- others who have it open

// As on a network's file system, where whoever reads it keeps others from writing.
class SharedLedger : public LedgerTest, public testing::Test {
 protected:
  SharedLedger() { use_test_disk(DiskKind::network); }
  ~SharedLedger() override { use_test_disk(DiskKind::local); }

  // Somebody who reads, and takes his time.
  class Reader {
   public:
    explicit Reader(const std::filesystem::path& path)
        : database_(path.string(), SQLite::OPEN_READONLY) {
      database_.exec("BEGIN");
      database_.execAndGet("SELECT count(*) FROM span");
    }
    void stop() { database_.exec("COMMIT"); }

   private:
    SQLite::Database database_;
  };

  std::int64_t count_of(const std::string& table) const {
    return std::stoll(rows("SELECT count(*) FROM " + table).front());
  }

  template <typename Work>
  static std::chrono::microseconds wait_of(Work work) {
    const std::chrono::microseconds before = disk_use().waited;
    work();
    return disk_use().waited - before;
  }
};

TEST_F(SharedLedger, KeepsDataWhileAReaderBlocksWrites) {
  Ledger ledger = open();
  begin(ledger);
  ledger.add(span(0, 0, 50));
  ledger.add(Event{instant_at(4), Rank(2), EventKind::lost});
  Reader reader(path);
  EXPECT_EQ(fault_in([&] { ledger.commit(figures()); }), held);
  ledger.add(span(0, 50, 60));
  EXPECT_EQ(fault_in([&] { ledger.commit(figures()); }), held);
  reader.stop();
  ledger.commit(figures());
  EXPECT_EQ(spans(), (Rows{"0|0|50", "0|50|60"}));
  EXPECT_EQ(rows("SELECT kind FROM events"), Rows{"lost"});
}

TEST_F(SharedLedger, WaitsForReadersButNotForLongWhileWorkersWaitForIt) {
  Ledger ledger = open();
  begin(ledger);
  Reader reader(path);
  const auto at_work = wait_of([&] { EXPECT_THROW(ledger.commit(figures()), UserError); });
  EXPECT_GT(at_work, 0ms);
  EXPECT_LE(at_work, 100ms);
  const auto at_end = wait_of([&] { EXPECT_THROW(ledger.end(figures(), true), UserError); });
  EXPECT_GT(at_end, 2 * at_work);  // there is no next commit
  EXPECT_LE(at_end, 500ms);        // as long as it has if the job is told to end
}

TEST_F(SharedLedger, IsWrittenIfAReaderStopsInTime) {
  Ledger ledger = open();
  begin(ledger);
  ledger.add(span(0, 0, 50));
  Reader reader(path);
  when_sqlite_waits([&] { reader.stop(); });
  ledger.commit(figures());
  EXPECT_EQ(spans(), Rows{"0|0|50"});
}

TEST_F(SharedLedger, OpensOnceAnotherProcessReleasesIt) {
  static_cast<void>(open());
  SQLite::Database other(path.string(), SQLite::OPEN_READWRITE);
  other.exec("BEGIN EXCLUSIVE");
  when_sqlite_waits([&] { other.exec("COMMIT"); });
  EXPECT_EQ(fault_of(), "");
  other.exec("BEGIN EXCLUSIVE");
  when_sqlite_waits([&] { other.exec("COMMIT"); });
  EXPECT_NO_THROW(open_ledger_to_read(path.string()));
}

// What a commit has merged or forgotten is still there if it fails.
TEST_F(SharedLedger, ForgetsOldPlansThoughThatFailsAtFirst) {
  constexpr std::int64_t most = Ledger::most_plans;
  leave_plans(most + 2'001);
  Ledger ledger = open("");
  begin_steps(ledger);
  ledger.add(PlanRecord{0, 1, {5, 5}, {}});
  Reader reader(path);
  EXPECT_THROW(ledger.commit(figures()), UserError);
  reader.stop();
  EXPECT_GT(count_of("plan"), most);
  ledger.commit(figures());
  EXPECT_EQ(count_of("plan"), most);
}

TEST_F(SharedLedger, MergesSpansThoughThatFailsAtFirst) {
  JobDescription job = lease_job();
  job.samples = 2 * Ledger::most_spans;
  open().begin(job, std::nullopt, {"a", "b"});
  edit(
      fmt::format("INSERT INTO span (generation, dataset, epoch, begin, end) "
                  "WITH RECURSIVE n (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < {}) "
                  "SELECT 1, 0, 0, i, i + 1 FROM n",
                  Ledger::most_spans));
  Ledger ledger = open("");
  ledger.begin(job, std::nullopt, {"a", "b"});
  Reader reader(path);
  EXPECT_THROW(ledger.commit(figures()), UserError);
  reader.stop();
  EXPECT_GT(count_of("span"), Ledger::most_spans);
  ledger.commit(figures());
  EXPECT_EQ(count_of("span"), 1);
}

// Or else a worker would be told that it is on record.
TEST_F(SharedLedger, RecordsACheckpointThatItCouldNotRecordBefore) {
  Ledger ledger = open();
  begin_steps(ledger);
  Reader reader(path);
  EXPECT_EQ(fault_in([&] { ledger.commit(figures(), checkpoint_at("a", 4)); }), held);
  EXPECT_EQ(fault_in([&] { ledger.commit(figures(), checkpoint_at("a", 4)); }), held);
  reader.stop();
  ledger.commit(figures(), checkpoint_at("a", 4));
  EXPECT_EQ(rows("SELECT tag, step FROM checkpoints"), Rows{"a|4"});
}

// ---- other runs

class LockedRun : public LedgerTest, public testing::Test {
 protected:
  // As somebody has it for a moment who asks whether a run is writing.
  int ask() const {
    const int descriptor = ::open((path.string() + ".lock").c_str(), O_RDONLY | O_CREAT, 0666);
    EXPECT_EQ(::flock(descriptor, LOCK_SH), 0);
    return descriptor;
  }

  // Lets a signal come every five milliseconds.
  static void interrupt(void (*handler)(int)) {
    std::signal(SIGALRM, handler);
    constexpr timeval often{0, 5'000};
    const itimerval times{often, often};
    ::setitimer(ITIMER_REAL, &times, nullptr);
  }
  void TearDown() override {
    const itimerval never{};
    ::setitimer(ITIMER_REAL, &never, nullptr);
  }

  static volatile std::sig_atomic_t asker;
};

volatile std::sig_atomic_t LockedRun::asker = -1;

TEST_F(LockedRun, IsOverWhenTheLedgerIsClosed) {
  EXPECT_FALSE(is_locked(path.string()));  // nor is it made
  EXPECT_FALSE(std::filesystem::exists(path.string() + ".lock"));
  {
    const Ledger ledger = open();
    EXPECT_TRUE(is_locked(path.string()));
    EXPECT_TRUE(is_locked(path.string()));
  }
  EXPECT_FALSE(is_locked(path.string()));
  EXPECT_EQ(fault_of(), "");  // whoever has asked has let go of it
}

TEST_F(LockedRun, IsNotLockedByAQuery) {
  const int descriptor = ask();
  EXPECT_FALSE(is_locked(path.string()));
  ::close(descriptor);
}

// The signal lets go of the lock while it is waited for.
TEST_F(LockedRun, BeginsDuringAQuery) {
  static_cast<void>(open());
  asker = ask();
  interrupt([](int) {
    if (asker >= 0) ::close(asker);
    asker = -1;
  });
  EXPECT_EQ(fault_of(), "");
}

TEST_F(LockedRun, IsRefusedInTheSameWordsThoughSignalsCome) {
  const Ledger ledger = open();
  interrupt([](int) {});
  EXPECT_EQ(fault_of(),
            "run.db: another run is writing to this ledger; wait for its end, or give another "
            "ledger");
}

// A trainer that outlives its job must not keep the next one from going on.
TEST_F(LockedRun, DoesNotLastAsLongAsItsChildren) {
  pid_t child = 0;
  {
    const Ledger ledger = open();
    std::array<char*, 3> command{const_cast<char*>("sleep"), const_cast<char*>("600"), nullptr};
    ASSERT_EQ(::posix_spawnp(&child, "sleep", nullptr, nullptr, command.data(), environ), 0);
  }
  EXPECT_FALSE(is_locked(path.string()));
  ::kill(child, SIGKILL);
  ::waitpid(child, nullptr, 0);
}

// ---- where it lies

TEST(LocalDisk, IsDetectedForAFileAndItsFutureFolder) {
  EXPECT_FALSE(is_on_local_disk("/proc/self/status"));
  EXPECT_FALSE(is_on_local_disk("/proc/self/not there"));
  EXPECT_FALSE(is_on_local_disk("/not there/run.db"));
  const std::filesystem::path memory = "/dev/shm";
  if (std::filesystem::exists(memory)) {
    EXPECT_TRUE(is_on_local_disk(memory.string()));
    EXPECT_TRUE(is_on_local_disk((memory / "not there").string()));
  }
}

}  // namespace
}  // namespace evenkeel
