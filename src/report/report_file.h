// The formats of a balance report, and files in them.
#pragma once

#include <array>
#include <iosfwd>
#include <string>
#include <string_view>

namespace evenkeel {

struct BalanceReport;

// The table fits 100 columns.
void write_json(const BalanceReport& report, std::ostream& out);
void write_csv(const BalanceReport& report, std::ostream& out);
void write_table(const BalanceReport& report, std::ostream& out);

struct ReportFormat {
  std::string_view name;
  std::string_view extension;  // of its files
  void (*write)(const BalanceReport& report, std::ostream& out);
};

// In the order in which they are listed to users.
inline constexpr auto report_formats = std::to_array<ReportFormat>({
    {"json", ".json", write_json},
    {"csv", ".csv", write_csv},
    {"table", ".txt", write_table},
});

std::string report_extensions();  // for users: ".json, .csv or .txt"

// Writes to a file in the format of its extension; whole or not at all. Throws UserError for
// another extension, or if the file cannot be written.
void write_report_file(const BalanceReport& report, const std::string& path);

// Writes another text to a file, in the same way.
void write_whole_file(std::string_view text, const std::string& path);

// Throws the UserError of write_report_file for a path it would refuse, before any work is done.
void check_report_path(const std::string& path);

}  // namespace evenkeel
