#include "coordinator/record_names.h"

#include <algorithm>
#include <array>
#include <utility>

#include "core/check.h"

namespace evenkeel {
namespace {

constexpr std::array<std::pair<EventKind, std::string_view>, 8> event_names{{
    {EventKind::slower, "slower"},
    {EventKind::faster, "faster"},
    {EventKind::lost, "lost"},
    {EventKind::fenced, "fenced"},
    {EventKind::checkpoint, "checkpoint"},
    {EventKind::voided, "voided"},
    {EventKind::copied, "copied"},
    {EventKind::tiles, "tiles"},
}};

constexpr std::array<std::pair<WorkerState, std::string_view>, 6> state_names{{
    {WorkerState::working, "working"},
    {WorkerState::lost, "lost"},
    {WorkerState::left, "left"},
    {WorkerState::finished, "finished"},
    {WorkerState::interrupted, "interrupted"},
    {WorkerState::absent, "absent"},
}};

template <typename Names, typename Value>
std::string_view name_in(const Names& names, Value value) {
  const auto found =
      std::ranges::find_if(names, [value](const auto& named) { return named.first == value; });
  EVENKEEL_CHECK(found != names.end());
  return found->second;
}

template <typename Value, typename Names>
std::optional<Value> named_in(const Names& names, std::string_view name) {
  const auto found =
      std::ranges::find_if(names, [name](const auto& named) { return named.second == name; });
  if (found == names.end()) return std::nullopt;
  return found->first;
}

}  // namespace

std::string_view event_name(EventKind kind) { return name_in(event_names, kind); }

std::optional<EventKind> event_named(std::string_view name) {
  return named_in<EventKind>(event_names, name);
}

std::string_view state_name(WorkerState state) { return name_in(state_names, state); }

std::optional<WorkerState> state_named(std::string_view name) {
  return named_in<WorkerState>(state_names, name);
}

}  // namespace evenkeel
