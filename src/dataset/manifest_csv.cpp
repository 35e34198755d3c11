#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <deque>
#include <utility>
#include <vector>

#include "dataset/readers.h"

namespace evenkeel {
namespace {

enum Column : std::size_t { column_path, column_samples, column_bytes, column_cost, column_hosts };
constexpr std::array<std::string_view, 5> column_names = {"path", "samples", "bytes", "cost",
                                                          "hosts"};
constexpr std::size_t no_field = SIZE_MAX;

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view blanks = " \t\r";
  text.remove_prefix(std::min(text.find_first_not_of(blanks), text.size()));
  return text.substr(0, text.find_last_not_of(blanks) + 1);
}

// The records of a CSV text (RFC 4180) in order. A line feed alone ends a line too; empty lines are
// skipped.
class CsvRecords {
 public:
  explicit CsvRecords(const TextFile& file) : file_(file), rest_(file.text()) {}

  // Reads the next record; false at the end. Throws UserError.
  bool next();

  // Valid until the next call of next().
  const std::vector<std::string_view>& fields() const { return fields_; }
  std::int64_t line() const { return line_; }         // where the record begins
  const char* place() const { return rest_.data(); }  // where the next record begins

 private:
  std::string_view read_field();
  std::string_view read_quoted_field();
  bool take(char c);
  bool take_line_end();

  const TextFile& file_;
  std::string_view rest_;
  std::int64_t line_ = 0;
  std::int64_t next_line_ = 1;
  std::vector<std::string_view> fields_;
  std::deque<std::string> unquoted_;  // fields that had to be unquoted
};

bool CsvRecords::next() {
  while (take_line_end()) {
  }
  if (rest_.empty()) return false;
  line_ = next_line_;
  fields_.clear();
  unquoted_.clear();
  do {
    fields_.push_back(read_field());
  } while (take(','));
  if (!rest_.empty() && !take_line_end()) {
    file_.fail_at_line(line_, "has text after a closing quote; inside quotes, write \"\" for \"");
  }
  return true;
}

// Blanks around a field belong to it only inside quotes.
std::string_view CsvRecords::read_field() {
  const auto skip_blanks = [this] {
    rest_.remove_prefix(std::min(rest_.find_first_not_of(" \t"), rest_.size()));
  };
  skip_blanks();
  if (rest_.starts_with('"')) {
    const std::string_view field = read_quoted_field();
    skip_blanks();
    return field;
  }
  const auto ends_field = [](char c) { return c == ',' || c == '\n'; };
  const auto* const end = std::find_if(rest_.begin(), rest_.end(), ends_field);
  const std::string_view field = rest_.substr(0, static_cast<std::size_t>(end - rest_.begin()));
  rest_.remove_prefix(field.size());
  return trimmed(field);
}

std::string_view CsvRecords::read_quoted_field() {
  take('"');
  std::string& field = unquoted_.emplace_back();
  while (true) {
    const std::size_t end = rest_.find('"');
    if (end == std::string_view::npos) {
      file_.fail_at_line(line_, "opens a quote that never closes; add the closing one");
    }
    next_line_ += std::count(rest_.begin(), rest_.begin() + static_cast<std::ptrdiff_t>(end), '\n');
    field += rest_.substr(0, end);
    rest_.remove_prefix(end + 1);
    if (!take('"')) return field;
    field += '"';
  }
}

bool CsvRecords::take(char c) {
  if (!rest_.starts_with(c)) return false;
  rest_.remove_prefix(1);
  return true;
}

bool CsvRecords::take_line_end() {
  const bool has_return = rest_.starts_with("\r\n") || rest_ == "\r";
  if (has_return) take('\r');
  if (!take('\n') && !has_return) return false;
  ++next_line_;
  return true;
}

class CsvReader {
 public:
  explicit CsvReader(const TextFile& file) : file_(file), records_(file) {}

  Manifest read();

 private:
  void read_header();
  void read_row();
  std::string_view cell(Column column) const;
  std::int64_t read_whole_number(Column column, std::int64_t least, std::string_view rule) const;
  double read_cost() const;
  void read_hosts();
  [[noreturn]] void fail_cell(Column column, std::string_view rule) const;
  void check_paths() const;
  std::int64_t line_of(std::int64_t row) const;

  const TextFile& file_;
  CsvRecords records_;
  Manifest manifest_;
  std::size_t fields_ = 0;                                   // in the header
  std::array<std::size_t, column_names.size()> field_of_{};  // by column, or no_field
};

Manifest CsvReader::read() {
  manifest_.name = file_.path().stem().string();
  manifest_.root = file_.folder();
  read_header();
  while (records_.next()) {
    read_row();
    if (judges_room(manifest_.files)) make_room(manifest_.files, file_, records_.place());
  }
  if (manifest_.files.size() == 0) file_.fail("has a header but no files; list at least one");
  check_paths();
  if (field_of_[column_cost] != no_field) manifest_.cost_unit = "cost";
  return std::move(manifest_);
}

void CsvReader::read_header() {
  records_.next();
  field_of_.fill(no_field);
  fields_ = records_.fields().size();
  for (std::size_t field = 0; field < fields_; ++field) {
    const std::string_view name = trimmed(records_.fields()[field]);
    const auto* found = std::find(column_names.begin(), column_names.end(), name);
    if (found == column_names.end()) {
      file_.fail_at_line(records_.line(), fmt::format("has an unknown column {}; {}", quoted(name),
                                                      name_hint(name, column_names)));
    }
    std::size_t& place = field_of_[static_cast<std::size_t>(found - column_names.begin())];
    if (place != no_field) {
      file_.fail_at_line(records_.line(),
                         fmt::format("has the column \"{}\" twice; keep one of them", name));
    }
    place = field;
  }
  for (const Column column : {column_path, column_samples}) {
    if (field_of_[column] == no_field) {
      file_.fail_at_line(records_.line(),
                         fmt::format("has no column \"{}\"; the header is path,samples and, if "
                                     "known, bytes, cost and hosts",
                                     column_names[column]));
    }
  }
}

void CsvReader::read_row() {
  if (records_.fields().size() != fields_) {
    file_.fail_at_line(records_.line(),
                       fmt::format("has {} fields and the header {}; quote a field with commas",
                                   records_.fields().size(), fields_));
  }
  const std::string_view path = records_.fields()[field_of_[column_path]];
  if (!is_path(path)) fail_cell(column_path, path_rule);
  const std::int64_t samples = read_whole_number(column_samples, 1, samples_rule);
  const bool has_bytes = field_of_[column_bytes] != no_field && !cell(column_bytes).empty();
  const bool has_cost = field_of_[column_cost] != no_field;
  if (field_of_[column_hosts] != no_field) read_hosts();
  manifest_.files.add(
      path, samples,
      has_bytes ? read_whole_number(column_bytes, 0, bytes_rule) : FileTable::unknown_bytes,
      has_cost ? read_cost() : static_cast<double>(samples));
}

std::string_view CsvReader::cell(Column column) const {
  return trimmed(records_.fields()[field_of_[column]]);
}

std::int64_t CsvReader::read_whole_number(Column column, std::int64_t least,
                                          std::string_view rule) const {
  const std::string_view text = cell(column);
  const char* end = text.data() + text.size();
  std::int64_t number = 0;
  const auto [stop, error] = std::from_chars(text.data(), end, number);
  if (error != std::errc() || stop != end || number < least) fail_cell(column, rule);
  return number;
}

double CsvReader::read_cost() const {
  const std::string_view text = cell(column_cost);
  const char* end = text.data() + text.size();
  double cost = 0;
  const auto [stop, error] = std::from_chars(text.data(), end, cost);
  if (error != std::errc() || stop != end || !is_cost(cost)) fail_cell(column_cost, cost_rule);
  return cost;
}

// Of the file that is added next.
void CsvReader::read_hosts() {
  std::string_view rest = cell(column_hosts);
  while (!rest.empty()) {
    const std::size_t end = std::min(rest.find(';'), rest.size());
    const std::string_view name = trimmed(rest.substr(0, end));
    if (!is_path(name)) fail_cell(column_hosts, "names of hosts are separated by semicolons");
    manifest_.hosts.add(manifest_.files.size(), name);
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
}

void CsvReader::fail_cell(Column column, std::string_view rule) const {
  file_.fail_at_line(records_.line(),
                     fmt::format("{} is {}; {}", column_names[column], quoted(cell(column)), rule));
}

void CsvReader::check_paths() const {
  if (const auto duplicate = find_duplicate_path(manifest_.files)) {
    file_.fail_at_line(
        line_of(duplicate->again),
        fmt::format("path is {}, as in line {}; list each file once",
                    quoted(manifest_.files.path(duplicate->again)), line_of(duplicate->first)));
  }
}

// The line of a file, found by reading again.
std::int64_t CsvReader::line_of(std::int64_t row) const {
  CsvRecords records(file_);
  for (std::int64_t skipped = -1; skipped <= row; ++skipped) records.next();
  return records.line();
}

}  // namespace

bool is_csv_manifest(const TextFile& file) {
  std::string_view header = file.text().substr(0, file.text().find('\n'));
  while (!header.empty()) {
    std::string_view name = trimmed(header.substr(0, header.find(',')));
    header.remove_prefix(std::min(header.find(','), header.size() - 1) + 1);
    if (name.size() >= 2 && name.starts_with('"') && name.ends_with('"')) {
      name = trimmed(name.substr(1, name.size() - 2));
    }
    if (name == column_names[column_path] || name == column_names[column_samples]) return true;
  }
  return false;
}

Manifest read_csv_manifest(const TextFile& file) { return CsvReader(file).read(); }

}  // namespace evenkeel
