// The records of TFRecord files. A record is a length (8 bytes), its checksum (4 bytes), that many
// bytes, and their checksum (4 bytes).
#pragma once

#include <cstdint>
#include <span>

namespace evenkeel {

// Whether a file with these first bytes begins with a record. False for fewer than 12 bytes.
bool begins_tf_record(std::span<const std::uint8_t> bytes);

struct TfRecordWalk {
  std::int64_t records = 0;  // complete ones
  std::int64_t end = 0;      // after the last complete record; less than the file's size: a fault

  enum class Fault : std::uint8_t { none, cut_short, no_record };
  Fault fault = Fault::none;  // of what follows `end`
};

// Reads the length of every record of an open file of this size, but not the contents. Throws
// std::system_error if reading fails.
TfRecordWalk walk_tf_records(int descriptor, std::int64_t size);

}  // namespace evenkeel
