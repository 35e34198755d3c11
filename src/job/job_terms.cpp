#include "job/job_terms.h"

#include <type_traits>
#include <utility>

#include "core/check.h"

namespace evenkeel {
namespace {

// visit(field...): every field once, in the order in which they are packed.
template <typename Terms, typename Visit>
void visit_terms(Terms& terms, Visit&& visit) {
  visit(terms.order.shuffle, terms.order.seed, terms.order.shuffle_block, terms.worker.step_samples,
        terms.worker.warmup_steps, terms.worker.report_interval, terms.line, terms.min_batch,
        terms.epochs, terms.start_with, terms.shard_samples, terms.resumed_tag, terms.idempotent);
}

template <typename Line, typename Visit>
void visit_batch_line(Line& line, Visit&& visit) {
  visit(line.samples, line.global_batch, line.micro_batch, line.keeps_last, line.steps,
        line.first_step);
}

class Packer {
 public:
  void operator()(const auto&... field) { (put(field), ...); }

  std::vector<std::int64_t> take() { return std::move(numbers_); }

 private:
  template <typename Number>
  requires(std::is_integral_v<Number> || std::is_enum_v<Number>) void put(Number number) {
    numbers_.push_back(static_cast<std::int64_t>(number));
  }
  void put(Duration duration) { put(duration.count()); }
  void put(const std::string& text) {
    put(text.size());
    for (const char c : text) put(c);
  }
  void put(const std::optional<BatchLine>& line) {
    put(line.has_value());
    if (line) visit_batch_line(*line, *this);
  }

  std::vector<std::int64_t> numbers_;
};

class Unpacker {
 public:
  explicit Unpacker(std::span<const std::int64_t> numbers) : rest_(numbers) {}

  void operator()(auto&... field) { (take(field), ...); }
  bool has_ended() const { return rest_.empty(); }

 private:
  template <typename Number>
  requires(std::is_integral_v<Number> || std::is_enum_v<Number>) void take(Number& number) {
    EVENKEEL_CHECK(!rest_.empty());
    number = static_cast<Number>(rest_.front());
    rest_ = rest_.subspan(1);
  }
  void take(Duration& duration) {
    std::int64_t count = 0;
    take(count);
    duration = Duration(count);
  }
  void take(std::string& text) {
    std::size_t size = 0;
    take(size);
    text.resize(size);
    for (char& c : text) take(c);
  }
  void take(std::optional<BatchLine>& line) {
    bool has_line = false;
    take(has_line);
    if (has_line) visit_batch_line(line.emplace(), *this);
  }

  std::span<const std::int64_t> rest_;
};

}  // namespace

JobTerms terms_of(const CoordinatorOptions& job, std::string resumed_tag) {
  JobTerms terms;
  terms.order = job.order;
  terms.worker = {job.step_samples, job.warmup_steps, job.report_interval};
  terms.epochs = job.epochs;
  terms.start_with = job.start_with;
  terms.shard_samples = job.shard_samples;
  if (job.step) {
    terms.line = job.step->line;
    terms.min_batch = job.step->least * job.step->line.micro_batch;
  }
  terms.resumed_tag = std::move(resumed_tag);
  terms.idempotent = job.idempotent;
  return terms;
}

std::vector<std::int64_t> pack(const JobTerms& terms) {
  Packer packer;
  visit_terms(terms, packer);
  return packer.take();
}

JobTerms unpack(std::span<const std::int64_t> numbers) {
  JobTerms terms;
  Unpacker unpacker(numbers);
  visit_terms(terms, unpacker);
  EVENKEEL_CHECK(unpacker.has_ended());
  return terms;
}

}  // namespace evenkeel
