// The guard of a trainer: a process between agent and trainer which makes sure that no process is
// left behind, however the agent or the trainer ends.
//
// It starts the trainer in a process group of its own, relays its output in whole lines (those of
// standard error prefixed with the rank), forwards the agent's signals, and reports what becomes of
// the trainer. When the trainer or the agent has ended (the control socket then ends), it kills all
// processes that the trainer has left: they become the guard's children.
#pragma once

namespace evenkeel {

// Descriptors that the agent passes to the guard.
constexpr int trainer_descriptor = 9;  // also the trainer's: the highest that every shell can name
constexpr int control_descriptor = 10;

// The first argument of a guard: PROGRAM guard-trainer RANK COMMAND...
constexpr const char* guard_argument = "guard-trainer";

// main() of the guard, with these arguments. Returns its exit status.
int run_guard(int argc, char** argv);

}  // namespace evenkeel
