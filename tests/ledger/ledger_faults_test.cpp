#include <SQLiteCpp/Database.h>
#include <grp.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <fstream>

#include "evenkeel/error.h"
#include "ledger/recorded_job.h"
#include "ledger/recorded_run.h"
#include "ledger/run_lock.h"
#include "ledger/test_disk.h"

namespace evenkeel {
namespace {

class FaultyLedger : public LedgerTest, public testing::Test {
 protected:
  void make() const {
    Ledger ledger = open();
    begin(ledger);
    ledger.add(span(0, 0, 50));
    ledger.end(figures(), false);
  }

  // What looking at it says, without the folder's name.
  std::string fault_of_reading() const {
    try {
      read_run(path.string());
    } catch (const UserError& error) {
      return std::string(error.what()).substr(folder.path().string().size() + 1);
    }
    return "";
  }
};

TEST_F(FaultyLedger, HoldsARunAlready) {
  make();
  EXPECT_EQ(
      fault_of(),
      "run.db: holds a run already, which is not complete; give --resume to go on with it, or "
      "another ledger");
}

TEST_F(FaultyLedger, IsAFolder) {
  std::filesystem::create_directory(path);
  const std::string fault =
      "run.db: is a folder; a ledger is a file, such as " + (path / "run.db").string();
  EXPECT_EQ(fault_of(), fault);
  EXPECT_EQ(fault_of_reading(), fault);
  EXPECT_FALSE(std::filesystem::exists(path.string() + ".lock"));
}

TEST_F(FaultyLedger, IsInUse) {
  Ledger ledger = open();
  begin(ledger);
  EXPECT_EQ(fault_of(""),
            "run.db: another run is writing to this ledger; wait for its end, or give another "
            "ledger");
}

TEST_F(FaultyLedger, IsInUseByWhateverName) {
  Ledger ledger = open();
  begin(ledger);
  const std::filesystem::path other = folder.path() / "other.db";
  std::filesystem::create_symlink(path, other);
  EXPECT_TRUE(is_locked(other.string()));
  path = other;
  EXPECT_TRUE(fault_of("").starts_with("other.db: another run is writing to this ledger"));
}

// As where a rollback journal is used, and rank 0 dies in a write.
TEST_F(FaultyLedger, IsReadThoughAWriteWasCutOff) {
  make();
  execute("PRAGMA journal_mode = TRUNCATE");
  const pid_t writer = ::fork();
  if (writer == 0) {
    SQLite::Database database(path.string(), SQLite::OPEN_READWRITE);
    database.exec("PRAGMA cache_size = 2; BEGIN IMMEDIATE");
    for (int i = 0; i < 2000; ++i) {  // more than it keeps in memory
      database.exec("INSERT INTO event (incarnation, t, rank, kind) VALUES (1, 0, 1, 'lost')");
    }
    ::kill(::getpid(), SIGKILL);
  }
  ::waitpid(writer, nullptr, 0);
  EXPECT_GT(std::filesystem::file_size(path.string() + "-journal"), 0U);
  EXPECT_TRUE(read_run(path.string()).events.list().empty());
}

TEST_F(FaultyLedger, IsOfAnotherRun) {
  make();
  edit("UPDATE term SET value = '8' WHERE name = 'seed'");
  EXPECT_EQ(
      fault_of(""),
      "run.db: the run has seed 8, and here it is 7; resume it with the same, or begin another "
      "ledger");
}

TEST_F(FaultyLedger, IsDamagedInTextsThatARefusalNames) {
  make();
  edit("UPDATE term SET value = 'le' || char(7) || hex(zeroblob(900)) WHERE name = 'mode'");
  const std::string fault = fault_of("");
  EXPECT_TRUE(fault.starts_with("run.db: the run has mode le\\x0700")) << fault;
  EXPECT_LT(fault.size(), 200U);
}

TEST_F(FaultyLedger, HasACheckpointWithoutATag) {
  {
    Ledger ledger = open();
    begin(ledger);
    ledger.commit(figures(), checkpoint("a", done(0, 0, 0, 60)));
  }
  edit("UPDATE checkpoint SET tag = ''");
  EXPECT_EQ(fault_of(""), "run.db: is damaged: checkpoint 1 has no tag");
}

TEST_F(FaultyLedger, HasNoRunToGoBackIn) {
  EXPECT_EQ(fault_of("a"), "run.db: holds no run, and so no checkpoint 'a'; leave --resume out");
}

TEST_F(FaultyLedger, IsNewer) {
  make();
  execute("PRAGMA user_version = 6");
  EXPECT_EQ(fault_of(""),
            "run.db: is a ledger of version 6, and this evenkeel knows version 5; use the one that "
            "has written it, or another ledger");
  EXPECT_EQ(fault_of_reading(), fault_of(""));
}

TEST_F(FaultyLedger, IsAnotherDatabase) {
  execute("CREATE TABLE t (a); PRAGMA application_id = 3");
  EXPECT_EQ(fault_of(),
            "run.db: is not a ledger, but a database of another program; give another file");
  EXPECT_EQ(fault_of_reading(), fault_of());
}

TEST_F(FaultyLedger, IsNoDatabase) {
  std::ofstream(path) << "something else altogether, and long enough to be read as a header: "
                      << std::string(200, 'x');
  EXPECT_EQ(fault_of(), "run.db: is not a ledger; give another file");
}

// Whether or not what is needed to begin lies there.
TEST_F(FaultyLedger, IsDamagedInAPage) {
  make();
  const std::int64_t size = std::stoll(rows("PRAGMA page_size").front());
  for (const char* table : {"event", "worker", "span"}) {
    const std::string root = "SELECT rootpage FROM sqlite_master WHERE name = '";
    const std::int64_t page = std::stoll(rows(root + table + "'").front());
    const std::filesystem::path whole = path;
    path = folder.path() / (std::string(table) + ".db");
    std::filesystem::copy_file(whole, path);
    std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
    file.seekp((page - 1) * size);
    file << std::string(64, '\xAA');
    file.close();
    EXPECT_EQ(fault_of(""), path.filename().string() +
                                ": is damaged; restore a copy of it, or begin another ledger");
    path = whole;
  }
}

TEST_F(FaultyLedger, HasPositionsTwice) {
  make();
  edit("INSERT INTO span (generation, dataset, epoch, begin, end) VALUES (1, 0, 0, 40, 60)");
  EXPECT_EQ(fault_of(""),
            "run.db: is damaged: positions 40 to 60 of epoch 0 are there twice; restore a copy of "
            "it, or begin another ledger");
}

TEST_F(FaultyLedger, HasPositionsThatAreNone) {
  make();
  const std::string head = "INSERT INTO span (generation, dataset, epoch, begin, end) VALUES (1, ";
  for (const char* none : {"0, 0, 90, 101", "0, 0, -1, 0", "0, -1, 90, 100", "1, 0, 90, 100",
                           "0, 0, 60, 60", "0, 0, 70, 60"}) {
    edit("DELETE FROM span WHERE lease IS NULL");
    edit(head + none + ")");
    EXPECT_TRUE(fault_of("").starts_with("run.db: is damaged: positions ")) << none;
    EXPECT_TRUE(
        fault_of("").ends_with("are none of the dataset's; restore a copy of it, or begin "
                               "another ledger"))
        << none;
  }
}

TEST_F(FaultyLedger, HasNoFolder) {
  path = folder.path() / "nowhere" / "run.db";
  EXPECT_EQ(fault_of(),
            "nowhere/run.db: cannot be made: No such file or directory; check the ledger's "
            "folder, or choose another file");
}

// The rest in a child: limits, and rights that root does not have to mind.
template <typename Work>
int status_of_child(Work work) {
  const pid_t child = ::fork();
  if (child == 0) ::_exit(work());
  int status = 0;
  ::waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

// Of what the process is not allowed to write, as of what the disk does not hold.
TEST_F(FaultyLedger, KeepsWhatCouldNotBeWritten) {
  const int status = status_of_child([this] {
    std::signal(SIGXFSZ, SIG_IGN);
    Ledger ledger = open();
    begin(ledger);
    ledger.add(span(0, 0, 50));
    constexpr rlim_t some_pages = 50'000;
    const rlim_t now = std::filesystem::file_size(path.string() + "-wal");
    rlimit limit{now + some_pages, RLIM_INFINITY};
    ::setrlimit(RLIMIT_FSIZE, &limit);
    bool was_refused = false;
    for (std::int64_t i = 0; i < 200 && !was_refused; ++i) {
      ledger.add(span(1, 10 * i, 10 * i + 10));
      ledger.add(Event{instant_at(static_cast<double>(i)), Rank(2), EventKind::slower});
      try {
        ledger.commit(figures());
      } catch (const UserError&) {
        was_refused = true;
      }
    }
    if (!was_refused) return 1;
    limit.rlim_cur = RLIM_INFINITY;
    ::setrlimit(RLIMIT_FSIZE, &limit);
    ledger.commit(figures());
    return 0;
  });
  ASSERT_EQ(status, 0);
  const Rows all = spans();
  ASSERT_GT(all.size(), 2U);
  EXPECT_EQ(all.front(), "0|0|50");
  for (std::size_t i = 1; i < all.size(); ++i) {
    EXPECT_EQ(all[i], "1|" + std::to_string(10 * i - 10) + "|" + std::to_string(10 * i));
  }
  EXPECT_EQ(rows("SELECT count(*) FROM event"), Rows{std::to_string(all.size() - 1)});
}

// In a folder of the group's, where all let the group write.
TEST_F(FaultyLedger, GoesOnAsAColleaguesRun) {
  if (::getuid() != 0) GTEST_SKIP() << "only root can be several people";
  constexpr gid_t group = 65'000;
  ASSERT_EQ(::chown(folder.path().c_str(), 0, group), 0);
  ASSERT_EQ(::chmod(folder.path().c_str(), 02770), 0);
  for (const DiskKind disk : {DiskKind::local, DiskKind::network}) {
    path = folder.path() / (disk == DiskKind::local ? "local.db" : "network.db");
    for (const uid_t person : {65'001U, 65'002U, 65'001U}) {
      const int status = status_of_child([&] {
        use_test_disk(disk);
        ::umask(0002);
        if (::setgroups(0, nullptr) != 0 || ::setgid(group) != 0 || ::setuid(person) != 0) return 2;
        const std::string fault = fault_in([&] {
          Ledger ledger = open("");
          begin(ledger);
          ledger.commit(figures());
          ::_exit(0);  // and leaves its files as they are
        });
        ADD_FAILURE() << fault;
        return 1;
      });
      EXPECT_EQ(status, 0) << person;
    }
    EXPECT_EQ(rows("SELECT count(*) FROM incarnation"), Rows{"3"});
  }
}

TEST_F(FaultyLedger, BelongsToSomebodyElse) {
  using std::filesystem::perms;
  const std::string unreadable =
      "run.db: cannot be opened; check its folder and permissions, or give another ledger";
  const std::string unwritable =
      "run.db: cannot be written: the file, or its folder, is read-only; change that, or give "
      "another ledger";
  const perms readable = perms::owner_read | perms::group_read | perms::others_read;
  for (const DiskKind disk : {DiskKind::local, DiskKind::network}) {
    for (const perms rights : {perms::none, readable}) {
      const int status = status_of_child([&] {
        use_test_disk(disk);
        make();
        std::filesystem::permissions(path, rights);
        std::filesystem::permissions(folder.path(), perms::all);
        std::filesystem::permissions(path.string() + ".lock", perms::all);
        constexpr uid_t nobody = 65534;
        if (::getuid() == 0 && ::setuid(nobody) != 0) return 2;
        return fault_of("") == (rights == readable ? unwritable : unreadable) ? 0 : 1;
      });
      EXPECT_EQ(status, 0);
      for (const char* end : {"", "-wal", "-shm", ".lock"})
        std::filesystem::remove(path.string() + end);
    }
  }
}

}  // namespace
}  // namespace evenkeel
