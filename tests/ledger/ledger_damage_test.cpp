// Bits that flip in a ledger, and rows that others change.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "ledger/recorded_job.h"

namespace evenkeel {
namespace {

constexpr const char* is_damaged =
    "run.db: is damaged; restore a copy of it, or begin another ledger";

constexpr std::array tables{"term",       "incarnation",      "generation",      "span",
                            "checkpoint", "checkpoint_whole", "checkpoint_done", "set_aside"};

// Two jobs, of which the second has gone back to a checkpoint.
class DamagedLedger : public LedgerTest, public testing::Test {
 protected:
  DamagedLedger() {
    for (const char* const resume : {"", "b"}) {
      Ledger ledger = open(resume);
      begin(ledger);
      ledger.add(span(0, 0, 60, 1, 5));
      ledger.commit(figures(), checkpoint("b", done(0, 0, 0, 60)));
      JobFigures now = figures();
      now.set_aside = {{pass_of(0), "/data/a", 3, 2}};
      ledger.add(span(0, 60, 100, 2, 6));
      ledger.end(now, false);
    }
    std::ostringstream bytes;
    bytes << std::ifstream(path, std::ios::binary).rdbuf();
    whole = bytes.str();
  }
  void write(const std::string& bytes) const {
    std::ofstream(path, std::ios::binary | std::ios::trunc) << bytes;
  }

  std::string whole;
};

TEST_F(DamagedLedger, IsOpenedAsItWas) { EXPECT_EQ(fault_of(""), ""); }

// Each bit of one byte in turn, of all that is written in the table's page.
TEST_F(DamagedLedger, IsRefusedIfABitFlips) {
  const std::size_t size = std::stoul(rows("PRAGMA page_size").front());
  for (const char* const table : tables) {
    const std::string page =
        rows(fmt::format("SELECT rootpage FROM sqlite_master WHERE name = '{}'", table)).front();
    const std::size_t begin = (std::stoul(page) - 1) * size;
    std::int64_t refused = 0;
    for (std::size_t i = begin; i < begin + size; ++i) {
      if (whole[i] == 0 && i % 97 != 0) continue;
      std::string bytes = whole;
      bytes[i] = static_cast<char>(bytes[i] ^ (1 << i % 8));
      write(bytes);
      try {
        const Ledger ledger = open("b");
        EXPECT_EQ(ledger.start().done, done(0, 0, 0, 60)) << table << " " << i - begin;
        EXPECT_EQ(ledger.start().generation, 3) << table << " " << i - begin;
        EXPECT_EQ(ledger.start().incarnation, 3) << table << " " << i - begin;
      } catch (const UserError&) {
        ++refused;
      }
    }
    EXPECT_GT(refused, 10) << table;
  }
}

TEST_F(DamagedLedger, IsRefusedIfAValueIsAnother) {
  for (const char* const table : tables) {
    for (const std::string& name :
         rows(fmt::format("SELECT name FROM pragma_table_info('{}')", table))) {
      write(whole);
      execute(
          fmt::format("UPDATE {0} SET {1} = iif(typeof({1}) = 'text', 'x', ifnull({1}, 0) + 77) "
                      "WHERE {1} IS (SELECT max({1}) FROM {0})",
                      table, name));
      EXPECT_EQ(fault_of("b"), is_damaged) << table << " " << name;
    }
  }
}

TEST_F(DamagedLedger, IsRefusedIfARowIsMissingOrThereTwice) {
  for (const char* const table : tables) {
    write(whole);
    const std::string key =
        rows(fmt::format("SELECT name FROM pragma_table_info('{}')", table)).front();
    execute(fmt::format("DELETE FROM {0} WHERE {1} = (SELECT max({1}) FROM {0})", table, key));
    EXPECT_EQ(fault_of("b"), is_damaged) << table;
  }
  write(whole);
  execute(
      "INSERT INTO span SELECT generation, dataset, 1, begin, end, rank, lease, t0, t1 "
      "FROM span LIMIT 1");
  EXPECT_EQ(fault_of("b"), is_damaged);
  write(whole);
  execute("DELETE FROM seal");
  EXPECT_EQ(fault_of("b"), is_damaged);
}

TEST_F(DamagedLedger, IsRefusedIfItsRowsAreReadInAnotherWay) {
  execute("DROP VIEW spans; CREATE VIEW spans AS SELECT * FROM span");
  EXPECT_EQ(fault_of("b"), is_damaged);
}

TEST_F(DamagedLedger, IsNoDamageWhatDecidesNothing) {
  execute("DELETE FROM event; DELETE FROM progress; CREATE TABLE mine (a)");
  EXPECT_EQ(fault_of("b"), "");
}

}  // namespace
}  // namespace evenkeel
