#include "report/report_file.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <sstream>
#include <string_view>
#include <system_error>

#include "evenkeel/error.h"
#include "report/output_file.h"

namespace evenkeel {
namespace {

// The format for a path; throws UserError if it can tell that the path is none for a report.
const ReportFormat& format_for(const std::string& path) {
  const std::string extension = std::filesystem::path(path).extension().string();
  const auto* const format = std::ranges::find(report_formats, extension, &ReportFormat::extension);
  if (format == report_formats.end()) {
    throw UserError(fmt::format("{}: a report's format is told by its name, which ends in {}", path,
                                report_extensions()));
  }
  std::error_code unknown;  // then the draft meets the fault
  if (std::filesystem::is_directory(path, unknown)) {
    throw UserError(path + ": is a folder; a report needs the name of a file");
  }
  return *format;
}

// A file beside its destination, which becomes the destination or vanishes.
class Draft {
 public:
  // Throws UserError if no file can be made there.
  explicit Draft(const std::string& path)
      : path_(path),
        draft_path_(fmt::format("{}.{}.tmp", path, ::getpid())),
        file_(draft_path_, path) {}
  ~Draft() {
    if (!published_) std::remove(draft_path_.c_str());
  }
  Draft(const Draft&) = delete;
  Draft& operator=(const Draft&) = delete;

  // Writes it all and puts it in the destination's place. Throws UserError.
  void publish(std::string_view text) {
    file_.append(text);
    file_.close();
    if (std::rename(draft_path_.c_str(), path_.c_str()) != 0) {
      throw UserError(fmt::format("{}: cannot be replaced: {}; choose another file", path_,
                                  std::generic_category().message(errno)));
    }
    published_ = true;
  }

 private:
  std::string path_;
  std::string draft_path_;
  OutputFile file_;
  bool published_ = false;
};

}  // namespace

std::string report_extensions() {
  std::string list;
  for (const ReportFormat& format : report_formats) {
    if (!list.empty()) list += &format == &report_formats.back() ? " or " : ", ";
    list += format.extension;
  }
  return list;
}

void write_report_file(const BalanceReport& report, const std::string& path) {
  const ReportFormat& format = format_for(path);
  std::ostringstream text;
  format.write(report, text);
  Draft(path).publish(std::move(text).str());
}

void write_whole_file(std::string_view text, const std::string& path) { Draft(path).publish(text); }

void check_report_path(const std::string& path) {
  format_for(path);
  require_no_database(path);
  const Draft draft(path);
}

}  // namespace evenkeel
