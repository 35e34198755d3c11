#include "supervised.h"

#include <fmt/format.h>

namespace evenkeel {
namespace {

struct TextOf {
  std::string operator()(const SendLine& out) const {
    return "line " + out.line.substr(0, out.line.find_last_not_of('\n') + 1);
  }
  std::string operator()(const SendSignal& out) const {
    return fmt::format("signal {}", out.number);
  }
  std::string operator()(const Say& out) const { return "say " + out.text; }
  std::string operator()(const StepLoaded& out) const { return fmt::format("loaded {}", out.step); }
  std::string operator()(const StepReached& out) const {
    return fmt::format("reached {}", out.step);
  }
  std::string operator()(const StepProgress& out) const {
    return fmt::format("progress {}", out.step);
  }
  std::string operator()(const TrainerPause& out) const {
    return fmt::format("pause {}", to_seconds(out.expected));
  }
  std::string operator()(const CheckpointRequest& out) const {
    return fmt::format("checkpoint {}", out.tag.text());
  }
  std::string operator()(const CompleteStep& out) const {
    return fmt::format("done {}", out.step.number);
  }
  std::string operator()(const FailStep& out) const {
    return fmt::format("failed {}", out.step.number);
  }
  std::string operator()(const EndPause& /*out*/) const { return "resume"; }
  std::string operator()(const LeaveJob& out) const {
    std::string text = "leave";
    if (out.leave.suspects > 0) text += fmt::format(" with {} suspects", out.leave.suspects);
    return text + (out.leave.comes_back ? ", to come back" : "");
  }
};

}  // namespace

Dataset two_files() {
  Manifest manifest;
  manifest.name = "two";
  manifest.root = "/data";
  manifest.files.add("a \"b\".tar", 40, FileTable::unknown_bytes, 40);
  manifest.files.add("c.tar", 60, FileTable::unknown_bytes, 60);
  return Dataset::cut(manifest, 10);
}

JobTerms terms_in(Mode mode) {
  JobTerms terms;
  if (mode == Mode::step) terms.line = BatchLine{100, 10, 1, true, 30, 3};
  return terms;
}

std::string text_of(const SupervisorOutput& output) { return std::visit(TextOf(), output); }

Texts outputs_of(TrainerSupervisor& supervisor) {
  Texts texts;
  while (const auto output = supervisor.next_output()) texts.push_back(text_of(*output));
  return texts;
}

}  // namespace evenkeel
