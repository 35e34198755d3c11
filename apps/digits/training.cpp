#include "training.h"

#include <fmt/core.h>

#include <chrono>
#include <cstdio>
#include <optional>
#include <string>

#include "all_reduce.h"
#include "core/check.h"
#include "core/number_format.h"
#include "cores.h"
#include "evenkeel/error.h"
#include "local_work.h"
#include "momentum.h"
#include "saved_model.h"

namespace evenkeel::digits {
namespace {

int rank_in(MPI_Comm comm) {
  int rank = 0;
  MPI_Comm_rank(comm, &rank);
  return rank;
}

int size_of(MPI_Comm comm) {
  int size = 0;
  MPI_Comm_size(comm, &size);
  return size;
}

// Common to both modes. Workers are ranks 1, 2, … of the job.
class Trainer {
 public:
  Trainer(Session& session, const TrainingOptions& options, const TrainingData& data,
          Perceptron& model)
      : session_(session),
        options_(options),
        data_(data),
        model_(model),
        crowded_(more_workers_than_cores(session.workers())),
        work_(options, rank(), crowded_ ? ExtraWork::slept : ExtraWork::repeated, parameters()),
        optimizer_(options.optimizer, parameters()),
        sum_(parameters()) {
    if (options.sample_ms || (options.work == 1 && options.slowdowns.empty())) return;
    // Workers of one host are equally fast, apart from momentary disturbance.
    work_.set_sample_time(
        least_on_host(work_.measure_sample_time(model, data.train), session.workers()));
    if (!speaks()) return;
    fmt::print(stderr, "digits: extra work is {}\n",
               crowded_ ? "slept through: there are more workers than cores"
                        : "repeated arithmetic: there is a core for every worker");
  }

  TrainingResult in_steps(Record* record);
  TrainingResult on_leases();

 private:
  int rank() const { return rank_in(session_.workers()) + 1; }
  bool speaks() const { return rank() == 1; }
  std::int64_t parameters() const { return model_.parameters().size(); }

  void begin_step(const Step& step);
  void evaluate_before(std::int64_t epoch);
  void begin_with_the_model_of_the_run();
  void save_after(std::int64_t steps);
  TrainingResult result(std::int64_t all_samples) const;

  Session& session_;
  const TrainingOptions& options_;
  const TrainingData& data_;
  Perceptron& model_;
  bool crowded_;
  LocalWork work_;
  Momentum optimizer_;
  GradientSum sum_;

  std::optional<std::chrono::nanoseconds> begin_;  // of the first step
  std::int64_t steps_ = 0;
  std::int64_t epoch_ = 0;
};

void Trainer::begin_step(const Step& step) {
  if (!begin_) begin_ = session_.elapsed();
  if (step.epoch() != epoch_) evaluate_before(step.epoch());
  epoch_ = step.epoch();
}

// One worker evaluates while all others wait: neither work nor unevenness.
void Trainer::evaluate_before(std::int64_t epoch) {
  if (!speaks() || !options_.evaluate_every || epoch % *options_.evaluate_every != 0) return;
  session_.pause(std::chrono::seconds(1));
  fmt::print(stderr, "digits: test accuracy {:.4f} after {}\n", model_.accuracy(data_.test),
             counted(epoch, "epoch"));
}

// Save the model before the first step, so that a checkpoint precedes every step.
void Trainer::begin_with_the_model_of_the_run() {
  if (!options_.checkpoint_every) return;
  if (session_.resumed_tag().empty()) {
    if (session_.first_step() > 0) {
      throw UserError(
          fmt::format("{}: the run has no checkpoint, and step {} needs a model that was trained "
                      "before; start another ledger",
                      options_.checkpoints, session_.first_step()));
    }
    save_after(0);
  } else {
    load_model(options_.checkpoints, session_.resumed_tag(), model_, optimizer_);
  }
}

// One worker saves while all others wait.
void Trainer::save_after(std::int64_t steps) {
  if (!speaks() || !options_.checkpoint_every || steps % *options_.checkpoint_every != 0) return;
  session_.pause(std::chrono::seconds(1));
  const std::string tag = fmt::format("step-{}", steps);
  save_model(options_.checkpoints, tag, model_, optimizer_);
  if (session_.checkpoint(tag) == CheckpointState::complete) return;
  fmt::print(stderr, "digits: checkpoint '{}' is not recorded\n", tag);
}

TrainingResult Trainer::in_steps(Record* record) {
  const MPI_Comm workers = session_.workers();
  const bool of_workers = options_.rule == GradientRule::mean_of_workers;
  std::int64_t all_samples = 0;
  begin_with_the_model_of_the_run();
  while (const std::optional<Step> step = session_.next()) {
    begin_step(*step);
    const Batch batch = gather(data_.train, step->extents());
    session_.loaded(*step);
    work_.compute(model_, batch, step->epoch(), step->number(), sum_);
    if (of_workers && step->samples() > 0) sum_.gradient() /= static_cast<double>(step->samples());
    session_.reached(*step);

    all_reduce(sum_.numbers(), workers, crowded_);
    // Lost or repeated samples would show here.
    EVENKEEL_CHECK(sum_.samples() == static_cast<double>(step->global_samples()));
    const double divisor = of_workers ? size_of(workers) : sum_.samples();
    optimizer_.update(model_.parameters(), sum_.gradient() / divisor);
    session_.done(*step);

    save_after(step->number() + 1);

    if (record != nullptr) record->add(step->number(), batch.ids);
    all_samples += step->global_samples();
    ++steps_;
  }
  return result(all_samples);
}

TrainingResult Trainer::on_leases() {
  double own_samples = 0;
  while (const std::optional<Step> step = session_.next()) {
    begin_step(*step);
    const Batch batch = gather(data_.train, step->extents());
    work_.compute(model_, batch, step->epoch(), steps_, sum_);
    optimizer_.update(model_.parameters(), sum_.gradient() / sum_.samples());
    session_.done(*step);
    own_samples += sum_.samples();
    ++steps_;
  }
  // The same vector, with parameters instead of the gradient.
  sum_.clear();
  sum_.gradient() = own_samples * model_.parameters();
  sum_.samples() = own_samples;
  all_reduce(sum_.numbers(), session_.workers(), crowded_);
  model_.parameters() = sum_.gradient() / sum_.samples();
  return result(static_cast<std::int64_t>(sum_.samples()));
}

TrainingResult Trainer::result(std::int64_t all_samples) const {
  const std::chrono::nanoseconds now = session_.elapsed();
  return {.steps = steps_,
          .seconds = std::chrono::duration<double>(now - begin_.value_or(now)).count(),
          .epochs = static_cast<double>(all_samples) / static_cast<double>(session_.samples())};
}

}  // namespace

TrainingResult train_in_steps(Session& session, const TrainingOptions& options,
                              const TrainingData& data, Perceptron& model, Record* record) {
  return Trainer(session, options, data, model).in_steps(record);
}

TrainingResult train_on_leases(Session& session, const TrainingOptions& options,
                               const TrainingData& data, Perceptron& model) {
  return Trainer(session, options, data, model).on_leases();
}

}  // namespace evenkeel::digits
