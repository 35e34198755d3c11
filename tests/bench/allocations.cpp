#include "bench/allocations.h"

#include <cstdlib>
#include <new>

namespace evenkeel {

std::int64_t allocations = 0;
std::int64_t bytes_in_use = 0;

}  // namespace evenkeel

void* operator new(std::size_t size) {
  ++evenkeel::allocations;
  evenkeel::bytes_in_use += static_cast<std::int64_t>(size);
  if (void* memory = std::malloc(size)) return memory;
  throw std::bad_alloc();
}

void operator delete(void* memory) noexcept { std::free(memory); }

void operator delete(void* memory, std::size_t size) noexcept {
  evenkeel::bytes_in_use -= static_cast<std::int64_t>(size);
  std::free(memory);
}
