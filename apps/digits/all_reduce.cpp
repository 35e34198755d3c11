#include "all_reduce.h"

#include "core/check.h"
#include "transport/idle_wait.h"

namespace evenkeel::digits {
namespace {

constexpr std::chrono::microseconds longest_nap(200);

}  // namespace

void all_reduce(std::span<double> numbers, MPI_Comm workers, bool napping) {
  EVENKEEL_CHECK(numbers.size() <= std::numeric_limits<int>::max());
  const auto count = static_cast<int>(numbers.size());
  if (!napping) {
    MPI_Allreduce(MPI_IN_PLACE, numbers.data(), count, MPI_DOUBLE, MPI_SUM, workers);
    return;
  }
  MPI_Request request = MPI_REQUEST_NULL;
  MPI_Iallreduce(MPI_IN_PLACE, numbers.data(), count, MPI_DOUBLE, MPI_SUM, workers, &request);
  IdleWait wait(longest_nap);
  for (int complete = 0; complete == 0;) {
    MPI_Test(&request, &complete, MPI_STATUS_IGNORE);
    if (complete == 0) wait.pause();
  }
}

}  // namespace evenkeel::digits
