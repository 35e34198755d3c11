#include "report/progress_line.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <utility>
#include <vector>

#include "core/display_text.h"
#include "core/number_format.h"

namespace evenkeel {
namespace {

// Window for rates: short enough to follow a change, long enough to read.
constexpr Duration rate_window = std::chrono::seconds(10);

Duration pause_between(ProgressLine::Style style) {
  if (style == ProgressLine::Style::live) return std::chrono::milliseconds(200);
  return std::chrono::seconds(10);
}

// 100 only when everything is done.
int percent_done(const JobRecord& job) {
  if (job.samples_done >= job.samples) return 100;
  const double fraction = static_cast<double>(job.samples_done) / static_cast<double>(job.samples);
  return std::min(static_cast<int>(fraction * 100), 99);
}

struct Field {
  std::string text;
  int dispensable = 0;  // the highest is left out first; 0 is never left out
};

std::string joined(const std::vector<Field>& fields, int most_dispensable) {
  std::string line;
  for (const Field& field : fields) {
    if (field.dispensable > most_dispensable) continue;
    if (!line.empty()) line += "  ";
    line += field.text;
  }
  return line;
}

}  // namespace

std::string progress_text(const Progress& progress, double samples_per_s, double cost_per_s,
                          std::size_t columns) {
  const JobRecord& job = progress.job;
  const std::int32_t epoch = std::min(progress.pass.epoch.value() + 1, progress.epochs);
  std::vector<Field> fields;
  fields.push_back({fmt::format("epoch {}/{}", epoch, progress.epochs)});
  fields.push_back({fmt::format("{}%", percent_done(job))});
  fields.push_back(
      {fmt::format("{} of {} samples", number_text(static_cast<double>(job.samples_done)),
                   number_text(static_cast<double>(job.samples))),
       1});
  if (progress.workers > 0) {
    fields.push_back({counted(progress.workers, "worker"), 3});
  } else if (job.samples_done < job.samples) {
    fields.push_back({"all workers are lost: waiting for one to come back", 0});
  }
  if (samples_per_s > 0) {
    fields.push_back({fmt::format("{} samples/s", number_text(samples_per_s)), 2});
  }
  if (cost_per_s > 0 && job.samples_done < job.samples) {
    const double left_s = std::max(0.0, job.cost - job.cost_done) / cost_per_s;
    fields.push_back({fmt::format("about {} left", rough_duration_text(left_s))});
  }
  for (int keep = 3; keep > 0; --keep) {
    std::string line = joined(fields, keep);
    if (display_columns(line) <= columns) return line;
  }
  return clip_middle(joined(fields, 0), columns);
}

ProgressLine::ProgressLine(Style style, std::size_t columns) : style_(style), columns_(columns) {}

bool ProgressLine::due(Instant now) const { return now - last_ >= pause_between(style_); }

std::optional<std::string> ProgressLine::update(Instant now, const Progress& progress) {
  if (!due(now)) return std::nullopt;
  last_ = now;
  sightings_.push_back({now, progress.job.samples_done, progress.job.cost_done});
  while (sightings_.size() > 2 && sightings_[1].time <= now - rate_window) sightings_.pop_front();

  const Sighting& from = sightings_.front();
  const double window_s = to_seconds(now - from.time);
  const double samples_per_s =
      static_cast<double>(progress.job.samples_done - from.samples) / window_s;
  const double cost_per_s = (progress.job.cost_done - from.cost) / window_s;
  if (style_ == Style::plain) {
    return progress_text(progress, samples_per_s, cost_per_s, std::string::npos) + "\n";
  }
  // A full last column would make some terminals wrap.
  const std::string text =
      progress_text(progress, samples_per_s, cost_per_s, std::max<std::size_t>(columns_, 2) - 1);
  const std::size_t text_columns = display_columns(text);
  const std::size_t leftover = shown_columns_ - std::min(shown_columns_, text_columns);
  shown_columns_ = text_columns;
  return "\r" + text + std::string(leftover, ' ');
}

std::string ProgressLine::clear() {
  if (shown_columns_ == 0) return "";
  return "\r" + std::string(std::exchange(shown_columns_, 0), ' ') + "\r";
}

}  // namespace evenkeel
