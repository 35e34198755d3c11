#include <nlohmann/json.hpp>
#include <ostream>
#include <string>
#include <string_view>

#include "core/display_text.h"
#include "report/balance_report.h"
#include "report/json.h"
#include "report/report_file.h"

namespace evenkeel {
namespace {

// Quoted as in RFC 4180, if necessary, and nothing that a terminal or a spreadsheet would carry
// out.
std::string quoted(const std::string& raw) {
  constexpr std::string_view begin_of_formula = "=+-@";
  std::string text = printable(raw);
  if (!text.empty() && begin_of_formula.find(text.front()) != std::string_view::npos) {
    text = "'" + text;
  }
  if (text.find_first_of(",\"\r\n") == std::string::npos) return text;
  std::string result = "\"";
  for (const char c : text) {
    if (c == '"') result += '"';
    result += c;
  }
  return result + '"';
}

// Unknown values (JSON's null, or a number that is not finite) are empty cells.
std::string cell(const nlohmann::ordered_json& value) {
  if (value.is_string()) return quoted(value.get_ref<const std::string&>());
  const std::string text = json_text(value);
  return text == "null" ? "" : text;
}

// A rank's columns, then the job's outcome, which is the same on every row.
nlohmann::ordered_json row_of(const RankReport& rank, const BalanceReport& report) {
  nlohmann::ordered_json row = rank_json(rank, report);
  row["makespan_s"] = report.makespan_s;
  const nlohmann::ordered_json unknown;
  row["bound_s"] = report.is_limited() ? nlohmann::ordered_json(report.bound_s) : unknown;
  row["ratio"] = report.is_limited() ? nlohmann::ordered_json(report.ratio) : unknown;
  row["set_aside_samples"] = report.job.set_aside_samples;
  return row;
}

}  // namespace

void write_csv(const BalanceReport& report, std::ostream& out) {
  const nlohmann::ordered_json any_row = row_of(RankReport{}, report);
  const char* separator = "";
  for (const auto& member : any_row.items()) {
    out << separator << member.key();
    separator = ",";
  }
  out << '\n';
  for (const RankReport& rank : report.ranks) {
    separator = "";
    for (const nlohmann::ordered_json& value : row_of(rank, report)) {
      out << separator << cell(value);
      separator = ",";
    }
    out << '\n';
  }
}

}  // namespace evenkeel
