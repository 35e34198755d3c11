// The entry that libFuzzer calls.
#include <cstddef>
#include <cstdint>

#include "fuzz/target.h"

// NOLINTNEXTLINE(readability-identifier-naming): libFuzzer's name
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  evenkeel::accepts({reinterpret_cast<const char*>(data), size});
  return 0;
}
