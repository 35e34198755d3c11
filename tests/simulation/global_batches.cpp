#include "simulation/global_batches.h"

#include <algorithm>

namespace evenkeel {

GlobalBatches::GlobalBatches(const BatchLine& line, std::size_t count) {
  std::int64_t at = 0;
  std::int32_t epoch = 0;
  while (batches.size() < count) {
    const std::int64_t end = std::min(line.samples, at + line.global_batch);
    batches.push_back({pass_of(epoch), {Position(at), Position(end)}});
    samples += end - at;
    const std::int64_t left = line.samples - end;
    const bool drops_rest = !line.keeps_last && left < line.global_batch;
    if (drops_rest) dropped += left;
    at = drops_rest || left == 0 ? 0 : end;
    epoch += at == 0 ? 1 : 0;
  }
}

}  // namespace evenkeel
