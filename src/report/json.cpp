#include "report/json.h"

#include <nlohmann/json.hpp>
#include <ostream>
#include <utility>

#include "coordinator/record_columns.h"
#include "coordinator/record_names.h"
#include "report/event_text.h"
#include "report/report_file.h"

namespace evenkeel {
namespace {

using Json = nlohmann::ordered_json;

Json dataset_json(const BalanceReport& report) {
  return {{"name", report.description.dataset_name}, {"files", report.description.files},
          {"shards", report.description.shards},     {"samples", report.description.samples},
          {"cost", report.description.cost},         {"cost_unit", report.description.cost_unit}};
}

Json lost_ranks_json(const BalanceReport& report) {
  Json lost = Json::array();
  for (const RankReport& rank : report.ranks) {
    if (is_lost(rank.state)) lost.push_back(rank.rank.value());
  }
  return lost;
}

// A record's columns as members of an object.
class Members {
 public:
  void operator()(const char* name, const auto& field) { json_[name] = value(field); }
  Json take() && { return std::move(json_); }

 private:
  static Json value(const auto& field) { return field; }
  static Json value(WorkerState state) { return state_name(state); }
  static Json value(Duration time) { return to_seconds(time); }
  static Json value(Instant time) { return to_seconds(time); }
  template <typename Tag, typename Value>
  static Json value(Identity<Tag, Value> identity) {
    return identity.value();
  }

  Json json_;
};

template <typename Record>
Json record_json(const Record& record) {
  Members members;
  columns(members, record);
  return std::move(members).take();
}

Json known(bool is_known, double number) { return is_known ? Json(number) : Json(); }

Json node_json(const NodeReport& node, const BalanceReport& report) {
  return {{"host", node.host},
          {"ranks", node.ranks},
          {"cost", node.cost},
          {"share", node.share},
          {"speed", known(node.all_told, node.speed)},
          {"compute_s", known(node.all_told, node.compute_s)},
          {"uneven_s", known(!report.cannot_tell_waiting(), node.uneven_s)}};
}

// Null in lease mode, where workers do not wait for each other in a step.
Json local_time_json(LocalTime time, const BalanceReport& report) {
  if (!report.step) return Json();
  switch (time) {
    case LocalTime::told:
      return "told";
    case LocalTime::told_in_part:
      return "told in part";
    case LocalTime::not_told:
      break;
  }
  return "not told";
}

Json event_json(const Event& event, const std::string& cost_unit) {
  return {{"t", to_seconds(event.time)},
          {"rank", event.rank.value()},
          {"kind", event_name(event.kind)},
          {"detail", event_detail(event, cost_unit)}};
}

Json milliseconds(double seconds) { return known(seconds > 0, 1e3 * seconds); }

const char* baseline_source(const StepRecord& step) {
  return step.equal_measured ? "measured" : "modelled";
}

Json prior_json(const BalanceReport& report) {
  if (!report.prior) return {};
  return {{"ranks", report.prior->ranks}, {"agreement", report.prior->agreement}};
}

// Everything except the lists of ranks, nodes and events. Members of step mode are 0 or null in
// lease mode.
Json summary_json(const BalanceReport& report) {
  const StepRecord step = report.step ? *report.step : StepRecord();
  const bool tells_waiting = !report.cannot_tell_waiting();
  return {{"schema", "evenkeel.report/1"},
          {"mode", report.description.mode},
          {"policy", report.description.policy},
          {"complete", report.complete},
          {"interrupted", report.is_interrupted()},
          {"dataset", dataset_json(report)},
          {"epochs", report.description.epochs},
          {"steps", report.job.steps},
          {"makespan_s", report.makespan_s},
          {"bound_s", known(report.is_limited(), report.bound_s)},
          {"ratio", known(report.is_limited(), report.ratio)},
          {"imbalance", known(tells_waiting, report.imbalance)},
          {"untold_steps", step.untold_steps},
          {"messages", report.job.messages},
          {"coordinator_busy", report.coordinator_busy ? Json(*report.coordinator_busy) : Json()},
          {"leases", report.job.leases},
          {"trims", report.job.trims},
          {"plans", step.plans},
          {"redone_samples", report.job.redone_samples},
          {"wasted_samples", report.job.wasted_samples},
          {"dropped_samples", step.dropped_samples},
          {"samples_before", report.job.samples_before},
          {"set_aside_samples", report.job.set_aside_samples},
          {"lost_ranks", lost_ranks_json(report)},
          {"events_left_out", report.events_left_out},
          {"prior", prior_json(report)},
          {"baseline",
           {{"step_ms", milliseconds(step.equal_s)},
            {"source", step.equal_s > 0 ? Json(baseline_source(step)) : Json()}}},
          {"step_ms",
           {{"median", milliseconds(step.median_s)},
            {"p95", milliseconds(step.p95_s)},
            {"bound", report.is_step_limited() ? milliseconds(step.bound_s) : Json()}}}};
}

// One line per member, and per element of a list: readable, and fit for line tools.
void write_list(const char* name, const std::vector<Json>& elements, std::ostream& out) {
  out << ",\n  " << json_text(name) << ": [";
  const char* separator = "\n";
  for (const Json& element : elements) {
    out << separator << "    " << json_text(element);
    separator = ",\n";
  }
  out << (elements.empty() ? "]" : "\n  ]");
}

}  // namespace

Json rank_json(const RankReport& rank, const BalanceReport& report) {
  Json json{{"rank", rank.rank.value()}, {"host", rank.host}, {"share", rank.share}};
  json.update(record_json<WorkerRecord>(rank));
  json["compute_s"] = rank.compute_s();
  json["local_time"] = local_time_json(rank.local_time, report);
  json["last"] = rank.last();
  if (rank.local_time == LocalTime::not_told) {
    for (const char* name : {"speed", "speed_noise", "compute_s", "busy_s"}) json[name] = nullptr;
  }
  if (report.cannot_tell_waiting()) {
    for (const char* name : {"uneven_s", "comm_s", "last"}) json[name] = nullptr;
  }
  return json;
}

std::string json_text(const Json& value) {
  return value.dump(-1, ' ', false, Json::error_handler_t::replace);
}

void write_json(const BalanceReport& report, std::ostream& out) {
  const Json summary = summary_json(report);
  const char* separator = "{\n";
  for (const auto& member : summary.items()) {
    out << separator << "  " << json_text(member.key()) << ": " << json_text(member.value());
    separator = ",\n";
  }
  std::vector<Json> ranks;
  for (const RankReport& rank : report.ranks) ranks.push_back(rank_json(rank, report));
  std::vector<Json> nodes;
  for (const NodeReport& node : report.nodes) nodes.push_back(node_json(node, report));
  std::vector<Json> events;
  for (const Event& event : report.events)
    events.push_back(event_json(event, report.description.cost_unit));
  std::vector<Json> set_aside;
  for (const SetAsideSamples& samples : report.set_aside) {
    set_aside.push_back(record_json(samples));
  }
  std::vector<Json> learned;
  for (const LearnedFile& file : report.learned) learned.push_back(record_json(file));
  std::vector<Json> learned_homes;
  for (const LearnedHome& file : report.learned_homes) learned_homes.push_back(record_json(file));
  write_list("set_aside", set_aside, out);
  write_list("learned", learned, out);
  write_list("learned_homes", learned_homes, out);
  write_list("ranks", ranks, out);
  write_list("nodes", nodes, out);
  write_list("events", events, out);
  out << "\n}\n";
}

}  // namespace evenkeel
