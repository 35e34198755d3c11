// A ledger in which bytes are changed: of each four bytes the first three say where, and the last
// what is there then. With none it is as it was written.
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <utility>

#include <unistd.h>

#include "core/check.h"
#include "evenkeel/error.h"
#include "fuzz/refusal.h"
#include "fuzz/target.h"
#include "ledger/ledger.h"
#include "ledger/recorded_job.h"
#include "ledger/recorded_run.h"

namespace evenkeel {
namespace {

// In memory, if there is such a file system.
std::filesystem::path scratch() {
  const std::filesystem::path memory = "/dev/shm";
  const std::filesystem::path folder =
      std::filesystem::exists(memory) ? memory : std::filesystem::temp_directory_path();
  return folder / ("evenkeel-fuzz-" + std::to_string(::getpid()) + ".db");
}

void remove_ledger(const std::filesystem::path& path) {
  for (const char* end : {"", "-wal", "-shm", "-journal", ".lock"}) {
    std::filesystem::remove(path.string() + end);
  }
}

// Two jobs, of which the second has gone back to a checkpoint.
std::string written(const std::filesystem::path& path) {
  remove_ledger(path);
  for (const int job : {1, 2}) {
    Ledger ledger(path.string(), terms(),
                  job == 1 ? std::nullopt : std::optional<std::string>("b"));
    ledger.begin(lease_job(), std::nullopt, {"a", "b"});
    ledger.add(span(0, 0, 60, 1, 5));
    ledger.commit(figures(), checkpoint("b", done(0, 0, 0, 60)));
    ledger.add(span(0, 60, 100, 2, 6));
    ledger.add(Event{instant_at(4), Rank(2), EventKind::lost});
    ledger.end(figures(), false);
  }
  std::ostringstream bytes;
  bytes << std::ifstream(path, std::ios::binary).rdbuf();
  remove_ledger(path);
  return bytes.str();
}

}  // namespace

bool accepts(std::string_view changes) {
  static const std::filesystem::path path = scratch();
  static const std::string whole = written(path);
  std::string bytes = whole;
  for (std::size_t i = 0; i + 4 <= changes.size(); i += 4) {
    const auto at = [&](std::size_t k) { return static_cast<std::uint8_t>(changes[i + k]); };
    const std::size_t place = (std::size_t{at(0)} << 16 | std::size_t{at(1)} << 8 | at(2));
    bytes[place % bytes.size()] = changes[i + 3];
  }
  std::ofstream(path, std::ios::binary | std::ios::trunc) << bytes;
  bool is_accepted = true;
  const auto attempt = [&](auto read) {
    try {
      read();
    } catch (const UserError& error) {
      check_refusal(error.what(), path.string());
      is_accepted = false;
    }
  };
  attempt([] { read_run(path.string()); });
  for (const char* tag : {"", "b"}) {
    attempt([tag] {
      Ledger ledger(path.string(), terms(), tag);
      for (const auto& [pass, part] : ledger.start().done.parts) {
        EVENKEEL_CHECK(pass.epoch.value() >= 0 && part.samples() > 0);
      }
      ledger.begin(lease_job(), std::nullopt, {"a", "b"});
      ledger.add(span(2, 0, 100));
      ledger.end(figures(), true);
    });
  }
  remove_ledger(path);
  return is_accepted;
}

}  // namespace evenkeel
