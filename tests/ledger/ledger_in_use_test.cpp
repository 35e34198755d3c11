// What happens to the files of a ledger while a job writes to it, and what is left of them.
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <fstream>

#include "ledger/file_system.h"
#include "ledger/recorded_job.h"
#include "ledger/run_lock.h"
#include "ledger/test_disk.h"

namespace evenkeel {
namespace {

namespace files = std::filesystem;

constexpr const char* moved =
    "run.db: was deleted, renamed or replaced while the run writes to it; put it back";
constexpr const char* has_two_names =
    "run.db: has 2 names (hard links), and a ledger must have one; remove the others";
constexpr const char* is_gone =
    "run.db: the run is gone that has left a lock or log beside it; restore the file, or give "
    "--new to begin another run";
constexpr const char* taken_over = "run.db: another run has taken it over, so that this job ends";

class LedgerInUse : public LedgerTest, public testing::TestWithParam<DiskKind> {
 protected:
  LedgerInUse() : other(folder.path() / "other.db") { use_test_disk(GetParam()); }
  ~LedgerInUse() override { use_test_disk(DiskKind::local); }

  void commit(Ledger& ledger, const Span& span) const {
    ledger.add(span);
    ledger.commit(figures());
  }
  std::string fault_of_checkpoint(Ledger& ledger, std::string_view tag = "a") const {
    return fault_in([&] { ledger.commit(figures(), checkpoint(tag, done(0, 0, 0, 50))); });
  }
  std::string fault_of_end(Ledger& ledger) const {
    return fault_in([&] { ledger.end(figures(), true); });
  }

  // All is in the file.
  void empty_log() const { execute("PRAGMA wal_checkpoint(TRUNCATE)"); }

  files::path other;
};

TEST_P(LedgerInUse, IsDeleted) {
  Ledger ledger = open();
  begin(ledger);
  commit(ledger, span(0, 0, 50));
  files::remove(path);
  EXPECT_EQ(fault_of_checkpoint(ledger), moved);
  EXPECT_EQ(fault_of_end(ledger), moved);
  EXPECT_FALSE(ledger.is_lost());  // it may be put back
  EXPECT_FALSE(files::exists(path));
}

TEST_P(LedgerInUse, IsDeletedBeforeTheLastCommit) {
  Ledger ledger = open();
  begin(ledger);
  files::remove(path);
  EXPECT_EQ(fault_of_end(ledger), moved);
}

TEST_P(LedgerInUse, IsDeletedAndAnotherIsInItsPlace) {
  Ledger ledger = open();
  begin(ledger);
  for (const char* const content : {"", "a text"}) {
    files::remove(path);
    std::ofstream(path) << content;
    EXPECT_EQ(fault_of_checkpoint(ledger), moved);
    EXPECT_EQ(files::file_size(path), std::string(content).size());
  }
}

TEST_P(LedgerInUse, IsRenamedAndHoldsAllThatWasRecorded) {
  {
    Ledger ledger = open();
    begin(ledger);
    commit(ledger, span(0, 0, 50));
    files::rename(path, other);
    EXPECT_EQ(fault_of_checkpoint(ledger), moved);
    EXPECT_EQ(fault_of_end(ledger), moved);
  }
  EXPECT_EQ(fault_of(""), is_gone);
  files::copy_file(other, path);  // without any log
  EXPECT_EQ(open("").start().done, done(0, 0, 0, 50));
  path = other;
  EXPECT_EQ(open("").start().done, done(0, 0, 0, 50));
}

TEST_P(LedgerInUse, IsRenamedAndPutBack) {
  {
    Ledger ledger = open();
    begin(ledger);
    commit(ledger, span(0, 0, 50));
    files::rename(path, other);
    EXPECT_EQ(fault_in([&] { commit(ledger, span(0, 50, 60)); }), moved);
    files::rename(other, path);
    commit(ledger, span(0, 60, 80));
    EXPECT_EQ(fault_of_checkpoint(ledger), "");
    EXPECT_EQ(fault_of_end(ledger), "");
  }
  EXPECT_EQ(spans(), (Rows{"0|0|50", "0|50|60", "0|60|80"}));
  EXPECT_EQ(fault_of(""), "");
}

TEST_P(LedgerInUse, IsRenamedUsedByAnotherRunAndPutBack) {
  Ledger ledger = open();
  begin(ledger);
  files::rename(path, other);
  EXPECT_EQ(fault_in([&] { commit(ledger, span(0, 0, 10)); }), moved);
  std::swap(path, other);
  {
    Ledger second = open("");
    begin(second);
    commit(second, span(0, 0, 20));
  }
  std::swap(path, other);
  files::rename(other, path);
  EXPECT_EQ(fault_in([&] { commit(ledger, span(0, 20, 30)); }), taken_over);
  EXPECT_TRUE(ledger.is_lost());
  EXPECT_EQ(spans(), Rows{"0|0|20"});
}

// Before the first looks at it again. In a process of its own, as SQLite knows files by their
// inodes.
TEST_P(LedgerInUse, IsRenamedAndUsedByAnotherRunAtOnce) {
  std::array<int, 2> said{};
  std::array<int, 2> told{};
  ASSERT_EQ(::pipe(said.data()) + ::pipe(told.data()), 0);
  char word = 0;
  const pid_t first = ::fork();
  if (first == 0) {
    Ledger ledger = open();
    begin(ledger);
    commit(ledger, span(0, 0, 50));
    if (!fault_of_checkpoint(ledger).empty()) ::_exit(2);
    const bool was_told = ::write(said[1], &word, 1) == 1 && ::read(told[0], &word, 1) == 1;
    ::_exit(was_told && fault_of_end(ledger) == moved ? 0 : 1);
  }
  ASSERT_EQ(::read(said[0], &word, 1), 1);
  files::rename(path, other);
  path = other;
  {
    Ledger second = open("");
    EXPECT_EQ(second.start().incarnation, 2);
    const std::int64_t begun = second.start().done.empty() ? 0 : 50;  // the log is not there
    begin(second);
    commit(second, span(0, begun, 70));
    ASSERT_EQ(::write(told[1], &word, 1), 1);
    int status = 0;
    ::waitpid(first, &status, 0);
    EXPECT_EQ(status, 0);
    EXPECT_EQ(fault_of_checkpoint(second, "b"), "");
    commit(second, span(0, 70, 100));
    second.end(figures(), false);
  }
  EXPECT_EQ(fault_of(""), "");
  EXPECT_EQ(rows("SELECT sum(end - begin) FROM spans"), Rows{"100"});
}

TEST_P(LedgerInUse, HasItsFolderRenamed) {
  const files::path own = folder.path() / "own";
  files::create_directory(own);
  path = own / "run.db";
  Ledger ledger = open();
  begin(ledger);
  files::rename(own, folder.path() / "renamed");
  EXPECT_EQ(fault_of_checkpoint(ledger), std::string("own/") + moved);
}

TEST_P(LedgerInUse, HasItsSymbolicLinkPointElsewhere) {
  files::create_symlink("far.db", path);
  Ledger ledger = open();
  begin(ledger);
  commit(ledger, span(0, 0, 50));
  files::remove(path);
  EXPECT_EQ(fault_of_checkpoint(ledger), moved);
  files::rename(folder.path() / "far.db", other);
  files::create_symlink("other.db", path);  // the same file, by a name for which there is no log
  EXPECT_EQ(fault_of_checkpoint(ledger), moved);
}

// Nothing of the other's is touched, though it has the same names.
TEST_P(LedgerInUse, IsDeletedAndAnotherRunBeginsInItsPlace) {
  Ledger first = open();
  begin(first);
  commit(first, span(0, 0, 50));
  for (const char* const end : {"", "-wal", "-shm", ".lock"}) files::remove(path.string() + end);
  {
    Ledger second = open();
    begin(second);
    commit(second, span(0, 0, 20));
    const bool has_log = files::exists(path.string() + "-wal");
    EXPECT_EQ(fault_of_checkpoint(first), moved);
    EXPECT_EQ(files::exists(path.string() + "-wal"), has_log);
    commit(second, span(0, 20, 30));
    EXPECT_EQ(fault_of_end(first), moved);
  }
  EXPECT_EQ(open("").start().done, done(0, 0, 0, 30));
}

TEST_P(LedgerInUse, IsReplacedByACopy) {
  Ledger ledger = open();
  begin(ledger);
  commit(ledger, span(0, 0, 50));
  files::copy_file(path, other);
  files::rename(other, path);
  EXPECT_EQ(fault_of_checkpoint(ledger), moved);
  EXPECT_EQ(fault_of_end(ledger), moved);
}

// As `cp` writes it: into the file that is there.
TEST_P(LedgerInUse, IsOverwrittenByAnotherLedger) {
  std::swap(path, other);
  {
    Ledger third = open();
    begin(third);
    for (int i = 0; i < 9; ++i) commit(third, span(1, i, i + 1));
  }
  std::swap(path, other);
  {
    Ledger ledger = open();
    begin(ledger);
    EXPECT_EQ(fault_of_checkpoint(ledger), "");
    empty_log();
    commit(ledger, span(0, 0, 50));
    files::copy_file(other, path, files::copy_options::overwrite_existing);
    EXPECT_NE(fault_of_checkpoint(ledger), "");
    EXPECT_NE(fault_of_end(ledger), "");
  }
}

TEST_P(LedgerInUse, IsTruncated) {
  Ledger ledger = open();
  begin(ledger);
  empty_log();
  commit(ledger, span(0, 0, 50));
  files::resize_file(path, 0);
  EXPECT_NE(fault_of_checkpoint(ledger), "");
  EXPECT_NE(fault_of_end(ledger), "");
}

// Somebody's program does what SQLite allows all to do.
TEST_P(LedgerInUse, GoesOnThoughOthersTouchIt) {
  Ledger ledger = open();
  begin(ledger);
  commit(ledger, span(0, 0, 50));
  files::last_write_time(path, files::file_time_type::clock::now() + std::chrono::hours(1));
  execute("PRAGMA wal_checkpoint(PASSIVE)");
  EXPECT_EQ(fault_of_checkpoint(ledger), "");
  commit(ledger, span(0, 50, 60));
  EXPECT_EQ(spans(), (Rows{"0|0|50", "0|50|60"}));
}

TEST_P(LedgerInUse, GetsASecondName) {
  Ledger ledger = open();
  begin(ledger);
  files::create_hard_link(path, other);
  EXPECT_EQ(fault_of_checkpoint(ledger), has_two_names);
  files::remove(other);
  EXPECT_EQ(fault_of_checkpoint(ledger), "");
}

TEST_P(LedgerInUse, LosesItsLog) {
  if (GetParam() == DiskKind::network || !is_on_local_disk(folder.path().string())) {
    GTEST_SKIP() << "it has none";
  }
  {
    Ledger ledger = open();
    begin(ledger);
    commit(ledger, span(0, 0, 50));
    files::remove(path.string() + "-wal");
    EXPECT_EQ(fault_of_checkpoint(ledger), "");  // made good by another one
    EXPECT_TRUE(files::exists(path.string() + "-wal"));
  }
  EXPECT_EQ(open("").start().done, done(0, 0, 0, 50));
}

TEST_P(LedgerInUse, IsTakenOverWhereItsLockIsGone) {
  Ledger first = open();
  begin(first);
  commit(first, span(0, 0, 50));
  files::remove(path.string() + ".lock");
  Ledger second = open("");
  EXPECT_EQ(second.start().done, done(0, 0, 0, 50));
  EXPECT_EQ(fault_in([&] { commit(first, span(0, 50, 60, 1, 9)); }), taken_over);  // not begun yet
  begin(second);
  commit(second, span(0, 50, 100));
  EXPECT_EQ(fault_of_checkpoint(first), taken_over);
  EXPECT_EQ(fault_of_end(first), taken_over);
  EXPECT_TRUE(first.is_lost());
  commit(second, span(1, 0, 10));
  second.end(figures(), true);
  EXPECT_EQ(spans(), (Rows{"0|0|50", "0|50|100", "1|0|10"}));
}

// A second worker that calls for it is told so without a commit.
TEST_P(LedgerInUse, IsLookedAtBeforeEachAnswer) {
  Ledger ledger = open();
  begin_steps(ledger);
  ledger.commit(figures(), checkpoint_at("a", 4));
  files::rename(path, other);
  EXPECT_EQ(fault_in([&] { ledger.commit(figures(), checkpoint_at("a", 4)); }), moved);
}

INSTANTIATE_TEST_SUITE_P(OnEveryDisk, LedgerInUse,
                         testing::Values(DiskKind::local, DiskKind::network),
                         [](const testing::TestParamInfo<DiskKind>& disk) {
                           return disk.param == DiskKind::local ? "local" : "network";
                         });

// ---- before a job

class LeftLedger : public LedgerTest, public testing::Test {
 protected:
  void leave() const {
    Ledger ledger = open();
    begin(ledger);
    ledger.add(span(0, 0, 50));
    ledger.end(figures(), false);
  }
};

TEST_F(LeftLedger, IsRefusedUnderEachOfTwoNames) {
  leave();
  const files::path other = folder.path() / "other.db";
  files::create_hard_link(path, other);
  EXPECT_EQ(fault_of(""), has_two_names);
  path = other;
  EXPECT_EQ(fault_of(""), "other" + std::string(has_two_names).substr(3));
  EXPECT_FALSE(is_locked(path.string()));
}

TEST_F(LeftLedger, IsNotBegunOverWhereOnlyItsLockOrLogIsLeft) {
  for (const char* const end : {".lock", "-wal", "-journal"}) {
    std::ofstream(path.string() + end) << "x";
    for (const char* const resume : {"", "a"}) EXPECT_EQ(fault_of(resume), is_gone) << end;
    EXPECT_EQ(fault_of(), is_gone) << end;
    EXPECT_FALSE(files::exists(path));
    files::remove(path.string() + end);
  }
}

TEST_F(LeftLedger, IsBegunWhereARunThatNeverBeganHasLeftItsLock) {
  static_cast<void>(open());
  files::remove(path);
  ASSERT_TRUE(files::exists(path.string() + ".lock"));
  for (const char* const resume : {"", "a"}) EXPECT_NE(fault_of(resume), is_gone);
  files::remove(path);
  EXPECT_EQ(fault_of(), "");
}

TEST_F(LeftLedger, IsNotBegunOverWhereItIsEmptied) {
  leave();
  files::resize_file(path, 0);
  EXPECT_EQ(fault_of(""), is_gone);
  EXPECT_EQ(fault_of(), is_gone);
}

TEST_F(LeftLedger, IsNotBegunOverWhereASymbolicLinkLeadsToIt) {
  const files::path far = folder.path() / "far.db";
  files::create_symlink("far.db", path);
  leave();
  files::remove(far);
  EXPECT_EQ(fault_of(""), is_gone);
}

TEST_F(LeftLedger, IsBegunOverIfThatIsAskedFor) {
  leave();
  EXPECT_EQ(fault_in([&] { open(std::nullopt, true); }),
            "run.db: holds a run already, which is not complete; give --resume to go on with it, "
            "or another ledger");
  files::remove(path);
  {
    Ledger ledger = open(std::nullopt, true);
    EXPECT_EQ(ledger.start().incarnation, 1);
    EXPECT_TRUE(ledger.start().done.empty());
    begin(ledger);
  }
  EXPECT_EQ(fault_of(""), "");
}

TEST_F(LeftLedger, HasTheRightsThatTheUmaskLeaves) {
  for (const auto& [mask, rights] : {std::pair(0002, 0664), {0022, 0644}, {0077, 0600}}) {
    const mode_t before = ::umask(static_cast<mode_t>(mask));
    path = folder.path() / (std::to_string(mask) + ".db");
    Ledger ledger = open();
    begin(ledger);
    ::umask(before);
    for (const char* const end : {"", "-wal", "-shm", ".lock"}) {
      struct stat about {};
      if (::stat((path.string() + end).c_str(), &about) != 0) continue;  // of another journal
      EXPECT_EQ(about.st_mode & 0777, static_cast<mode_t>(rights)) << end;
    }
  }
}

}  // namespace
}  // namespace evenkeel
