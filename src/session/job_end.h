// The end of a job that cannot end by itself: ranks are stopped or cut off for good.
#pragma once

namespace evenkeel {

// Ends all ranks through the launcher, which returns this status where it can; ends this process
// in any case. Callable from any thread, until MPI_Finalize returns.
[[noreturn]] void end_job(int status);

// If mpirun runs on this machine and this job is still there after 20 s, for instance as it waits
// for a host that is cut off, it is told to end; 10 s later at the latest it is killed. Ends
// nothing if the job ends by itself. Returns at once.
void limit_launcher();

}  // namespace evenkeel
