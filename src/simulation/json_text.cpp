#include "simulation/json_text.h"

#include <fmt/format.h>

#include <cstddef>
#include <set>
#include <string>
#include <vector>

#include "core/display_text.h"
#include "dataset/json_faults.h"

namespace evenkeel {
namespace {

using Json = nlohmann::json;

std::string shown(const std::string& key) {
  constexpr std::size_t shown_bytes = 40;
  return printable(key.substr(0, shown_bytes));
}

// Follows a parser, which keeps the last of several members with the same key.
class KeysOnce {
 public:
  explicit KeysOnce(const TextFile& file) : file_(file) {}

  void see(Json::parse_event_t event, const Json& parsed) {
    using Event = Json::parse_event_t;
    if (event == Event::key) return see_key(parsed.get_ref<const std::string&>());
    if (event == Event::object_end || event == Event::array_end) {
      open_.pop_back();
      return;
    }
    if (!open_.empty() && open_.back().is_list) ++open_.back().items;  // it begins, or is, an item
    if (event != Event::value) open_.push_back({event == Event::array_start, 0, {}, {}});
  }

 private:
  struct Open {
    bool is_list;
    std::size_t items;  // of a list, so far
    std::set<std::string> keys;
    std::string key;  // of the member that is read
  };

  void see_key(const std::string& key) {
    Open& object = open_.back();
    object.key = key;
    if (object.keys.insert(key).second || is_in_extra()) return;
    fail_in_json(file_, pointer(), fmt::format("has \"{}\" twice; keep one of them", shown(key)));
  }

  bool is_in_extra() const {
    for (std::size_t i = 0; i + 1 < open_.size(); ++i) {
      if (open_[i].key == "extra") return true;
    }
    return false;
  }

  // To the innermost object.
  std::string pointer() const {
    std::string pointer;
    for (std::size_t i = 0; i + 1 < open_.size(); ++i) {
      const Open& outer = open_[i];
      pointer += outer.is_list ? fmt::format("/{}", outer.items - 1) : "/" + shown(outer.key);
    }
    return pointer;
  }

  const TextFile& file_;
  std::vector<Open> open_;  // the values that have begun, each in the one before
};

}  // namespace

Json parse_json(const TextFile& file) {
  KeysOnce keys(file);
  const auto see = [&keys](int /*depth*/, Json::parse_event_t event, const Json& parsed) {
    keys.see(event, parsed);
    return true;
  };
  try {
    return Json::parse(file.text(), see);
  } catch (const Json::parse_error&) {
    check_json_syntax(file, file.text());
    throw;
  } catch (const Json::out_of_range&) {
    file.fail("has a number too large to calculate with; numbers reach up to 1e308");
  }
}

}  // namespace evenkeel
