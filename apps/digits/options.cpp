#include "options.h"

#include <fmt/format.h>

#include "command_line.h"
#include "job/job_options.h"
#include "job_arguments.h"

namespace evenkeel::digits {
namespace {

constexpr WholeRange hidden_units{1, 100'000};
constexpr WholeRange work_range{1, 1'000'000};
constexpr WholeRange epoch_range{1, 1'000'000};
constexpr double most_sample_ms = 1'000;

constexpr CommandText help{
    .name = "digits",
    .summary = "train a small network on handwritten digits",
    .usage = "mpirun -n RANKS digits --data DIR [options]",
    .description =
        "Trains a multilayer perceptron on handwritten digits, with evenkeel dealing out the "
        "samples. Rank 0 coordinates, the other ranks are the workers. 'scripts/digits-data DIR' "
        "fetches the data. Prints a balance report, the accuracy on digits kept for testing, and "
        "times.\n\n"
        "In step mode every step ends in an all-reduce of the gradients: the sum over all samples "
        "of the global batch, divided by their number, so that training is the same run on any "
        "workers. In lease mode workers train at their own pace, and at the end their parameters "
        "are averaged.\n\n"
        "--slow and --work repeat arithmetic, or sleep where a host has more workers than cores. "
        "Each run measures anew how long that is. With --sample-ms a sample takes at least so "
        "long: runs can be compared then, unless the machine is overloaded.",
    .examples =
        "scripts/digits-data /tmp/digits\n"
        "mpirun -n 5 digits --data /tmp/digits --work 20 --slow 4:4\n"
        "mpirun -n 5 digits --data /tmp/digits --sample-ms 0.4 --slow 4:4@0-99",
    .exit_status = "0 all work done; 1 work undone, or results not written; 2 bad usage or input",
};

void add_model_options(CommandLine& command_line, TrainingOptions& training) {
  using enum OptionUse;
  command_line.group("Model");
  command_line.whole({"hidden", "N", "units of the hidden layer", rare}, hidden_units,
                     training.model.hidden);
  command_line.fraction(
      {"dropout", "X", "share of the hidden units left out, from 0 to below 1", rare},
      training.model.dropout);
  command_line.positive(
      {"learning-rate", "X", "factor of the gradient's mean over a step's samples", rare},
      training.optimizer.learning_rate);
  command_line.fraction({"momentum", "X", "share of the velocity that is kept; 0: none", rare},
                        training.optimizer.momentum);
  command_line.fraction(
      {"weight-decay", "X", "share of the parameters added to their gradient", rare},
      training.optimizer.weight_decay);
}

// Options that demonstrate evenkeel, and have no use in real training.
void add_demonstration_options(CommandLine& command_line, TrainingOptions& training,
                               std::vector<std::string>& slow, bool& mean_of_workers) {
  using enum OptionUse;
  command_line.group("Demonstration");
  command_line.texts(
      {"slow", "RANK:FACTOR[@STEP[-STEP]]",
       "make a worker FACTOR times slower, from one step to another (counted from 0; "
       "lease mode: the worker's own); may be repeated"},
      slow);
  command_line.whole(
      {"work", "N", "take N times as long for each sample, as bigger models would", rare},
      work_range, training.work);
  command_line.positive({"sample-ms", "MS",
                         "a sample takes at least MS milliseconds: the worker sleeps for what its "
                         "arithmetic leaves of them, so that runs can be compared unless the "
                         "machine is overloaded; in place of --work",
                         rare},
                        training.sample_ms);
  command_line.flag({"mean-of-workers", "",
                     "the WRONG gradient rule, to show what it does: the mean of the workers' own "
                     "means, whatever their numbers of samples; step mode",
                     rare},
                    mean_of_workers);
}

[[noreturn]] void refuse_in_lease_mode(const std::string& option) {
  throw UserError("--" + option + ": requires --mode step");
}

void check_checkpoints(const Options& options) {
  const TrainingOptions& training = options.training;
  const bool saves = training.checkpoint_every.has_value();
  if (saves && options.session.mode != Mode::step) refuse_in_lease_mode("checkpoint-every");
  if (saves && (options.session.ledger.empty() || training.checkpoints.empty())) {
    throw UserError("--checkpoint-every: needs --ledger and --checkpoints as well");
  }
  if (!saves && !training.checkpoints.empty()) {
    throw UserError("--checkpoints: requires --checkpoint-every");
  }
  if (options.session.resume && options.session.mode == Mode::step && !saves) {
    throw UserError(
        "--resume: a model goes on from where it was saved; give --checkpoint-every and "
        "--checkpoints as well");
  }
}

void check_sample_ms(const CommandLine& command_line, const TrainingOptions& training) {
  if (!training.sample_ms) return;
  if (command_line.given("work")) {
    throw UserError("--sample-ms: conflicts with --work; leave one of them out");
  }
  if (*training.sample_ms > most_sample_ms) {
    throw UserError(fmt::format("--sample-ms: {} is too large; give at most {}",
                                *training.sample_ms, most_sample_ms));
  }
}

void check(const CommandLine& command_line, const Options& options) {
  if (options.data.empty()) {
    throw UserError("--data: missing; 'scripts/digits-data DIR' fetches it, then give --data DIR");
  }
  check_mode_options(command_line, options.session);
  check_policy_options(options.session);
  check_checkpoints(options);
  check_sample_ms(command_line, options.training);
  if (options.session.mode == Mode::step) return;
  for (const char* const name : {"record", "evaluate-every"}) {
    if (command_line.given(name)) refuse_in_lease_mode(name);
  }
  if (options.training.rule == GradientRule::mean_of_workers) {
    refuse_in_lease_mode("mean-of-workers");
  }
}

}  // namespace

Options parse_options(const std::vector<std::string>& arguments) {
  Options options;
  JobOptions& session = options.session;
  session.mode = Mode::step;
  session.epochs = 30;
  session.global_batch = 128;
  session.shuffle = Shuffle::full;  // the data is in memory: any order costs the same
  options.training.model.dropout = 0.1;

  std::vector<std::string> slow;
  bool mean_of_workers = false;
  bool quiet = false;
  CommandLine command_line(help);
  command_line.group("Training");
  command_line.text({"data", "DIR", "what scripts/digits-data has fetched"}, options.data);
  add_mode_option(command_line, session);
  add_job_option(command_line, session, "seed");
  command_line.whole(
      {"evaluate-every", "N", "say how accurate the model is after every N epochs; step mode"},
      epoch_range, options.training.evaluate_every);
  command_line.whole(
      {"checkpoint-every", "N",
       "save the model after every N steps, for --resume; with --ledger, in step mode"},
      {1, 1'000'000'000}, options.training.checkpoint_every);
  command_line.text({"checkpoints", "DIR", "the folder where models are saved, seen by all ranks"},
                    options.training.checkpoints);
  add_model_options(command_line, options.training);
  using enum OptionGroup;
  add_job_options(command_line, session, {balance, lease_mode, step_mode, record, results});
  command_line.text({"parameters", "FILE", "write the final parameters here, a line each"},
                    options.parameters);
  command_line.text(
      {"record", "FILE",
       "write here the samples of every step, a line each: the step, then the samples "
       "in order; step mode"},
      options.record);
  command_line.flag({"quiet", "", "no progress on standard error"}, quiet);
  add_demonstration_options(command_line, options.training, slow, mean_of_workers);
  command_line.parse(arguments);

  if (mean_of_workers) options.training.rule = GradientRule::mean_of_workers;
  for (const std::string& text : slow) options.training.slowdowns.push_back(parse_slowdown(text));
  check(command_line, options);
  session.show_progress = !quiet;
  session.manifest = options.data + "/digits.json";
  options.training.micro_batch = session.micro_batch;
  options.training.model.seed = session.seed;
  return options;
}

}  // namespace evenkeel::digits
