#include "agent/trainer_message.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <iterator>
#include <nlohmann/json.hpp>
#include <span>
#include <unordered_map>
#include <vector>

#include "coordinator/job_identity.h"
#include "core/display_text.h"
#include "core/option_values.h"
#include "core/suggestion.h"
#include "job/job_options.h"
#include "session/failure_lines.h"

namespace evenkeel {
namespace {

using Json = nlohmann::json;
using OrderedJson = nlohmann::ordered_json;

constexpr std::int64_t most_stand_in = 1'000'000'000;  // samples
constexpr std::size_t most_shown = 60;  // columns of a refused line, or of a name in it

constexpr std::array<std::string_view, 8> verbs{"done",  "loaded",     "reached",    "progress",
                                                "pause", "read_ahead", "checkpoint", "failed"};

std::string shown(std::string_view text) { return clip_middle(printable(text), most_shown); }

// One line of a trainer. Every member has to be read.
class Members {
 public:
  explicit Members(std::string_view line)
      : line_(line), json_(Json::parse(line, nullptr, /*allow_exceptions=*/false)) {
    // To the parser, a NUL ends the line.
    if (!json_.is_object() || line.find('\0') != line.npos) fail("which is not a JSON object");
  }

  // The member that tells the kind of the line.
  std::string_view verb() const {
    for (const std::string_view verb : verbs) {
      if (json_.contains(verb)) return verb;
    }
    if (json_.empty()) fail("which says nothing");
    const std::string known = json_.begin().key();
    const auto nearest = nearest_name(known, verbs);
    fail(nearest ? fmt::format("where '{}' is unknown; did you mean '{}'?", shown(known), *nearest)
                 : fmt::format("where '{}' is unknown; there are {}", shown(known),
                               fmt::join(verbs, ", ")));
  }

  std::int64_t whole(std::string_view name, std::int64_t most) {
    const Json& value = member(name);
    const bool is_whole = value.is_number_integer() || value.is_number_unsigned();
    const std::int64_t number = is_whole ? value.get<std::int64_t>() : -1;
    if (number < 0 || number > most) {
      fail(fmt::format("where '{}' is not a whole number from 0 to {}", name, most));
    }
    return number;
  }
  std::int64_t whole_if_any(std::string_view name, std::int64_t most) {
    return json_.contains(name) ? whole(name, most) : 0;
  }
  std::int64_t step() { return whole(verb(), std::int64_t{1} << 62); }

  // Any number: whether such a time can be is for the host to judge.
  Duration seconds(std::string_view name) {
    const Json& value = member(name);
    if (!value.is_number()) fail(fmt::format("where '{}' is not a number of seconds", name));
    return from_seconds(value.get<double>());
  }
  std::optional<Duration> seconds_if_any(std::string_view name) {
    if (!json_.contains(name)) return std::nullopt;
    return seconds(name);
  }

  std::string text(std::string_view name) {
    const Json& value = member(name);
    if (!value.is_string()) fail(fmt::format("where '{}' is not a text", name));
    return value.get<std::string>();
  }

  // Fails if a member has not been read.
  void finish() const {
    for (const auto& [name, value] : json_.items()) {
      if (std::find(asked_.begin(), asked_.end(), name) != asked_.end()) continue;
      fail(fmt::format("where '{}' does not belong", shown(name)));
    }
  }

  [[noreturn]] void fail(const std::string& fault) const {
    throw TrainerFault(fmt::format("says {}, {}", shown(line_), fault));
  }

 private:
  const Json& member(std::string_view name) {
    const auto found = json_.find(name);
    if (found == json_.end()) fail(fmt::format("where '{}' is missing", name));
    asked_.push_back(name);
    return *found;
  }

  std::string_view line_;
  Json json_;
  std::vector<std::string_view> asked_;
};

TrainerMessage read_message(Members& members) {
  const std::string_view verb = members.verb();
  if (verb == "done") {
    StepDone done{members.step(), {}};
    done.measured.local = members.seconds_if_any("local_s");
    done.measured.data = members.seconds_if_any("data_s");
    done.measured.all_reduce = members.seconds_if_any("all_reduce_s");
    done.measured.stand_in =
        static_cast<std::int32_t>(members.whole_if_any("stand_in", most_stand_in));
    return done;
  }
  if (verb == "loaded") return StepLoaded{members.step()};
  if (verb == "reached") return StepReached{members.step()};
  if (verb == "progress") return StepProgress{members.step()};
  if (verb == "pause") return TrainerPause{members.seconds(verb)};
  if (verb == "read_ahead") return ReadAhead{members.whole(verb, most_read_ahead)};
  if (verb == "failed") return StepFailed{members.step(), reason_text(members.text("reason"))};
  const std::string text = members.text(verb);
  const std::optional<CheckpointTag> tag = CheckpointTag::from(text);
  if (!tag) {
    members.fail(fmt::format("where the tag has {} bytes; give 1 to {}", text.size(),
                             CheckpointTag::most_bytes));
  }
  return CheckpointRequest{*tag};
}

// JSON is UTF-8; a file name may not be.
std::string quoted(const std::string& text) {
  return Json(text).dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace

TrainerMessage parse_trainer_message(std::string_view line) {
  Members members(line);
  TrainerMessage message = read_message(members);
  members.finish();
  return message;
}

std::string job_line(const JobTerms& terms, const Dataset& dataset, const TrainerPlace& place,
                     std::int32_t incarnation) {
  OrderedJson identity;
  for (const IdentityTerm& term : job_identity(dataset, terms.order, terms.shard_samples,
                                               terms.line, terms.worker.step_samples)) {
    identity[term.name] = term.value;
  }
  const std::optional<BatchLine>& line = terms.line;
  const auto of_line = [&](std::int64_t BatchLine::*field) {
    return line ? OrderedJson((*line).*field) : OrderedJson();
  };
  const OrderedJson job{
      {"evenkeel", 1},
      {"mode", name_of(terms.mode())},
      {"rank", place.rank},
      {"workers", place.world_size},
      {"incarnation", incarnation},
      {"datasets",
       {{{"name", dataset.name()},
         {"samples", dataset.samples()},
         {"files", dataset.files()},
         {"fingerprint", fmt::format("{:016x}", dataset.fingerprint())}}}},
      {"epochs", terms.epochs},
      {"steps", of_line(&BatchLine::steps)},
      {"first_step", of_line(&BatchLine::first_step)},
      {"global_batch", of_line(&BatchLine::global_batch)},
      {"micro_batch", of_line(&BatchLine::micro_batch)},
      {"last", line ? OrderedJson(line->keeps_last ? "partial" : "drop") : OrderedJson()},
      {"min_batch", line ? OrderedJson(terms.min_batch) : OrderedJson()},
      {"step_samples", line ? OrderedJson() : OrderedJson(terms.worker.step_samples)},
      {"seed", terms.order.seed},
      {"shuffle", name_of(terms.order.shuffle)},
      {"shuffle_block", terms.order.shuffle_block},
      {"shard_samples", terms.shard_samples},
      {"resumed_tag", terms.resumed_tag.empty() ? OrderedJson() : OrderedJson(terms.resumed_tag)},
      {"identity", std::move(identity)},
  };
  return job.dump(-1, ' ', false, OrderedJson::error_handler_t::replace) + "\n";
}

std::string step_line(const HostedStep& step, const Dataset& dataset) {
  std::vector<std::int64_t> files;                       // in the order of their first extents
  std::unordered_map<std::int64_t, std::size_t> places;  // of these files
  std::string extents;
  for (const Extent& extent : step.extents) {
    const auto [place, is_new] = places.try_emplace(extent.file, files.size());
    if (is_new) files.push_back(extent.file);
    fmt::format_to(std::back_inserter(extents), "{}[{},{},{}]", extents.empty() ? "" : ",",
                   place->second, extent.first, extent.count);
  }
  std::string line = fmt::format(
      "{{\"step\":{},\"dataset\":{},\"epoch\":{},\"begin\":{},\"end\":{},\"samples\":{},"
      "\"global_samples\":{},\"files\":[",
      step.number, step.pass.dataset.value(), step.pass.epoch.value(), step.interval.begin.value(),
      step.interval.end.value(), step.samples, step.global_samples);
  for (std::size_t i = 0; i < files.size(); ++i) {
    fmt::format_to(std::back_inserter(line), "{}{{\"path\":{},\"offset\":{}}}", i == 0 ? "" : ",",
                   quoted(dataset.path(files[i]).string()), dataset.file_begin(files[i]));
  }
  fmt::format_to(std::back_inserter(line), "],\"extents\":[{}]}}\n", extents);
  return line;
}

std::string finish_line(JobEnd end) {
  constexpr std::array<std::string_view, 3> names{"complete", "incomplete", "given up"};
  return fmt::format("{{\"finish\":\"{}\"}}\n", names[static_cast<std::size_t>(end)]);
}

std::string checkpoint_line(const CheckpointTag& tag, std::int64_t step, CheckpointState state) {
  constexpr std::array<std::string_view, 3> names{"complete", "pending", "unrecorded"};
  return fmt::format("{{\"checkpoint\":{},\"step\":{},\"state\":\"{}\"}}\n",
                     quoted(std::string(tag.text())), step, names[static_cast<std::size_t>(state)]);
}

}  // namespace evenkeel
