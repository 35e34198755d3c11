#include "session/job_log.h"

#include <fmt/format.h>

#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>
#include <numeric>
#include <sstream>
#include <string_view>
#include <utility>

#include "balance/policy_options.h"
#include "dataset/text_file.h"
#include "evenkeel/error.h"
#include "report/event_text.h"

namespace evenkeel {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::uint64_t most_head_start = std::uint64_t{1} << 61;

// What divisions depend on: a log is replayed where all of these are the same.
Json terms_of(const CoordinatorOptions& job) {
  Json terms{{"mode", job.step ? "step" : "lease"}, {"workers", job.workers}};
  if (!job.step) return terms;
  const BatchLine& line = job.step->line;
  terms["samples"] = line.samples;
  terms["global_batch"] = line.global_batch;
  terms["micro_batch"] = line.micro_batch;
  terms["last"] = line.keeps_last ? "partial" : "drop";
  terms["partition"] = job.step->by_cost ? "cost" : "count";
  terms["seed"] = job.order.seed;
  terms["shuffle"] = static_cast<int>(job.order.shuffle);
  terms["shuffle_block"] = job.order.shuffle_block;
  return terms;
}

// A line of the log that is being read.
class PlanReader {
 public:
  PlanReader(const TextFile& file, const CoordinatorOptions& job) : file_(file), job_(job) {}

  // Throws UserError.
  void take(std::string_view text) {
    ++line_;
    const Json json = Json::parse(text, nullptr, false);
    if (!json.is_object()) fail("is no JSON object; give a file that --log has written");
    if (line_ == 1) {
      check_terms(json);
    } else if (json.contains("plan") && planned_until() < job_.step->line.steps) {
      take_plan(json);
    }
  }

  std::vector<PlanRecord> finish() && {
    if (line_ == 0 || planned_until() < job_.step->line.steps) {
      fail(fmt::format("the plans end at step {}, and the job has {} steps; give --steps {}",
                       planned_until(), job_.step->line.steps, planned_until()));
    }
    plans_.back().end_step = job_.step->line.steps;
    return std::move(plans_);
  }

 private:
  [[noreturn]] void fail(const std::string& fault) const { file_.fail_at_line(line_, fault); }

  std::int64_t planned_until() const { return plans_.empty() ? 0 : plans_.back().end_step; }

  void check_terms(const Json& json) const {
    if (!json.contains("evenkeel_log")) fail("begins no log; give a file that --log has written");
    if (json["evenkeel_log"] != 1) fail("is in another version of the format, not 1");
    const Json terms = terms_of(job_);
    for (const auto& [name, value] : terms.items()) {
      const Json other = json.value(name, Json());
      if (other == value) continue;
      fail(fmt::format("the log is of a job with {} {}, here it is {}; replay it with the same",
                       name, other.dump(), value.dump()));
    }
  }

  void take_plan(const Json& json) {
    PlanRecord plan;
    try {
      plan.first_step = json.at("first_step");
      plan.end_step = json.at("end_step");
      for (const Json& count : json.value("counts", Json::array())) plan.counts.push_back(count);
      for (const Json& share : json.value("shares", Json::array())) {
        plan.shares.push_back({share.at(0), share.at(1)});
      }
    } catch (const nlohmann::json::exception&) {
      fail("is no plan; give a file that --log has written, as it was");
    }
    if (!is_valid(plan)) {
      fail(
          "has a plan that does not divide the batches among the workers, or leaves a gap; give a "
          "file that --log has written, as it was");
    }
    plans_.push_back(std::move(plan));
  }

  bool is_valid(const PlanRecord& plan) const {
    if (plan.first_step != planned_until() || plan.end_step <= plan.first_step) return false;
    const auto workers = static_cast<std::size_t>(job_.workers);
    if (!plan.shares.empty()) {
      if (!job_.step->by_cost || !plan.counts.empty()) return false;
      for (const WorkerShare& share : plan.shares) {
        const bool in_range = share.pace >= 1 && share.pace <= 1U << 26;
        if (!in_range || share.head_start > most_head_start) return false;
      }
      return plan.shares.size() == workers;
    }
    std::int64_t left = job_.step->line.micro_batches();
    for (const std::int64_t count : plan.counts) {
      if (count < 0 || count > left) return false;
      left -= count;
    }
    return plan.counts.size() == workers && left == 0;
  }

  const TextFile& file_;
  const CoordinatorOptions& job_;
  std::int64_t line_ = 0;
  std::vector<PlanRecord> plans_;
};

}  // namespace

JobLog::JobLog(const std::string& path, const CoordinatorOptions& job, std::string cost_unit)
    : file_(path), cost_unit_(std::move(cost_unit)) {
  Json header{{"evenkeel_log", 1}, {"policy", policy_name(job.policy.kind)}};
  header.update(terms_of(job));
  file_.append(header.dump() + "\n");
}

void JobLog::write(const PlanRecord& plan) {
  Json json{{"plan", true}, {"first_step", plan.first_step}, {"end_step", plan.end_step}};
  if (plan.shares.empty()) {
    json["counts"] = plan.counts;
  } else {
    for (const WorkerShare& share : plan.shares) {
      json["shares"].push_back({share.pace, share.head_start});
    }
  }
  file_.append(json.dump() + "\n");
}

void JobLog::write(const Event& event) {
  Json json{{"event", event_name(event.kind)},
            {"t", to_seconds(event.time)},
            {"rank", event.rank.value()},
            {"detail", event_detail(event, cost_unit_)}};
  if (event.step >= 0) json["step"] = event.step;
  file_.append(json.dump() + "\n");
}

std::vector<PlanRecord> read_plans(const std::string& path, const CoordinatorOptions& job) {
  const TextFile file(path);
  PlanReader reader(file, job);
  std::istringstream lines{std::string(file.text())};
  for (std::string line; std::getline(lines, line);) reader.take(line);
  return std::move(reader).finish();
}

}  // namespace evenkeel
