// TFRecord files, as far as their records can be told apart: each is a length of 8 bytes, its
// checksum (4 bytes), that many bytes, and their checksum (4 bytes).
#pragma once

#include <cstdint>
#include <span>

namespace evenkeel {

// Whether these first bytes of a file begin a record. False for fewer than 12.
bool begins_tf_record(std::span<const std::uint8_t> bytes);

struct TfRecordWalk {
  std::int64_t records = 0;  // whole ones
  std::int64_t end = 0;      // byte after the last whole one; less than the file's size: a fault

  enum class Fault : std::uint8_t { none, cut_short, no_record };
  Fault fault = Fault::none;  // of what comes at `end`
};

// Reads the length of every record of an open file of this size, but not what is in them. Throws
// std::system_error if reading fails.
TfRecordWalk walk_tf_records(int descriptor, std::int64_t size);

}  // namespace evenkeel
