// The guard of a trainer: a process of its own between agent and trainer, which is there so that no
// end of either leaves the other, or anything that the trainer has started, behind.
//
// It starts the trainer in a process group of its own, relays its output in whole lines, those of
// standard error with the rank before them, passes on the agent's signals, and tells what becomes
// of the trainer. When the trainer has ended, or the agent has (the control socket then ends), it
// kills whatever the trainer has started and left: such processes become the guard's children.
#pragma once

namespace evenkeel {

// Descriptors that the agent hands to the guard.
constexpr int trainer_descriptor = 9;  // the trainer gets it too: as high as every shell can name
constexpr int control_descriptor = 10;

// The first argument of a program that is to be a guard: PROGRAM guard-trainer RANK COMMAND...
constexpr const char* guard_argument = "guard-trainer";

// main() of the guard: arguments as above. Returns its exit status.
int run_guard(int argc, char** argv);

}  // namespace evenkeel
