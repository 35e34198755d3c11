// The guard, as tests start it.
#include "agent/guard.h"

int main(int argc, char** argv) { return evenkeel::run_guard(argc, argv); }
