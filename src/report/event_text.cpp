#include "report/event_text.h"

#include <fmt/format.h>

#include <algorithm>

#include "core/display_text.h"
#include "core/number_format.h"
#include "report/cost_scale.h"

namespace evenkeel {

std::string event_detail(const Event& event, const std::string& cost_unit) {
  if (event.kind == EventKind::lost) {
    return fmt::format("{} taken back", counted(event.samples, "sample"));
  }
  if (event.kind == EventKind::fenced) {
    return fmt::format("{} wasted so far", counted(event.samples, "sample"));
  }
  if (event.kind == EventKind::copied) {
    return fmt::format("{} of rank {}, which is late", counted(event.samples, "sample"),
                       event.holder.value());
  }
  if (event.kind == EventKind::tiles) {
    return fmt::format("works in tiles of {}", counted(event.samples, "sample"));
  }
  if (event.kind == EventKind::checkpoint || event.kind == EventKind::voided) {
    const std::string tag = printable(event.tag.text());
    if (event.kind == EventKind::voided) {
      return fmt::format(
          "'{}' is discarded: before all ranks had called for it, one was lost, called again or "
          "worked on for too long",
          tag);
    }
    return event.step < 0 ? fmt::format("'{}' is complete", tag)
                          : fmt::format("'{}' at step {}", tag, grouped(event.step));
  }
  const CostScale scale = cost_scale(cost_unit, std::max(event.before, event.after));
  std::string change = fmt::format("{} -> {} {}/s", number_text(event.before / scale.divisor),
                                   number_text(event.after / scale.divisor), scale.unit);
  if (event.steps_to_plan == 0) return change;
  const std::string cost = duration_text(event.lost_s);
  if (event.steps_to_plan == Event::in_baseline) {
    return fmt::format("{} in the baseline steps; cost {}", change, cost);
  }
  return fmt::format("{}; re-planned in {}; cost {}", change, counted(event.steps_to_plan, "step"),
                     cost);
}

std::string event_sentence(const Event& event, const std::string& cost_unit) {
  if (event.kind == EventKind::checkpoint) {
    return fmt::format("checkpoint '{}' is complete", printable(event.tag.text()));
  }
  if (event.kind == EventKind::voided) {
    return fmt::format("checkpoint {}", event_detail(event, cost_unit));
  }
  std::string_view happened;
  if (event.kind == EventKind::lost) happened = " lost";
  if (event.kind == EventKind::fenced) happened = " came back";
  if (event.kind == EventKind::copied) happened = " copies a step";
  return fmt::format("rank {}{}: {}", event.rank.value(), happened, event_detail(event, cost_unit));
}

}  // namespace evenkeel
