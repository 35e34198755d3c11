#include "dataset/tf_records.h"

#include <unistd.h>

#include <array>
#include <cerrno>
#include <system_error>

namespace evenkeel {
namespace {

constexpr std::size_t header_bytes = 12;  // length and its checksum
constexpr std::int64_t footer_bytes = 4;  // checksum of the data
using Header = std::array<std::uint8_t, header_bytes>;

template <typename Number>
Number little_endian(std::span<const std::uint8_t> bytes) {
  Number number = 0;
  for (std::size_t i = 0; i < sizeof(Number); ++i) {
    number |= static_cast<Number>(Number{bytes[i]} << (8 * i));
  }
  return number;
}

// CRC-32C (Castagnoli), bit by bit: the input has only eight bytes.
std::uint32_t crc32c(std::span<const std::uint8_t> bytes) {
  std::uint32_t crc = ~std::uint32_t{0};
  for (const std::uint8_t byte : bytes) {
    crc ^= byte;
    for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1) ^ ((crc & 1) != 0 ? 0x82f63b78U : 0U);
  }
  return ~crc;
}

// Masked as TensorFlow does, so that checksums of data with embedded checksums differ.
std::uint32_t masked(std::uint32_t crc) { return ((crc >> 15) | (crc << 17)) + 0xa282ead8U; }

// Fewer bytes only at the end of the file.
std::size_t read_at(int descriptor, std::int64_t offset, Header& header) {
  std::size_t got = 0;
  while (got < header.size()) {
    const ssize_t more = ::pread(descriptor, header.data() + got, header.size() - got,
                                 offset + static_cast<std::int64_t>(got));
    if (more < 0 && errno == EINTR) continue;
    if (more < 0) throw std::system_error(errno, std::generic_category());
    if (more == 0) break;
    got += static_cast<std::size_t>(more);
  }
  return got;
}

}  // namespace

bool begins_tf_record(std::span<const std::uint8_t> bytes) {
  if (bytes.size() < header_bytes) return false;
  const auto checksum = little_endian<std::uint32_t>(bytes.subspan(8, 4));
  return checksum == masked(crc32c(bytes.first(8)));
}

TfRecordWalk walk_tf_records(int descriptor, std::int64_t size) {
  TfRecordWalk walk;
  while (walk.end < size) {
    Header header{};
    if (read_at(descriptor, walk.end, header) < header.size()) {
      walk.fault = TfRecordWalk::Fault::cut_short;
      return walk;
    }
    if (!begins_tf_record(header)) {
      walk.fault = TfRecordWalk::Fault::no_record;
      return walk;
    }
    const auto length = little_endian<std::uint64_t>(header);
    const std::int64_t left =
        size - walk.end - static_cast<std::int64_t>(header_bytes) - footer_bytes;
    if (left < 0 || length > static_cast<std::uint64_t>(left)) {
      walk.fault = TfRecordWalk::Fault::cut_short;
      return walk;
    }
    walk.end += static_cast<std::int64_t>(header_bytes + length) + footer_bytes;
    ++walk.records;
  }
  return walk;
}

}  // namespace evenkeel
