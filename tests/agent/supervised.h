// A supervisor under test, and what it puts out as text.
#pragma once

#include <string>
#include <vector>

#include "agent/trainer_supervisor.h"

namespace evenkeel {

Dataset two_files();
JobTerms terms_in(Mode mode);

// "line {…}", "signal 15", "say …", "loaded 3", "done 3", "failed 3", "pause 5", "resume",
// "checkpoint best", "leave".
std::string text_of(const SupervisorOutput& output);

using Texts = std::vector<std::string>;

// All that is put out, until there is no more.
Texts outputs_of(TrainerSupervisor& supervisor);

}  // namespace evenkeel
