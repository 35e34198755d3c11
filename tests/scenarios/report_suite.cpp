// Prints how every policy ends in every scenario: the ratio to T* that the budget is about, and
// messages per worker per second.
#include <fmt/core.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <string>
#include <vector>

#include "core/option_values.h"
#include "scenarios/suite.h"

using namespace evenkeel;
using namespace evenkeel::scenarios;
using namespace std::chrono_literals;
using namespace std::string_literals;

int main(int argc, char** argv) {
  if (argc < 2) {
    fmt::print(stderr, "usage: {} SCENARIO_FOLDER [SEEDS [POLICY [NAME [PREDICTOR]]]]\n", argv[0]);
    return 2;
  }
  const int seeds = argc > 2 ? std::atoi(argv[2]) : 10;
  const std::vector<PolicyKind> policies = [&] {
    if (argc > 3 && argv[3] != "all"s) {
      return std::vector<PolicyKind>{value_named<PolicyKind>(argv[3]).value()};
    }
    return std::vector<PolicyKind>(all_values<PolicyKind>().begin(),
                                   all_values<PolicyKind>().end());
  }();
  const PredictorKind predictor =
      argc > 5 ? value_named<PredictorKind>(argv[5]).value() : usual_predictor;
  fmt::print("{:18} {:>8} {:12} {:>8} {:>8} {:>8} {:>10}\n", "scenario", "latency", "policy",
             "median", "worst", "least", "messages/s");
  for (const Scenario& scenario : load_suite(argv[1])) {
    if (argc > 4 && argv[4] != "all"s && scenario.name != argv[4]) continue;
    for (const Duration latency : {Duration(50us), Duration(20ms)}) {
      for (const PolicyKind policy : policies) {
        std::vector<double> ratios;
        double messages = 0;
        for (int seed = 0; seed < seeds; ++seed) {
          const Score score =
              run_once(scenario, latency, policy, static_cast<std::uint64_t>(seed), predictor);
          if (!score.complete) return 1;
          ratios.push_back(score.judged_ratio);
          messages = std::max(messages, score.messages_a_worker_second);
        }
        std::sort(ratios.begin(), ratios.end());
        fmt::print("{:18} {:>6}us {:12} {:8.4f} {:8.4f} {:8.4f} {:10.2f}\n", scenario.name,
                   std::chrono::duration_cast<std::chrono::microseconds>(latency).count(),
                   name_of(policy), ratios[ratios.size() / 2], ratios.back(), ratios.front(),
                   messages);
      }
    }
  }
}
