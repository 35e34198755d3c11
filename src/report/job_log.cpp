#include "report/job_log.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string_view>
#include <utility>

#include "balance/policy_table.h"
#include "coordinator/job_identity.h"
#include "coordinator/record_names.h"
#include "core/display_text.h"
#include "core/option_values.h"
#include "dataset/text_file.h"
#include "evenkeel/error.h"
#include "report/event_text.h"

namespace evenkeel {
namespace {

using Json = nlohmann::json;
using OrderedJson = nlohmann::ordered_json;

// Limits for a division by cost without overflow.
constexpr std::int64_t most_pace = std::int64_t{1} << 26;
constexpr std::int64_t most_head_start = std::int64_t{1} << 61;

constexpr std::int64_t most_steps = std::numeric_limits<std::int64_t>::max();

// The terms that must match to replay a log: those of the run's identity, and whatever else
// divisions depend on.
OrderedJson terms_of(const CoordinatorOptions& job, const Dataset& dataset) {
  OrderedJson terms;
  for (const IdentityTerm& term : job_identity(dataset, job)) terms[term.name] = term.value;
  terms["workers"] = job.workers;
  if (!job.step) return terms;
  const BatchLine& line = job.step->line;
  terms["micro-batch"] = line.micro_batch;
  terms["first-step"] = line.first_step;
  terms["partition"] = job.step->by_cost ? "cost" : "count";
  if (job.step->by_cost) {  // otherwise the counts of the plans are checked
    terms["min-batch"] = job.step->least * line.micro_batch;
    terms["max-batch"] = job.step->most * line.micro_batch;
  }
  return terms;
}

// A value of the log for a message: on one line, not too long. Nested values are not printed or
// copied, since they may be too deep for the stack; even an OrderedJson copies what it reads when
// it grows.
std::string shown(const Json& value) {
  constexpr std::size_t most_columns = 60;
  if (value.is_object() && !value.empty()) return "an object";
  if (value.is_array() && !value.empty()) return "a list";
  return clip_middle(printable(value.dump()), most_columns);
}

// A member that is a list; empty if it is missing.
const Json& list(const Json& json, const char* name) {
  static const Json none = Json::array();
  const auto found = json.find(name);
  return found == json.end() ? none : *found;
}

// Reads a log line by line.
class PlanReader {
 public:
  PlanReader(const TextFile& file, const CoordinatorOptions& job, const Dataset& dataset)
      : file_(file), job_(job), dataset_(dataset) {}

  void take(std::string_view text) {
    ++line_;
    const Json json = Json::parse(text, nullptr, false);
    if (!json.is_object()) fail("is not a JSON object; give a file that --log has written");
    if (line_ == 1) {
      check_terms(json);
    } else if (json.contains("plan") && planned_until() < job_.step->line.steps) {
      take_plan(json);
    }
  }

  std::vector<PlanRecord> finish() && {
    if (line_ == 0 || plans_.empty() || planned_until() < job_.step->line.steps) {
      fail(fmt::format("the plans end at step {}, and the job has {} steps; give --steps {}",
                       planned_until(), job_.step->line.steps, planned_until()));
    }
    plans_.back().end_step = job_.step->line.steps;
    return std::move(plans_);
  }

 private:
  [[noreturn]] void fail(const std::string& fault) const { file_.fail_at_line(line_, fault); }

  std::int64_t planned_until() const {
    return plans_.empty() ? job_.step->line.first_step : plans_.back().end_step;
  }

  void check_terms(const Json& json) const {
    if (!json.contains("evenkeel_log"))
      fail("is not the start of a log; give a file that --log has written");
    if (json["evenkeel_log"] != 2) fail("is in another version of the format, not 2");
    const OrderedJson terms = terms_of(job_, dataset_);
    for (const auto& [name, term] : terms.items()) {
      const Json value(term);
      const auto other = json.find(name);
      if (other != json.end() && *other == value) continue;
      fail(fmt::format("the log is of a job with {} {}, here it is {}; replay it with the same",
                       name, other == json.end() ? "null" : shown(*other), shown(value)));
    }
  }

  void take_plan(const Json& json) {
    PlanRecord plan;
    try {
      plan.first_step = whole(json.at("first_step"), most_steps);
      plan.end_step = whole(json.at("end_step"), most_steps);
      for (const Json& count : list(json, "counts")) {
        plan.counts.push_back(whole(count, job_.step->line.micro_batches()));
      }
      for (const Json& share : list(json, "shares")) {
        plan.shares.push_back({static_cast<std::uint32_t>(whole(share.at(0), most_pace)),
                               static_cast<std::uint64_t>(whole(share.at(1), most_head_start))});
      }
    } catch (const nlohmann::json::exception&) {
      fail("is not a plan; give a file that --log has written, as it was");
    }
    if (!is_valid(plan)) {
      fail(
          "has a plan that does not divide the batches among the workers, or leaves a gap; give a "
          "file that --log has written, as it was");
    }
    check_limits(plan);
    plans_.push_back(std::move(plan));
  }

  // A whole number from 0 to `most`.
  std::int64_t whole(const Json& json, std::int64_t most) const {
    const bool is_whole = json.is_number_unsigned() || json.is_number_integer();
    const std::int64_t value = is_whole ? json.get<std::int64_t>() : -1;
    if (value < 0 || value > most) {
      fail(
          fmt::format("has {} where a whole number from 0 to {} belongs; give a file that --log "
                      "has written, as it was",
                      shown(json), most));
    }
    return value;
  }

  void check_limits(const PlanRecord& plan) const {
    const StepModeOptions& step = *job_.step;
    const std::int64_t m = step.line.micro_batch;
    for (const WorkerIndex worker : plan.counts.indices()) {
      const std::int64_t count = plan.counts[worker];
      const std::int32_t rank = job_.rank_of(worker).value();
      if (count < step.least) {
        fail(fmt::format(
            "gives rank {} a batch of {}, below the min batch, {}; give a --min-batch "
            "of {} at most",
            rank, count * m, step.least * m, *std::ranges::min_element(plan.counts) * m));
      }
      if (count > step.most) {
        fail(fmt::format(
            "gives rank {} a batch of {}, above the max batch, {}; give a --max-batch "
            "of {} at least",
            rank, count * m, step.most * m, *std::ranges::max_element(plan.counts) * m));
      }
    }
  }

  bool is_valid(const PlanRecord& plan) const {
    if (plan.first_step != planned_until() || plan.end_step <= plan.first_step) return false;
    if (!plan.shares.empty()) {
      if (!job_.step->by_cost || !plan.counts.empty()) return false;
      const bool have_speed = std::ranges::all_of(
          plan.shares, [](const WorkerShare& share) { return share.pace >= 1; });
      return have_speed && plan.shares.size() == job_.workers;
    }
    std::int64_t left = job_.step->line.micro_batches();
    for (const std::int64_t count : plan.counts) {
      if (count > left) return false;
      left -= count;
    }
    return plan.counts.size() == job_.workers && left == 0;
  }

  const TextFile& file_;
  const CoordinatorOptions& job_;
  const Dataset& dataset_;
  std::int64_t line_ = 0;
  std::vector<PlanRecord> plans_;
};

}  // namespace

JobLog::JobLog(const std::string& path, const CoordinatorOptions& job, const Dataset& dataset)
    : file_(path), cost_unit_(dataset.cost_unit()) {
  OrderedJson header{{"evenkeel_log", 2}, {"policy", name_of(job.policy.kind)}};
  header.update(terms_of(job, dataset));
  file_.append(header.dump() + "\n");
}

void JobLog::on_plan(const PlanRecord& plan) {
  OrderedJson json{{"plan", true}, {"first_step", plan.first_step}, {"end_step", plan.end_step}};
  if (plan.shares.empty()) {
    json["counts"] = plan.counts;
  } else {
    for (const WorkerShare& share : plan.shares) {
      json["shares"].push_back({share.pace, share.head_start});
    }
  }
  file_.append(json.dump() + "\n");
}

void JobLog::on_event(const Event& event) {
  OrderedJson json{{"event", event_name(event.kind)},
                   {"t", to_seconds(event.time)},
                   {"rank", event.rank.value()},
                   {"detail", event_detail(event, cost_unit_)}};
  if (event.step >= 0) json["step"] = event.step;
  file_.append(json.dump() + "\n");
}

std::vector<PlanRecord> read_plans(const std::string& path, const CoordinatorOptions& job,
                                   const Dataset& dataset) {
  const TextFile file(path);
  PlanReader reader(file, job, dataset);
  std::istringstream lines{std::string(file.text())};
  for (std::string line; std::getline(lines, line);) reader.take(line);
  return std::move(reader).finish();
}

}  // namespace evenkeel
