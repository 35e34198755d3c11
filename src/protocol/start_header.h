// What each rank tells rank 0 before anything else: what all ranks of a job must have in common.
//
//   bytes 0 to 15   "evenkeel start\r\n"
//   bytes 16 to …   lines "name=value\n", then zeros
//
// Neither the size nor the format ever changes, so that any two builds understand each other here.
#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace evenkeel {

struct StartHeader {
  // Names and values that have to be the same on all ranks.
  std::vector<std::pair<std::string, std::string>> terms;

  std::string host;
  std::string fault;  // why this rank cannot take part; empty: it can
};

using StartHeaderBytes = std::array<char, 1024>;

// What does not fit is cut off; control characters become '?'.
StartHeaderBytes encode(const StartHeader& header);

// None: the bytes are something else.
std::optional<StartHeader> decode_start_header(const StartHeaderBytes& bytes);

// Why the rank that has sent `theirs` cannot take part with rank 0, which has sent `own`: "--mode
// step, on rank 0 lease; …". None: it can.
std::optional<std::string> start_fault(const StartHeaderBytes& theirs, const StartHeader& own);

}  // namespace evenkeel
