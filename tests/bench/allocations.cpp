#include "bench/allocations.h"

#include <malloc.h>

#include <cstdlib>
#include <new>

namespace evenkeel {

std::int64_t allocations = 0;
std::int64_t bytes_in_use = 0;

namespace {

void release(void* memory) noexcept {
  bytes_in_use -= static_cast<std::int64_t>(malloc_usable_size(memory));
  std::free(memory);
}

}  // namespace
}  // namespace evenkeel

void* operator new(std::size_t size) {
  void* const memory = std::malloc(size);
  if (memory == nullptr) throw std::bad_alloc();
  ++evenkeel::allocations;
  evenkeel::bytes_in_use += static_cast<std::int64_t>(malloc_usable_size(memory));
  return memory;
}

void operator delete(void* memory) noexcept { evenkeel::release(memory); }
void operator delete(void* memory, std::size_t /*size*/) noexcept { evenkeel::release(memory); }
