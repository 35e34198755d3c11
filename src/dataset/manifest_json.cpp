#include <fmt/format.h>
#include <simdjson.h>

#include <algorithm>
#include <array>
#include <utility>

#include "dataset/json_faults.h"
#include "dataset/readers.h"

namespace evenkeel {
namespace {

namespace ondemand = simdjson::ondemand;

enum ManifestKey : std::size_t { key_evenkeel, key_files, key_name, key_root, key_cost_unit };
constexpr std::array<std::string_view, 6> manifest_keys = {"evenkeel", "files",     "name",
                                                           "root",     "cost_unit", "extra"};

enum FileKey : std::size_t { key_path, key_samples, key_bytes, key_cost, key_hosts };
constexpr std::array<std::string_view, 6> file_keys = {"path", "samples", "bytes",
                                                       "cost", "hosts",   "extra"};

struct FileRow {
  std::string_view path;
  std::int64_t samples = 0;
  std::int64_t bytes = FileTable::unknown_bytes;
  double cost = 0;
};

// As value.get_string(), but without a copy if nothing in it is escaped.
simdjson::error_code get_text(ondemand::value& value, std::string_view& text) {
  const std::string_view token = value.raw_json_token();
  if (!token.starts_with('"') || token.find('\\') != std::string_view::npos) {
    return value.get_string().get(text);
  }
  text = token.substr(1, token.rfind('"') - 1);
  return value.get_raw_json_string().error();
}

class JsonReader {
 public:
  explicit JsonReader(const TextFile& file) : file_(file) {}

  Manifest read();

 private:
  using Seen = std::array<bool, manifest_keys.size()>;  // by key, in one object

  void check_version(ondemand::document& document) const;
  void read_member(std::size_t key, ondemand::value value);
  void read_files(ondemand::value value);
  void read_file(ondemand::value value);
  void read_file_member(std::size_t key, ondemand::value value, FileRow& row);
  void read_hosts(ondemand::value value);
  std::string read_text(std::size_t key, ondemand::value value) const;
  void check_costs() const;
  void check_paths() const;

  // A field's index among the known keys. Unknown and repeated fields are errors.
  std::size_t key_of(ondemand::field& field, std::span<const std::string_view> known,
                     Seen& seen) const;

  // JSON pointers to the object being read, and to one of its members.
  std::string here() const;
  std::string member(std::string_view key) const { return fmt::format("{}/{}", here(), key); }
  static std::string file_pointer(std::int64_t file) { return fmt::format("/files/{}", file); }

  const TextFile& file_;
  Manifest manifest_;
  bool in_files_ = false;  // reading file number manifest_.files.size()
  bool has_costs_ = false;
  std::optional<std::int64_t> without_cost_;  // the first file without a cost
};

Manifest JsonReader::read() {
  ondemand::parser parser;
  const std::string_view text = file_.text();
  ondemand::document document =
      parser.iterate(text.data(), text.size(), text.size() + TextFile::padding);
  check_version(document);
  document.rewind();

  manifest_.name = file_.path().stem().string();
  manifest_.root = ".";
  Seen seen{};
  for (ondemand::field field : document.get_object()) {
    const std::size_t key = key_of(field, manifest_keys, seen);
    read_member(key, field.value());
  }
  if (document.current_location().error() == simdjson::SUCCESS) {
    throw simdjson::simdjson_error(simdjson::TRAILING_CONTENT);
  }
  if (manifest_.files.size() == 0) file_.fail("lists no files; \"files\" has at least one");
  check_costs();
  check_paths();
  if (has_costs_ && !seen[key_cost_unit]) manifest_.cost_unit = "cost";
  if (!is_address(manifest_.root.native())) {
    manifest_.root = absolute_folder(file_.folder() / manifest_.root);
  }
  return std::move(manifest_);
}

void JsonReader::check_version(ondemand::document& document) const {
  ondemand::value value;
  const simdjson::error_code error = document.find_field_unordered("evenkeel").get(value);
  if (error == simdjson::NO_SUCH_FIELD) {
    file_.fail(
        "has no \"evenkeel\" key; a manifest begins {\"evenkeel\": 1, and in JSON lines each line "
        "has a \"duration\"");
  }
  if (error != simdjson::SUCCESS) throw simdjson::simdjson_error(error);
  std::int64_t version = 0;
  if (value.get_int64().get(version) != simdjson::SUCCESS || version != 1) {
    fail_json_value(file_, "/evenkeel",
                    "this program reads version 1; for a later one, get a newer evenkeel");
  }
}

std::size_t JsonReader::key_of(ondemand::field& field, std::span<const std::string_view> known,
                               Seen& seen) const {
  const ondemand::raw_json_string raw = field.key();
  auto found = std::find_if(known.begin(), known.end(), [raw](std::string_view key) {
    return raw.raw()[0] == key[0] && raw.unsafe_is_equal(key);
  });
  if (found == known.end()) {  // perhaps written with escapes
    const std::string_view key = field.unescaped_key();
    found = std::find(known.begin(), known.end(), key);
    if (found == known.end()) {
      fail_in_json(file_, here(),
                   fmt::format("has an unknown key {}; {}", quoted(key), name_hint(key, known)));
    }
  }
  const auto key = static_cast<std::size_t>(found - known.begin());
  if (seen[key]) {
    fail_in_json(file_, here(), fmt::format("has \"{}\" twice; keep one of them", *found));
  }
  seen[key] = true;
  return key;
}

void JsonReader::read_member(std::size_t key, ondemand::value value) {
  if (key == key_files) read_files(value);
  if (key == key_name) manifest_.name = read_text(key, value);
  if (key == key_root) manifest_.root = read_text(key, value);
  if (key == key_cost_unit) manifest_.cost_unit = read_text(key, value);
}

std::string JsonReader::read_text(std::size_t key, ondemand::value value) const {
  std::string_view text;
  if (value.get_string().get(text) != simdjson::SUCCESS || !is_path(text)) {
    fail_json_value(file_, member(manifest_keys[key]),
                    "it must be a text that is not empty, without NUL");
  }
  return std::string(text);
}

void JsonReader::read_files(ondemand::value value) {
  ondemand::array files;
  if (value.get_array().get(files) != simdjson::SUCCESS) {
    fail_json_value(file_, "/files", "it must be a list of files");
  }
  in_files_ = true;
  for (ondemand::value file : files) {
    if (judges_room(manifest_.files)) {
      make_room(manifest_.files, file_, file.current_location().value());
    }
    read_file(file);
  }
  in_files_ = false;
}

void JsonReader::read_file(ondemand::value value) {
  ondemand::object object;
  if (value.get_object().get(object) != simdjson::SUCCESS) {
    fail_json_value(file_, here(), "a file is an object with \"path\" and \"samples\"");
  }
  FileRow row;
  Seen seen{};
  for (ondemand::field field : object) {
    const std::size_t key = key_of(field, file_keys, seen);
    read_file_member(key, field.value(), row);
  }
  for (const std::size_t key : {key_path, key_samples}) {
    if (!seen[key]) {
      fail_in_json(file_, here(), fmt::format("has no \"{}\"; each file has one", file_keys[key]));
    }
  }
  has_costs_ = has_costs_ || seen[key_cost];
  if (!seen[key_cost]) {
    row.cost = static_cast<double>(row.samples);
    if (!without_cost_) without_cost_ = manifest_.files.size();
  }
  manifest_.files.add(row.path, row.samples, row.bytes, row.cost);
}

// Of the file that is added next.
void JsonReader::read_hosts(ondemand::value value) {
  constexpr std::string_view rule = "it must be a list of names of hosts, such as [\"node-1\"]";
  ondemand::array hosts;
  if (value.get_array().get(hosts) != simdjson::SUCCESS) {
    fail_json_value(file_, member("hosts"), rule);
  }
  std::size_t index = 0;
  for (ondemand::value host : hosts) {
    std::string_view name;
    if (host.get_string().get(name) != simdjson::SUCCESS || !is_path(name)) {
      fail_json_value(file_, fmt::format("{}/{}", member("hosts"), index),
                      "a host is a text that is not empty, without NUL");
    }
    ++index;
    manifest_.hosts.add(manifest_.files.size(), name);
  }
}

void JsonReader::read_file_member(std::size_t key, ondemand::value value, FileRow& row) {
  constexpr auto success = simdjson::SUCCESS;
  if (key == key_path && (get_text(value, row.path) != success || !is_path(row.path))) {
    fail_json_value(file_, member("path"), path_rule);
  }
  if (key == key_samples && (value.get_int64().get(row.samples) != success || row.samples < 1)) {
    fail_json_value(file_, member("samples"), samples_rule);
  }
  if (key == key_bytes && (value.get_int64().get(row.bytes) != success || row.bytes < 0)) {
    fail_json_value(file_, member("bytes"), bytes_rule);
  }
  if (key == key_cost && (value.get_double().get(row.cost) != success || !is_cost(row.cost))) {
    fail_json_value(file_, member("cost"), cost_rule);
  }
  if (key == key_hosts) read_hosts(value);
}

void JsonReader::check_costs() const {
  if (has_costs_ && without_cost_) {
    fail_in_json(file_, file_pointer(*without_cost_),
                 "has no \"cost\" while other files have one; give it to all files or to none");
  }
}

void JsonReader::check_paths() const {
  if (const auto duplicate = find_duplicate_path(manifest_.files)) {
    fail_in_json(file_, file_pointer(duplicate->again) + "/path",
                 fmt::format("is {}, as {}/path is; list each file once",
                             quoted(manifest_.files.path(duplicate->again)),
                             file_pointer(duplicate->first)));
  }
}

std::string JsonReader::here() const {
  return in_files_ ? file_pointer(manifest_.files.size()) : std::string();
}

}  // namespace

bool is_json_manifest(const TextFile& file) {
  const std::size_t begin = file.text().find_first_not_of(" \t\r\n");
  return begin != std::string_view::npos && file.text()[begin] == '{';
}

Manifest read_json_manifest(const TextFile& file) {
  try {
    return JsonReader(file).read();
  } catch (const simdjson::simdjson_error& error) {
    check_json_syntax(file, file.text());
    file.fail(fmt::format("cannot be read as JSON: {}", error.what()));
  }
}

}  // namespace evenkeel
