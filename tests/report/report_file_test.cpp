#include <gtest/gtest.h>
#include <sys/resource.h>

#include <csignal>
#include <fstream>
#include <sstream>
#include <string>

#include "evenkeel/error.h"
#include "example_report.h"
#include "report/output_file.h"
#include "report/report_file.h"
#include "scratch_folder.h"

namespace evenkeel {
namespace {

using testing::content_of;
using testing::ScratchFolder;
using testing::three_workers;

// The message of the UserError that an action throws; empty if it throws none.
template <typename Action>
std::string fault(Action action) {
  try {
    action();
  } catch (const UserError& error) {
    return error.what();
  }
  return "";
}

// While it lives, no file grows beyond this many bytes: a stand-in for a full disk.
class FileSizeLimit {
 public:
  explicit FileSizeLimit(rlim_t bytes) : old_handler_(std::signal(SIGXFSZ, SIG_IGN)) {
    ::getrlimit(RLIMIT_FSIZE, &old_);
    const rlimit limit{bytes, old_.rlim_max};
    ::setrlimit(RLIMIT_FSIZE, &limit);
  }
  ~FileSizeLimit() {
    ::setrlimit(RLIMIT_FSIZE, &old_);
    std::signal(SIGXFSZ, old_handler_);
  }
  FileSizeLimit(const FileSizeLimit&) = delete;
  FileSizeLimit& operator=(const FileSizeLimit&) = delete;

 private:
  rlimit old_{};
  void (*old_handler_)(int);
};

TEST(OutputFile, StaysIfItIsADatabase) {
  const ScratchFolder folder;
  const std::string path = folder.file("run.db.json");
  std::ofstream(path) << "SQLite format 3" << '\0' << "pages";
  const std::string words =
      path + ": is a ledger or another database, and stays; choose another file";
  EXPECT_EQ(fault([&] { OutputFile{path}; }), words);
  EXPECT_EQ(fault([&] { check_report_path(path); }), words);
  EXPECT_EQ(content_of(path).size(), 21U);
}

TEST(ReportFile, HasTheFormatOfItsExtension) {
  const ScratchFolder folder;
  const BalanceReport report = three_workers();
  std::ostringstream json;
  write_json(report, json);
  std::ostringstream csv;
  write_csv(report, csv);
  std::ostringstream table;
  write_table(report, table);

  write_report_file(report, folder.file("report.json"));
  write_report_file(report, folder.file("report.csv"));
  write_report_file(report, folder.file("report.txt"));
  EXPECT_EQ(content_of(folder.file("report.json")), json.str());
  EXPECT_EQ(content_of(folder.file("report.csv")), csv.str());
  EXPECT_EQ(content_of(folder.file("report.txt")), table.str());
  EXPECT_EQ(folder.entries(), 3U);
}

TEST(ReportFile, ReplacesAnOlderOne) {
  const ScratchFolder folder;
  const std::string path = folder.file("report.csv");
  std::ofstream(path) << std::string(100'000, 'x');
  write_report_file(BalanceReport{}, path);
  EXPECT_TRUE(content_of(path).starts_with("rank,host,"));
  EXPECT_EQ(content_of(path).find('x'), std::string::npos);
}

TEST(ReportFile, LeavesTheOldOneAndNoTraceIfItCannotBeWritten) {
  const ScratchFolder folder;
  const std::string path = folder.file("report.json");
  std::ofstream(path) << "old";
  std::string message;
  {
    const FileSizeLimit limit(100);
    message = fault([&] { write_report_file(three_workers(), path); });
  }
  EXPECT_EQ(message, path +
                         ": cannot write: File too large; check its folder and free space, or "
                         "choose another file");
  EXPECT_EQ(content_of(path), "old");
  EXPECT_EQ(folder.entries(), 1U);
}

TEST(ReportPath, IsAcceptedWithoutATrace) {
  const ScratchFolder folder;
  const std::string path = folder.file("report.json");
  check_report_path(path);
  EXPECT_EQ(folder.entries(), 0U);
  std::ofstream(path) << "old";
  check_report_path(path);
  EXPECT_EQ(content_of(path), "old");
  EXPECT_EQ(folder.entries(), 1U);
}

TEST(ReportPath, NeedsAKnownExtension) {
  for (const std::string path : {"report.html", "report", "report.json.gz", ".json", ""}) {
    const std::string expected =
        path + ": a report's format is told by its name, which ends in .json, .csv or .txt";
    EXPECT_EQ(fault([&] { check_report_path(path); }), expected);
    EXPECT_EQ(fault([&] { write_report_file(BalanceReport{}, path); }), expected);
  }
}

TEST(ReportPath, MayNotBeAFolder) {
  const ScratchFolder folder;
  const std::string path = folder.file("results.json");
  std::filesystem::create_directory(path);
  EXPECT_EQ(fault([&] { check_report_path(path); }),
            path + ": is a folder; a report needs the name of a file");
  EXPECT_EQ(fault([&] { write_report_file(BalanceReport{}, path); }),
            path + ": is a folder; a report needs the name of a file");
  EXPECT_EQ(folder.entries(), 1U);
}

TEST(ReportPath, NeedsAFolderThatTakesFiles) {
  const ScratchFolder folder;
  const std::string missing = folder.file("missing/report.json");
  EXPECT_EQ(fault([&] { check_report_path(missing); }),
            missing +
                ": cannot write: No such file or directory; check its folder and free space, or "
                "choose another file");
  std::ofstream(folder.file("file")) << "";
  const std::string inside_file = folder.file("file/report.json");
  EXPECT_EQ(fault([&] { check_report_path(inside_file); }),
            inside_file +
                ": cannot write: Not a directory; check its folder and free space, or choose "
                "another file");
}

}  // namespace
}  // namespace evenkeel
