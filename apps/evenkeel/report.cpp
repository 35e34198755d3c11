// evenkeel report: prints the balance report of a run that has a ledger.
#include <fmt/ostream.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <string>
#include <string_view>
#include <system_error>

#include "command.h"
#include "command_line.h"
#include "core/display_text.h"
#include "job/option_text.h"
#include "job/output_check.h"
#include "ledger/recorded_run.h"
#include "ledger/run_lock.h"
#include "recorded_cluster.h"
#include "report/balance_report.h"
#include "report/output_file.h"
#include "report/report_file.h"
#include "simulation/profile_estimate.h"

namespace evenkeel {
namespace {

constexpr CommandText help{
    .usage = "evenkeel report LEDGER [options]",
    .description =
        "Prints the balance report of a run, from the ledger that 'evenkeel run --ledger' writes. "
        "The run may be over, still going on (the report is a second old at most), or dead. If it "
        "was resumed, the report is that of the newest job.",
    .examples =
        "evenkeel report run.db\n"
        "evenkeel report run.db --format csv > ranks.csv\n"
        "evenkeel report run.db --as-cluster c.json\n"
        "sqlite3 run.db 'SELECT * FROM checkpoints'   # or spans, ranks, events, plans",
    .exit_status = "0 printed; 2 bad usage or input",
};

// How it stands, if the report does not tell.
void say_state(const std::string& ledger, const RecordedRun& run, bool is_written) {
  if (run.state == "complete") return;
  const bool goes_on = run.state == "running" && is_written;
  const bool is_interrupted = std::ranges::any_of(run.workers, [](const WorkerRecord& worker) {
    return worker.state == WorkerState::interrupted;
  });
  fmt::print(std::cerr, "evenkeel: {}: {} (written {})\n", printable(ledger),
             goes_on                  ? "the run is going on"
             : run.state == "running" ? "the run has died; --resume goes on with it"
             : is_interrupted         ? "the run was interrupted; --resume goes on with it"
                              : "the run ended before its work was done; --resume goes on with it",
             run.written_at);
}

// This program as a shell finds it from anywhere.
std::string own_word() {
  namespace fs = std::filesystem;
  std::error_code unknown;
  const fs::path own = fs::read_symlink("/proc/self/exe", unknown);
  const char* const path = std::getenv("PATH");
  for (std::string_view rest = path == nullptr ? "" : path; !rest.empty();) {
    const std::string_view folder = rest.substr(0, rest.find(':'));
    rest.remove_prefix(std::min(rest.size(), folder.size() + 1));
    const fs::path found = folder / own.filename();
    if (!fs::exists(found, unknown)) continue;
    return shell_word(fs::equivalent(found, own, unknown) ? own.filename() : own);
  }
  return shell_word(own);
}

// On a line of its own, for any folder and whatever becomes of standard output.
void write_cluster(const std::string& path, const std::string& ledger, const RecordedRun& run) {
  const ClusterProfile cluster = recorded_cluster(run, read_progress(ledger, run), ledger);
  OutputFile file(path);
  file.append(cluster_profile_text(cluster));
  file.close();
  const std::int64_t first_step = run.description.first_step;
  fmt::print(std::cerr,
             "evenkeel: {}: to see what other policies would have done, run:\n"
             "{} simulate {} --cluster {}{} --policy all\n",
             printable(path), own_word(), printable(run.description.options),
             shell_word(std::filesystem::absolute(path).string()),
             first_step > 0 ? fmt::format(" --first-step {}", first_step) : "");
}

}  // namespace

ExitStatus report_command(const Invocation& invocation) {
  std::string ledger;
  std::string format = "table";
  std::string cluster;
  std::array<std::string_view, report_formats.size()> formats;
  std::ranges::transform(report_formats, formats.begin(), &ReportFormat::name);
  CommandLine command_line(invocation.help(help));
  command_line.argument("LEDGER", ledger);
  command_line.group("Result");
  command_line.choice({"format", "NAME", "how to write it:"}, formats, format);
  command_line.text({"as-cluster", "FILE",
                     "also write the cluster profile that the run showed, for 'evenkeel simulate'"},
                    cluster);
  command_line.parse(invocation.arguments);

  check_outputs(ledger_files("the ledger", ledger), {{"--as-cluster", cluster}});
  const bool is_written = is_locked(ledger);  // before: it may end at any time
  const RecordedRun run = read_run(ledger);
  const BalanceReport report =
      make_balance_report(run.description, run.job, run.workers, run.hosts, run.events,
                          run.job.bound_s, run.steps, run.set_aside);
  std::ranges::find(report_formats, format, &ReportFormat::name)->write(report, std::cout);
  std::cout.flush();
  say_state(ledger, run, is_written);
  if (!cluster.empty()) write_cluster(cluster, ledger, run);
  return ExitStatus::complete;
}

}  // namespace evenkeel
