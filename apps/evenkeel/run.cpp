// evenkeel run: runs a job on the ranks of mpirun.
#include <fmt/format.h>

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <memory>
#include <optional>
#include <stdexcept>

#include "agent/agent_job.h"
#include "command.h"
#include "command_line.h"
#include "core/number_format.h"
#include "core/option_values.h"
#include "dataset/text_file.h"
#include "evenkeel/session.h"
#include "job/job_options.h"
#include "job/output_check.h"
#include "job_arguments.h"
#include "read_workload.h"
#include "session/mpi_program.h"
#include "simulated_workload.h"
#include "simulation/cluster_profile.h"

namespace evenkeel {
namespace {

constexpr std::array<std::string_view, 2> workload_names{"read", "simulated"};
constexpr std::array<std::string_view, 2> coordinator_names{"shared", "dedicated"};

constexpr double least_time_scale = 1e-6;
constexpr double most_time_scale = 1e6;

struct RunOptions {
  JobOptions session;
  std::vector<std::string> command;  // a trainer, instead of a workload
  std::string coordinator = "shared";
  std::string workload;
  std::string cluster;
  double time_scale = 1;
  std::int64_t restarts = 3;
  bool quiet = false;
};

constexpr CommandText help{
    .usage =
        "mpirun -n RANKS evenkeel run --manifest FILE [options] -- COMMAND...\n"
        "mpirun -n RANKS evenkeel run --manifest FILE [options] --workload read",
    .description =
        "Rank 0 deals the dataset out to the workers, so that all finish at the same moment, and "
        "prints a balance report at the end. Every rank starts COMMAND, a trainer in any "
        "language, and gives it its steps.\n\n"
        "A trainer reads its steps as lines of JSON from the descriptor in EVENKEEL_FD; the "
        "Python package evenkeel does so for it ('evenkeel help training'). In step mode it has "
        "to say where its local work ends ('reached'), before the all-reduce: otherwise waiting "
        "cannot be told from work, and nothing is balanced. With a workload instead of a "
        "trainer, all ranks but 0 are workers.",
    .examples =
        "mpirun -n 8 evenkeel run --manifest m.json --mode step -- python3 train.py\n"
        "mpirun -n 9 evenkeel run --manifest m.json --workload read --report r.json",
    .exit_status =
        "0 all work done, even if ranks were lost; 1 work lost or undone; 2 bad usage "
        "or input. mpirun prints a banner of its own when ranks leave with a status other than "
        "0; OMPI_MCA_orte_execute_quiet=1 in its environment silences that of Open MPI 4.",
};

// The program of a command, searched in PATH if it has no slash.
bool is_in_path(const std::string& program) {
  const char* const path = std::getenv("PATH");
  std::string_view rest = path == nullptr ? std::string_view() : path;
  while (!rest.empty()) {
    const std::string_view folder = rest.substr(0, rest.find(':'));
    rest.remove_prefix(std::min(rest.size(), folder.size() + 1));
    if (::access(fmt::format("{}/{}", folder, program).c_str(), X_OK) == 0) return true;
  }
  return false;
}

void check_command(const CommandLine& command_line, const RunOptions& options) {
  const std::string& program = options.command.front();
  for (const char* const name : {"workload", "cluster", "time-scale"}) {
    if (command_line.given(name)) {
      throw UserError(
          fmt::format("--{}: conflicts with the command after '--'; leave one of them out", name));
    }
  }
  const bool names_a_path = program.find('/') != std::string::npos;
  if (names_a_path ? ::access(program.c_str(), X_OK) == 0 : is_in_path(program)) return;
  throw UserError(
      fmt::format("{}: {}; give a program that can be started after '--'", program,
                  names_a_path ? std::strerror(errno) : "there is no such program in PATH"));
}

void check_workload(const CommandLine& command_line, const RunOptions& options) {
  if (command_line.given("coordinator")) {
    throw UserError("--coordinator: requires a command after '--'");
  }
  if (options.workload.empty()) {
    throw UserError(
        "there is nothing to do; give a trainer after '--', such as -- python3 train.py, or "
        "--workload read");
  }
  const bool simulated = options.workload == "simulated";
  if (simulated && options.cluster.empty()) {
    throw UserError("--cluster: missing; --workload simulated needs a cluster profile");
  }
  if (options.time_scale < least_time_scale || options.time_scale > most_time_scale) {
    throw UserError(fmt::format("--time-scale: {} is out of range; give {} to {}",
                                options.time_scale, least_time_scale, most_time_scale));
  }
  for (const char* const name : {"cluster", "time-scale"}) {
    if (!simulated && command_line.given(name)) {
      throw UserError(fmt::format("--{}: requires --workload simulated", name));
    }
  }
}

RunOptions parse_options(const Invocation& invocation) {
  const std::vector<std::string>& arguments = invocation.arguments;
  RunOptions options;
  const auto dashes = std::find(arguments.begin(), arguments.end(), "--");
  if (dashes != arguments.end()) {
    options.command = std::vector<std::string>(dashes + 1, arguments.end());
    if (options.command.empty()) {
      throw UserError("--: no command follows; give a trainer, such as -- python3 train.py");
    }
  }
  using enum OptionGroup;
  using enum OptionUse;
  CommandLine command_line(invocation.help(help));
  command_line.group("Job");
  add_mode_option(command_line, options.session);
  command_line.choice(
      {"workload", "KIND",
       "instead of a trainer: read (all bytes of the data) or simulated (sleep as a "
       "cluster profile says)"},
      workload_names, options.workload);
  command_line.text({"cluster", "FILE", "the cluster profile, for --workload simulated", rare},
                    options.cluster);
  command_line.positive(
      {"time-scale", "X", "a second of the cluster profile takes X seconds", rare},
      options.time_scale);
  command_line.choice(
      {"coordinator", "KIND",
       "with a trainer: shared (rank 0 coordinates beside its trainer) or dedicated "
       "(rank 0 only coordinates)",
       rare},
      coordinator_names, options.coordinator);
  command_line.whole(
      {"restarts", "N",
       "with a trainer, in lease mode: start it again when it dies, unless N have died in a row "
       "without a step done",
       rare},
      {0, 1000}, options.restarts);
  command_line.flag({"quiet", "", "show no progress on standard error"}, options.quiet);
  add_job_options(command_line, options.session,
                  {data, balance, lease_mode, step_mode, record, results});
  command_line.explain_argument([&](const std::string& argument) {
    const auto at = std::find(arguments.begin(), arguments.end(), argument);
    return argument_remedy(
        argument, arguments,
        fmt::format("put '--' before the command: -- {}", fmt::join(at, arguments.end(), " ")));
  });
  for (const char* const name : {"ranks", "workers", "np", "nproc-per-node"}) {
    command_line.explain_option(name, "mpirun -n sets how many ranks there are");
  }
  command_line.explain_value("policy", std::string(every_policy),
                             "'evenkeel simulate --policy all' compares them");
  command_line.explain_option("batch-size", "give --global-batch, or in lease mode --step-samples");
  command_line.parse({arguments.begin(), dashes});

  if (options.command.empty()) {
    check_workload(command_line, options);
  } else {
    check_command(command_line, options);
  }
  check_data_options(command_line, options.session);
  check_mode_options(command_line, options.session);
  check_policy_options(options.session);
  if (invocation.mpi == nullptr || invocation.mpi->rank() == 0) {  // which writes
    check_outputs(options.session, {{"--cluster", options.cluster}});
  }
  options.session.check_files = options.workload == "read";
  options.session.show_progress = !options.quiet;
  return options;
}

// What every rank takes from its own command line.
MpiProgram::Terms terms_of(const RunOptions& options) {
  MpiProgram::Terms terms{{"program", "evenkeel run"},
                          {"--mode", std::string(name_of(options.session.mode))}};
  if (!options.command.empty()) {
    terms.insert(terms.end(), {{"--workload", "none, but a trainer"},
                               {"--coordinator", options.coordinator},
                               {"--restarts", fmt::format("{}", options.restarts)}});
    return terms;
  }
  terms.emplace_back("--workload", options.workload);
  if (options.workload != "simulated") return terms;
  terms.emplace_back("--seed", fmt::format("{}", options.session.seed));
  terms.emplace_back("--time-scale", fmt::format("{}", options.time_scale));
  return terms;
}

MpiProgram& mpi_with_workers(const Invocation& invocation) {
  if (invocation.mpi == nullptr || invocation.mpi->size() < 2) {
    throw UserError(
        "run: needs rank 0 to coordinate and at least one worker; launch it with, for instance, "
        "'mpirun -n 9 evenkeel run ...' for 8 workers");
  }
  return *invocation.mpi;
}

void check_workers(const ClusterProfile& profile, const std::string& name, int workers) {
  const auto described = static_cast<int>(profile.ranks.size());
  if (described == workers) return;
  throw UserError(
      fmt::format("{}: describes {}, but mpirun -n {} started {}; launch it with "
                  "mpirun -n {}, or change the profile",
                  name, counted(described, "worker"), workers + 1, workers, described + 1));
}

// The text of the cluster profile, which must describe all workers.
std::string cluster_text(const std::string& path, int workers) {
  std::string text(TextFile(path).text());
  check_workers(parse_cluster_profile(text, path), path, workers);
  return text;
}

// Rank 0's result, on all ranks. If it throws UserError, the others throw SessionRefused.
template <typename Find>
std::string found_by_rank_0(const MpiProgram& mpi, Find find) {
  std::string message;  // "+" and the result; empty: none, and rank 0 says why
  std::exception_ptr fault;
  if (mpi.rank() == 0) {
    try {
      message = "+" + find();
    } catch (const UserError&) {
      fault = std::current_exception();
    }
  }
  mpi.broadcast_text(message);
  if (fault) std::rethrow_exception(fault);
  if (message.empty()) throw SessionRefused();
  return message.substr(1);
}

std::unique_ptr<Workload> make_workload(const RunOptions& options,
                                        const std::optional<ClusterProfile>& cluster,
                                        const MpiProgram& mpi, Session& session) {
  if (!cluster) return std::make_unique<ReadWorkload>(session);
  return std::make_unique<SimulatedWorkload>(session, *cluster, options.cluster, mpi.rank() - 1,
                                             options.session, options.time_scale);
}

void work(Session& session, Workload& workload, bool in_steps) {
  while (const std::optional<Step> step = session.next()) {
    try {
      const Fate fate = workload.work_on(*step);
      if (fate == Fate::dies) return;
      if (fate == Fate::outrun) continue;
    } catch (const StepFault& fault) {
      session.failed(*step, fault.what());
      continue;
    }
    if (in_steps) {
      session.reached(*step);
      MpiProgram::meet(session.workers());
      workload.all_reduce();
    }
    session.done(*step);
  }
}

ExitStatus run_trainers(const RunOptions& options, const Invocation& invocation) {
  const Rank first_worker(options.coordinator == "dedicated" ? 1 : 0);
  if (invocation.mpi == nullptr || invocation.mpi->size() <= first_worker.value()) {
    throw UserError(fmt::format(
        "run: needs {}; launch it with, for instance, 'mpirun -n 8 evenkeel run ... -- {}'",
        first_worker == Rank(0) ? "mpirun" : "at least 2 ranks, as rank 0 only coordinates",
        options.command.front()));
  }
  const AgentJobOptions job{options.session, options.command, "/proc/self/exe",
                            static_cast<std::int32_t>(options.restarts), first_worker};
  const bool went_well = run_agent_job(*invocation.mpi, job);
  return went_well ? ExitStatus::complete : ExitStatus::incomplete;
}

}  // namespace

ExitStatus run_command(const Invocation& invocation) {
  RunOptions options = parse_options(invocation);
  if (invocation.mpi != nullptr) invocation.mpi->begin(terms_of(options));
  if (!options.command.empty()) return run_trainers(options, invocation);
  MpiProgram& mpi = mpi_with_workers(invocation);

  std::optional<ClusterProfile> cluster;  // for simulated workers
  if (options.workload == "simulated") {
    const std::string text =
        found_by_rank_0(mpi, [&] { return cluster_text(options.cluster, mpi.size() - 1); });
    if (mpi.rank() > 0) {
      cluster = parse_cluster_profile(text, options.cluster);
      options.session.host = cluster->ranks[static_cast<std::size_t>(mpi.rank() - 1)].host;
    }
  }

  Session session(mpi.world(), options.session);
  mpi.start_is_over();
  try {
    if (session.coordinates()) {
      return session.serve().complete ? ExitStatus::complete : ExitStatus::incomplete;
    }
    work(session, *make_workload(options, cluster, mpi, session),
         options.session.mode == Mode::step);
    return ExitStatus::complete;
  } catch (const UserError& error) {
    // Too late to refuse the job: the other ranks are at work, so end them.
    throw std::runtime_error(error.what());
  }
}

}  // namespace evenkeel
